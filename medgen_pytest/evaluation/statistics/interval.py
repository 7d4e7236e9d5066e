"""Intervals: the values that a rate, a mean or a difference may well have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Method = Literal["wilson", "exact", "bca", "abc", "constant", "score", "gaffke"]
"""How an interval is made; `constant`: all values are equal, so that their spread says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval from `low` to `high` that holds the true value in a share `level` (0..1) of all such samples."""

    low: float
    high: float
    level: float
    method: Method

    def within(self, low: float, high: float) -> Interval:
        """The part of it that lies between bounds that the value cannot leave."""
        if low <= self.low and self.high <= high:  # as nearly all do
            return self
        return replace(self, low=min(max(self.low, low), high), high=max(min(self.high, high), low))

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"low": self.low, "high": self.high, "level": self.level, "method": self.method}


def tail_of(level: float) -> float:
    """What lies beyond either end of an interval at a level. Raises ValueError for a level outside 0..1."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level:g}")
    return (1 - level) / 2
