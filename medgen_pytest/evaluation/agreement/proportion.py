"""A proportion: a share with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from medgen_pytest.evaluation.statistics.rates import wilson_interval


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
    """A share of `of` with Wilson's interval, see `wilson_interval`."""
    interval = wilson_interval(value * of, of, level=level) if value is not None and of > 0 else None
    if interval is None:
        return Proportion(value=None, low=None, high=None, of=0.0, level=level)
    return Proportion(value=value, low=interval.low, high=interval.high, of=of, level=level)
