"""The report of a checkup: part by part, a line each, with what to do below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.checkup import Status
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.checkup import Checkup, Finding

_WIDTH = max(len(status.value) for status in Status)


def checkup_lines(checkup: Checkup, *, detailed: bool = False) -> list[str]:
    """The lines of a checkup. Nothing in them is broken: paths and commands can be copied."""
    lines: list[str] = []
    for section in checkup.sections:
        lines += [section.name, *(line for one in section.findings for line in _finding(one, detailed=detailed)), ""]
    return [visible(line) for line in (*lines, _verdict(checkup))]


def _finding(finding: Finding, *, detailed: bool) -> Iterator[str]:
    indent = " " * (_WIDTH + 4)
    yield f"  {finding.status.value:<{_WIDTH}}  {finding.text}"
    if finding.todo is not None:
        yield f"{indent}to do: {finding.todo}"
    if detailed:
        yield from (f"{indent}{detail}" for detail in finding.details)


def _verdict(checkup: Checkup) -> str:
    problems, warnings = checkup.count(Status.PROBLEM), checkup.count(Status.WARNING)
    warned = f", {counted(warnings, 'warning')}" if warnings else ""
    return f"{counted(problems, 'problem') if problems else 'no problem'}{warned}"
