"""A proportion: a share with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A share with its interval at `level`; `of` is how many it is a share of, with weights an effective number.

    `value`, `low` and `high` are None for a share of nothing.
    """

    value: float | None
    low: float | None
    high: float | None
    of: float
    level: float

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "of": self.of, "level": self.level}


def make_proportion(value: float | None, *, of: float, level: float = 0.95) -> Proportion:
    """A share of `of` with Wilson's interval.

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), within 0..1.
    Source: Wilson 1927 (Journal of the American Statistical Association 22:209).
    """
    if value is None or of <= 0:
        return Proportion(value=None, low=None, high=None, of=0.0, level=level)
    from scipy.stats import norm

    z = float(norm.isf((1 - level) / 2))
    middle = value + z**2 / (2 * of)
    reach = z * math.sqrt(value * (1 - value) / of + z**2 / (4 * of**2))
    low, high = ((middle + sign * reach) / (1 + z**2 / of) for sign in (-1, 1))
    return Proportion(value=value, low=max(0.0, min(low, value)), high=min(1.0, max(high, value)), of=of, level=level)
