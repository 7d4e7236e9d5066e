"""Estimates: a rate, a mean or a drop with one-sided bounds, and how many more samples would decide a gate on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.repeats import mean_of
from medgen_pytest.evaluation.statistics import (
    Interval,
    design_effect,
    lower_bound,
    lower_mean_bound,
    mean_interval,
    rate_interval,
    samples_to_bound,
    samples_to_decide,
    upper_bound,
)

if TYPE_CHECKING:
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.gates.sample_value import SampleValue
    from medgen_pytest.evaluation.statistics.interval import Method

Series = Sequence[tuple[float, str | None]]
"""Of each sample a value, and the cluster."""

USUAL_LEVEL = 0.95
"""The level of the interval that is told with a gate that needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number and its bounds, each at the end that lost samples and the confidence put it to.

    `low` is -inf and `high` inf where there is none. Each is one-sided at `level`. `needed` is how many more samples
    would decide a gate on it, if they are like these; None where no number would, or where that cannot be said.
    `detectable` is the smallest drop that so many samples show in 80 of 100 cases.
    """

    value: float
    low: float
    high: float
    level: float
    method: Method
    needed: int | None = None
    detectable: float | None = None

    @property
    def interval(self) -> Interval | None:
        """The two bounds as one interval, whose level is lower: each end may miss by itself."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return None
        return Interval(low=self.low, high=self.high, level=two_sided(self.level), method=self.method)


def two_sided(level: float) -> float:
    """The level of an interval whose ends are one-sided bounds at this one."""
    # 2 * 0.95 - 1 is 0.8999999999999999.
    return round(2 * level - 1, 12)


def estimate_rate(values: Sequence[SampleValue], gate: Gate) -> Estimate:
    """The accuracy rate of some samples, at least one, with exact bounds."""
    clusters = [value.cluster for value in values]
    worst = [value.worst for value in values]
    best = [value.best or 0.0 for value in values]
    return Estimate(
        value=mean_of(worst),
        low=lower_bound(worst, clusters, level=gate.level) or 0.0,
        high=_or(upper_bound(best, clusters, level=gate.level), 1.0),
        level=gate.level,
        method="exact",
        needed=_needed_for_rate(worst, clusters, gate),
    )


def estimate_mean(values: Sequence[SampleValue], gate: Gate) -> Estimate:
    """The mean score of some samples, at least one, with Gaffke's bounds; none where a score is infinite."""
    worst = [(value.worst, value.cluster) for value in values]
    best = [(value.best, value.cluster) for value in values if value.best is not None]
    lowest, highest = (worst, best) if gate.direction == "higher" else (best, worst)
    mean = mean_of([value.worst for value in values])
    return estimate_between(mean, lowest, highest, gate, ends=(gate.low, gate.high))


def estimate_between(
    value: float, lowest: Series, highest: Series, gate: Gate, *, ends: tuple[float, float]
) -> Estimate:
    """A mean with the lower bound of one series and the upper one of another; no value of them is beyond the `ends`."""
    low = _lower_of(lowest, level=gate.level, end=ends[0])
    high = 0.0 - _lower_of(_turned(highest), level=gate.level, end=-ends[1])
    needed = None
    if low <= gate.bound <= high and value > gate.bound:
        needed = _needed_for_mean(lowest, gate.bound, level=gate.level, end=ends[0])
    elif low <= gate.bound <= high:
        needed = _needed_for_mean(_turned(highest), -gate.bound, level=gate.level, end=-ends[1])
    return Estimate(value=value, low=low, high=high, level=gate.level, method="gaffke", needed=needed)


def usual_interval(values: Sequence[SampleValue], gate: Gate) -> Interval | None:
    """The two-sided interval that is told with a rate or a mean; None where lost samples leave it without ends."""
    pairs = [(value.worst, value.cluster) for value in values]
    if not values or any(value.worst != value.best for value in values):
        return None
    if gate.measure == "mean":
        return _interval(pairs, level=USUAL_LEVEL)
    return rate_interval([share for share, _ in pairs], [cluster for _, cluster in pairs], level=USUAL_LEVEL)


def needed_by_reach(samples: int, value: float, *, low: float, high: float, bound: float) -> int | None:
    """How many more samples bring the nearer of the bounds to the other side, if it shrinks as 1 / sqrt(n).

    n (reach / gap)^2 - n: reach is how far the bound lies from the value, gap how far the gate's bound does.
    """
    reach = value - low if value > bound else high - value
    gap = abs(value - bound)
    if gap == 0 or not (math.isfinite(reach) and math.isfinite(gap)):
        return None
    return max(1, math.ceil(samples * (reach / gap) ** 2) - samples)


def _needed_for_rate(shares: Sequence[float], clusters: Sequence[str | None], gate: Gate) -> int | None:
    effect = design_effect(shares, clusters, level=gate.level) or 1.0
    rate = min(1.0, math.fsum(shares) / len(shares))
    total = samples_to_decide(rate, gate.bound, level=gate.level, effect=effect)
    return None if total is None else max(1, total - len(shares))


def _lower_of(series: Series, *, level: float, end: float) -> float:
    """The lower bound of the mean of a series; -inf where there is none."""
    values, clusters = [value for value, _ in series], [cluster for _, cluster in series]
    if not all(map(math.isfinite, values)):
        return -math.inf
    return _or(lower_mean_bound(values, clusters, level=level, end=end), -math.inf)


def _turned(series: Series) -> list[tuple[float, str | None]]:
    return [(-value, cluster) for value, cluster in series]


def _needed_for_mean(series: Series, bound: float, *, level: float, end: float) -> int | None:
    values, clusters = [value for value, _ in series], [cluster for _, cluster in series]
    if not all(map(math.isfinite, values)):
        return None
    total = samples_to_bound(values, clusters, bound=bound, level=level, end=end)
    return None if total is None else max(1, total - len(series))


def _interval(values: Sequence[tuple[float, str | None]], *, level: float) -> Interval | None:
    if not values or not all(math.isfinite(value) for value, _ in values):
        return None
    return mean_interval([value for value, _ in values], [cluster for _, cluster in values], level=level)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
