"""Scores: what a metric says about one output, and how it was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Direction = Literal["higher", "lower"]

_NOT_FINITE = frozenset({"inf", "-inf", "nan"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number of one metric, or the reason why there is none.

    `value` None means *unscored*, with the `reason`; an unscored metric is never a zero. `convention`
    names how it was computed, with a version (`ssim/upstream@1`). `direction` says which way is better.
    `notes` are facts a reader must know, like a resize.
    """

    metric: str
    value: float | None
    direction: Direction
    convention: str
    reason: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_scored(self) -> bool:
        """Whether there is a value; NaN is none."""
        return self.value is not None and not math.isnan(self.value)

    def meets(self, threshold: float) -> bool | None:
        """Whether the value is at least as good as the threshold; None for an unscored metric, which is neither."""
        value = self.value
        if value is None or value != value:  # NaN  # noqa: PLR0124 - a full run asks a million times
            return None
        return value >= threshold if self.direction == "higher" else value <= threshold

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; infinities are the strings "inf" and "-inf"."""
        data: dict[str, object] = {
            "metric": self.metric,
            "value": dump_number(self.value),
            "direction": self.direction,
            "convention": self.convention,
        }
        if self.reason is not None:
            data["reason"] = self.reason
        if self.notes:
            data["notes"] = list(self.notes)
        return data


def sign_of(direction: Direction) -> str:
    """How a score is held against its threshold: `>=` where higher ones are better, else `<=`."""
    return ">=" if direction == "higher" else "<="


def dump_number(value: float | None) -> float | str | None:
    """A number for strict JSON, which knows no infinity."""
    if value is None or math.isfinite(value):
        return value
    return str(value)


def load_number(value: object) -> float | None:
    """The number that `dump_number` wrote. Raises ValueError for anything else."""
    if value is None:
        return None
    if isinstance(value, float):  # as nearly all are
        return float(value)
    if isinstance(value, str) and value in _NOT_FINITE:
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError as error:
            raise ValueError("not a number: a whole number beyond what a float holds") from error
    raise ValueError(f"not a number: {value!r}")


def read_number(value: object) -> float:
    """The number that `dump_number` wrote, where there has to be one. Raises TypeError or ValueError else."""
    number = load_number(value)
    if number is None:
        raise TypeError("a number is missing")
    return number
