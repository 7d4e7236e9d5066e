"""Gate reports: the verdict on a gate as the report of a test, which every reporter takes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.plugin.failures import GATES_NODE

if TYPE_CHECKING:
    from typing import Literal

    from medgen_pytest.evaluation.gates import GateVerdict

_UNDECIDED = frozenset({GateStatus.INCONCLUSIVE, GateStatus.INCOMPLETE})


def gate_report(verdict: GateVerdict) -> pytest.TestReport:
    """A gate that holds has passed and a breached one failed; one that could not be decided is an error.

    An advisory one that does not hold is skipped, with its reason: it must not fail a session.
    """
    name = f"{verdict.gate} [{verdict.subject}]"
    outcome = _outcome(verdict)
    return pytest.TestReport(
        nodeid=f"{GATES_NODE}::{name}",
        location=(GATES_NODE, None, name),
        keywords={GATES_NODE: 1},
        outcome=outcome,
        longrepr=_told(verdict, outcome),
        # A failed set-up is what pytest and JUnit call an error.
        when="setup" if outcome == "failed" and verdict.status in _UNDECIDED else "call",
        user_properties=[
            ("gate", verdict.gate),
            ("model", verdict.subject),
            ("tier", verdict.tier),
            ("status", verdict.status.value),
        ],
    )


def gate_ending(report: pytest.TestReport) -> pytest.TestReport:
    """The tear-down of a gate: JUnit files and pages of other plugins take a test up when it has ended."""
    return pytest.TestReport(
        nodeid=report.nodeid,
        location=report.location,
        keywords=report.keywords,
        outcome="passed",
        longrepr=None,
        when="teardown",
        user_properties=report.user_properties,
    )


def _outcome(verdict: GateVerdict) -> Literal["passed", "failed", "skipped"]:
    if verdict.status is GateStatus.HOLDS:
        return "passed"
    return "failed" if verdict.is_blocking else "skipped"


def _told(verdict: GateVerdict, outcome: str) -> str | tuple[str, int, str] | None:
    if outcome == "passed":
        return None
    text = f"gate {verdict.status}: measured {verdict.reason}"
    # pytest takes the reason of a skipped test apart: file, line and message.
    return text if outcome == "failed" else (GATES_NODE, 0, f"Skipped: advisory {text}")
