"""Workflow commands of GitHub: annotations for gates that do not hold, and for the exit code they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.reports.terminal import verdict_line
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from typing import Literal

    from medgen_pytest.evaluation.gates import GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult

    Level = Literal["error", "warning", "notice"]

_MOST = 10
"""Annotations of one level that GitHub shows of a step."""
_LONGEST = 1000


def annotation_lines(run: RunResult, *, ends_with: int) -> list[str]:
    """Lines that GitHub takes for annotations, the one on the exit code first; none where every gate holds.

    `ends_with` is the exit code of the process.
    """
    found: list[tuple[Level, str, str]] = []
    if ends_with and run.gates:
        found.append(("error", f"medgen: exit code {ends_with}", verdict_line(run, ends_with=ends_with).text))
    found += [
        (_level(gate), f"medgen gate {gate.status}", f"{gate.gate} for {gate.subject}: {gate.reason}")
        for gate in sorted(run.gates, key=lambda gate: gate.status is not GateStatus.BREACHED)
        if gate.status is not GateStatus.HOLDS
    ]
    lines = []
    for level in ("error", "warning", "notice"):
        of_level = [(title, text) for each, title, text in found if each == level]
        lines += [f"::{level} title={_property(title)}::{_data(text)}" for title, text in of_level[:_MOST]]
    return lines


def _level(gate: GateVerdict) -> Level:
    is_breached = gate.status is GateStatus.BREACHED
    if gate.is_blocking:
        return "error" if is_breached else "warning"
    return "warning" if is_breached else "notice"


def _data(text: str) -> str:
    """The text of a command; source: toolkit of GitHub's actions, `escapeData`."""
    shown = visible(text)[:_LONGEST]
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property of a command; source: `escapeProperty` of the same."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
