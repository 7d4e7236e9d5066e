"""Failures: which failing tests the benchmark explains, and which it does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from medgen_pytest.plugin.keys import Live

GATES_NODE = "medgen-gates"
"""The node that shows the gates as tests."""


@dataclass(slots=True)
class Failures:
    """The failures of a session.

    A sample that is not accurate explains the failure of its test, and gates decide what it means. A
    failure that no outcome explains (a user's own assertion on an accurate sample, another test, a
    fixture that breaks) always fails the session. `crashed` are the tests whose worker died.
    """

    total: int = 0
    unexplained: int = 0
    crashed: list[tuple[str, str]] = field(default_factory=list)

    def add(self, report: pytest.TestReport, live: Live | None) -> None:
        """Counts a report if it is a failure."""
        if not report.failed or report.nodeid.startswith(f"{GATES_NODE}::"):
            return
        self.total += 1
        if live is not None and live["outcome"] != "accurate":
            return
        if live is None and report.when not in {"setup", "call", "teardown"}:
            self.crashed.append((report.nodeid, str(report.longrepr)))
            return
        self.unexplained += 1
