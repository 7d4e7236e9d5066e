"""Rates: intervals and one-sided bounds of an accuracy rate, also of samples that belong together."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.statistics.clusters import (
    ClusterSums,
    cluster_codes,
    cluster_sums,
    effective_samples,
    read_shares,
)
from medgen_pytest.evaluation.statistics.interval import Interval, tail_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike

RateMethod = Literal["wilson", "exact"]
"""`wilson` holds the true rate as often as the level says, on average; `exact` never less often."""


def wilson_interval(accurate: float, total: float, *, level: float = 0.95) -> Interval | None:
    """Wilson's score interval of a rate p = accurate / total, within 0..1; None for a total of 0.

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), with z the normal quantile. Both counts may
    have fractions: of repeats, or effective ones. Raises ValueError for accurate outside 0..total.
    Source: Wilson 1927 (Journal of the American Statistical Association 22:209).
    """
    tail = tail_of(level)
    if not _is_some(accurate, total):
        return None
    return Interval(
        low=_wilson_end(accurate, total, tail=tail, sign=-1),
        high=_wilson_end(accurate, total, tail=tail, sign=1),
        level=level,
        method="wilson",
    )


def exact_interval(accurate: float, total: float, *, level: float = 0.95) -> Interval | None:
    """The exact interval of a rate of Clopper and Pearson, within 0..1; None for a total of 0.

    From the (1 - level) / 2 quantile of Beta(x, n - x + 1) to the other one of Beta(x + 1, n - x), x of n; 0 where
    x = 0, 1 where x = n. It holds the true rate at least as often as the level says, mostly more often. Counts
    and errors as for `wilson_interval`.
    Source: Clopper and Pearson 1934 (Biometrika 26:404).
    """
    tail = tail_of(level)
    if not _is_some(accurate, total):
        return None
    return Interval(
        low=_exact_low(accurate, total, tail=tail),
        high=1 - _exact_low(total - accurate, total, tail=tail),
        level=level,
        method="exact",
    )


def rate_interval(
    shares: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    method: RateMethod = "wilson",
) -> Interval | None:
    """The interval of the mean of shares, (n,) in 0..1: 0 or 1 for a sample, between for one that was repeated.

    `clusters` name what each sample belongs to, (n,), None for a sample that stands alone. They enter by the effective
    number of samples (`effective_samples`), in place of n. None without samples; one sample and one cluster count as
    one draw, which says little: from 0.05 to 1 for one accurate sample. Raises ValueError for shares outside 0..1.
    Source: Korn and Graubard 1998 (Survey Methodology 24:193) for `exact`; Franco, Little, Louis and Slud 2019
    (Journal of Survey Statistics and Methodology 7:334) for `wilson`.
    """
    found = _sums(shares, clusters)
    if found is None:
        return None
    rate, number = effective_rate(found, tail=tail_of(level))
    interval = wilson_interval if method == "wilson" else exact_interval
    return interval(rate * number, number, level=level)


def lower_bound(
    shares: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95, method: RateMethod = "exact"
) -> float | None:
    """The one-sided lower bound of a rate: below the true one in a share `level` of all such samples.

    The lower end of `rate_interval` with all of 1 - level on that side. By default the exact one: Wilson's lies above
    the true rate too often where that is near 1. None without samples.
    """
    found = _sums(shares, clusters)
    tail = 2 * tail_of(level)
    if found is None:
        return None
    rate, number = effective_rate(found, tail=tail)
    if method == "exact":
        return _exact_low(rate * number, number, tail=tail)
    return _wilson_end(rate * number, number, tail=tail, sign=-1)


def upper_bound(
    shares: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95, method: RateMethod = "exact"
) -> float | None:
    """The one-sided upper bound of a rate, see `lower_bound`."""
    mirrored = lower_bound(1 - read_shares(shares), clusters, level=level, method=method)
    return None if mirrored is None else 1 - mirrored


def effective_rate(sums: ClusterSums, *, tail: float) -> tuple[float, float]:
    """The rate of some clusters, and the effective number of samples that it is of."""
    # Sums of shares may leave 0..1 by their last digits.
    rate = min(1.0, max(0.0, sums.mean))
    return rate, effective_samples(sums, variance=rate * (1 - rate), tail=tail)


def _sums(shares: ArrayLike, clusters: Sequence[Hashable] | None) -> ClusterSums | None:
    values = read_shares(shares)
    codes = cluster_codes(clusters, len(values))
    return cluster_sums(values, codes) if len(values) else None


def _is_some(accurate: float, total: float) -> bool:
    if not 0 <= accurate <= total or not math.isfinite(total):
        raise ValueError(f"{accurate:g} of {total:g} is no rate")
    return total > 0


def _wilson_end(accurate: float, total: float, *, tail: float, sign: int) -> float:
    # Not scipy's, whose import would take most of the time that a run's end takes.
    z = -NormalDist().inv_cdf(tail)
    rate = accurate / total
    middle = rate + z**2 / (2 * total)
    reach = z * math.sqrt(rate * (1 - rate) / total + z**2 / (4 * total**2))
    end = (middle + sign * reach) / (1 + z**2 / total)
    return max(0.0, min(end, rate)) if sign < 0 else min(1.0, max(end, rate))


def _exact_low(accurate: float, total: float, *, tail: float) -> float:
    if accurate <= 0:
        return 0.0
    from scipy.special import betaincinv

    return float(betaincinv(accurate, total - accurate + 1, tail))
