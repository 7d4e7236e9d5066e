"""Progress: samples done, live accuracy rate, errors and the time left, now and then while the run goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from medgen_pytest.errors import MedgenError
from medgen_pytest.reports.terminal import progress_line

if TYPE_CHECKING:
    import pytest

    from medgen_pytest.plugin.keys import Live
    from medgen_pytest.plugin.state import SessionState


class Progress:
    """Prints a line at most every so many seconds, so that CI logs stay readable."""

    def __init__(self, state: SessionState, terminal: pytest.TerminalReporter | None) -> None:
        self._terminal = terminal
        self._done: set[tuple[str, str, int]] = set()
        self._counts = dict.fromkeys(("accurate", "inaccurate", "invalid", "error"), 0)
        self._started = self._last = time.monotonic()
        self._interval, self._planned = _interval_and_plan(state)
        self._is_repeated = state.run_settings.settings.repeats > 1

    def add(self, live: Live) -> None:
        """Counts a finished sample, each repeat of it, once, however many tests asked for it."""
        key = (live["model"], live["sample_id"], live["repeat"])
        if key in self._done:
            return
        self._done.add(key)
        self._counts[live["outcome"]] += 1
        now = time.monotonic()
        if self._interval and self._terminal is not None and now - self._last >= self._interval:
            self._last = now
            self._print(now)

    def _print(self, now: float) -> None:
        counts = self._counts
        line = progress_line(
            done=len(self._done),
            planned=max(self._planned, len(self._done)),
            accurate=counts["accurate"],
            judged=len(self._done) - counts["error"],
            errors=counts["error"],
            elapsed=now - self._started,
            noun="repeats" if self._is_repeated else "samples",
        )
        if self._terminal is not None:
            self._terminal.ensure_newline()
            self._terminal.write_line(line)


def _interval_and_plan(state: SessionState) -> tuple[float, int]:
    quiet = state.config.get_verbosity() < -1
    try:
        interval = 0.0 if quiet else state.run_settings.settings.progress
        return interval, state.store.count_planned(session=state.session) if interval else 0
    except (MedgenError, OSError):
        return 0.0, 0
