"""The rhythm of progress: when a line is due, on a terminal and in a log."""

from __future__ import annotations

_STEP = 0.1
"""The share of the run after which a log gets a line."""
_LONGEST = 3
"""How many intervals may pass before a log gets one all the same."""


class Rhythm:
    """Says when a line is due: on a terminal after each interval, in a log when a tenth more is done or after three.

    Times are in seconds, `planned` is what all of the run is; an interval of 0 is none, and no line is ever due.
    """

    def __init__(self, interval: float, *, planned: int, is_log: bool, now: float) -> None:
        self._interval = interval
        self._planned = planned
        self._is_log = is_log
        self._last = now
        self._shown = 0

    def is_due(self, done: int, *, now: float) -> bool:
        """Whether a line is due; if so, it counts as printed."""
        passed = now - self._last
        if not self._interval or passed < self._interval:
            return False
        is_step = done - self._shown >= _STEP * self._planned
        if self._is_log and not is_step and passed < _LONGEST * self._interval:
            return False
        self._last, self._shown = now, done
        return True
