"""Limits: how many requests a minute and how many at once are served before 429 is the answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE = 60.0


class RateLimit:
    """A bucket that holds one second's worth of requests, at least one, and fills at an even pace."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float]) -> None:
        self._pace = per_minute / _MINUTE
        self._room = max(1.0, self._pace)
        self._clock = clock
        self._left = self._room
        self._seen = clock()

    def take(self) -> int:
        """Takes one request: 0, or the whole seconds after which there is room again."""
        now = self._clock()
        self._left = min(self._room, self._left + (now - self._seen) * self._pace)
        self._seen = now
        if self._left >= 1:
            self._left -= 1
            return 0
        return max(1, math.ceil((1 - self._left) / self._pace))
