"""Progress: samples done, live accuracy rate, errors, speed and the time left, now and then while the run goes on."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from medgen_pytest.config.environment import is_ci
from medgen_pytest.errors import MedgenError
from medgen_pytest.plugin.rhythm import Rhythm
from medgen_pytest.reports.progress import Standing, progress_line

if TYPE_CHECKING:
    import pytest

    from medgen_pytest.plugin.keys import Live
    from medgen_pytest.plugin.state import SessionState


class Progress:
    """Prints a line below pytest's own output: on a terminal at most every so many seconds, in a log less often."""

    def __init__(self, state: SessionState, terminal: pytest.TerminalReporter | None) -> None:
        self._terminal = terminal
        self._writer = state.config.get_terminal_writer() if terminal is not None else None
        self._verbosity = state.config.get_verbosity()
        self._is_log = terminal is None or not terminal.isatty or is_ci()
        self._done: set[tuple[str, str, int]] = set()
        self._counts = dict.fromkeys(("accurate", "inaccurate", "invalid", "error"), 0)
        self._cost = 0.0
        self._started = time.monotonic()
        interval, self._planned = _interval_and_plan(state)
        self._rhythm = Rhythm(interval, planned=self._planned, is_log=self._is_log, now=self._started)
        self._is_repeated = state.run_settings.settings.repeats > 1

    def add(self, live: Live) -> None:
        """Counts a finished sample, each repeat of it, once, however many tests asked for it."""
        key = (live["model"], live["sample_id"], live["repeat"])
        if key in self._done:
            return
        self._done.add(key)
        self._counts[live["outcome"]] += 1
        self._cost += live["cost"]
        now = time.monotonic()
        if self._terminal is not None and self._rhythm.is_due(len(self._done), now=now):
            self._print(self._terminal, now)

    def _print(self, terminal: pytest.TerminalReporter, now: float) -> None:
        counts = self._counts
        standing = Standing(
            planned=max(self._planned, len(self._done)),
            accurate=counts["accurate"],
            inaccurate=counts["inaccurate"],
            invalid=counts["invalid"],
            errors=counts["error"],
            elapsed=now - self._started,
            cost=self._cost,
            noun="repeats" if self._is_repeated else "samples",
        )
        width = None if self._is_log else shutil.get_terminal_size().columns - 1
        terminal.ensure_newline()
        if (
            self._writer is not None and self._writer.width_of_current_line
        ):  # dots without the name of a file, as pytest-xdist and -q print them
            self._writer.line()
        terminal.write_line(progress_line(standing, width=width, verbosity=self._verbosity))


def _interval_and_plan(state: SessionState) -> tuple[float, int]:
    quiet = state.config.get_verbosity() < -1
    try:
        interval = 0.0 if quiet else state.run_settings.settings.progress
        return interval, state.store.count_planned(session=state.session) if interval else 0
    except (MedgenError, OSError):
        return 0.0, 0
