"""Rates: intervals and one-sided bounds of an accuracy rate, also of samples that belong together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.evaluation.statistics.clusters import (
    Clustered,
    ClusteredShares,
    cluster_all,
    cluster_codes,
    effective_samples,
    read_shares,
)
from medgen_pytest.evaluation.statistics.interval import Interval, tail_of
from medgen_pytest.evaluation.statistics.quantiles import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike

    from medgen_pytest.evaluation.statistics.clusters import Numbers

RateMethod = Literal["wilson", "exact"]
"""`wilson` holds the true rate as often as the level says, on average; `exact` never less often."""


def wilson_interval(accurate: float, total: float, *, level: float = 0.95) -> Interval | None:
    """Wilson's score interval of a rate p = accurate / total, within 0..1; None for a total of 0.

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), with z the normal quantile. Both counts may
    have fractions: of repeats, or effective ones. Raises ValueError for accurate outside 0..total.
    Source: Wilson 1927 (Journal of the American Statistical Association 22:209).
    """
    return _interval_of(accurate, total, level=level, method="wilson")


def exact_interval(accurate: float, total: float, *, level: float = 0.95) -> Interval | None:
    """The exact interval of a rate of Clopper and Pearson, within 0..1; None for a total of 0.

    From the (1 - level) / 2 quantile of Beta(x, n - x + 1) to the other one of Beta(x + 1, n - x), x of n; 0 where
    x = 0, 1 where x = n. It holds the true rate at least as often as the level says, mostly more often. Counts
    and errors as for `wilson_interval`.
    Source: Clopper and Pearson 1934 (Biometrika 26:404).
    """
    return _interval_of(accurate, total, level=level, method="exact")


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
    one draw, which says little: from 0.2 to 1 for an accurate one. Raises ValueError for shares outside 0..1.
    Source: Korn and Graubard 1998 (Survey Methodology 24:193) for `exact`; Franco, Little, Louis and Slud 2019
    (Journal of Survey Statistics and Methodology 7:334) for `wilson`.
    """
    values = read_shares(shares)
    found = cluster_all(values, cluster_codes(clusters, len(values)))
    (low,), (high,) = rate_ends(found, level=level, method=method)
    return Interval(low=float(low), high=float(high), level=level, method=method) if len(values) else None


def rate_ends(clustered: Clustered, *, level: float = 0.95, method: RateMethod = "wilson") -> tuple[Numbers, Numbers]:
    """The ends of `rate_interval` of the shares of many slices at once, (slices,) each; NaN for one without samples."""
    tail = tail_of(level)
    rates, totals = effective_rates(clustered, tail=tail)
    there = totals > 0
    lows, highs = np.full(len(rates), np.nan), np.full(len(rates), np.nan)
    lows[there], highs[there] = _ends(rates[there], totals[there], tail=tail, method=method)
    return lows, highs


def lower_bound(
    shares: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95, method: RateMethod = "exact"
) -> float | None:
    """The one-sided lower bound of a rate: below the true one in a share `level` of all such samples.

    The lower end of `rate_interval` with all of 1 - level on that side. By default the exact one: Wilson's lies above
    the true rate too often where that is near 1. None without samples.
    """
    values = read_shares(shares)
    if not len(values):
        return None
    tail = 2 * tail_of(level)
    rates, totals = effective_rates(cluster_all(values, cluster_codes(clusters, len(values))), tail=tail)
    return float(_ends(rates, totals, tail=tail, method=method)[0][0])


def upper_bound(
    shares: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95, method: RateMethod = "exact"
) -> float | None:
    """The one-sided upper bound of a rate, see `lower_bound`."""
    mirrored = lower_bound(1 - read_shares(shares), clusters, level=level, method=method)
    return None if mirrored is None else 1 - mirrored


def design_effect(
    shares: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95
) -> float | None:
    """How many samples say as much about a rate as one that stands alone, at least 1; None without samples.

    n over the effective number of samples (`effective_samples`) that `lower_bound` at the same level takes.
    """
    values = read_shares(shares)
    if not len(values):
        return None
    clustered = cluster_all(values, cluster_codes(clusters, len(values)))
    return len(values) / float(effective_rates(clustered, tail=2 * tail_of(level))[1][0])


def effective_rates(clustered: Clustered, *, tail: float) -> tuple[Numbers, Numbers]:
    """The rate of each slice, and the effective number of samples that it is of; (slices,) each."""
    clustered = ClusteredShares(sums=clustered.sums, clustering=clustered.clustering)
    # Sums of shares may leave 0..1 by their last digits.
    rates = np.clip(clustered.means, 0.0, 1.0)
    clustering = clustered.clustering
    some, lacking = clustered.sums > 0, clustered.sums < clustering.sizes
    telling = np.minimum(*(clustering.add_up(one.astype(np.float64)) for one in (some, lacking)))
    return rates, effective_samples(clustered, variances=rates * (1 - rates), telling=telling, tail=tail)


def _interval_of(accurate: float, total: float, *, level: float, method: RateMethod) -> Interval | None:
    tail = tail_of(level)
    if not 0 <= accurate <= total or not math.isfinite(total):
        raise ValueError(f"{accurate:g} of {total:g} is no rate")
    if total == 0:
        return None
    lows, highs = _ends(np.array([accurate / total]), np.array([float(total)]), tail=tail, method=method)
    return Interval(low=float(lows[0]), high=float(highs[0]), level=level, method=method)


def _ends(rates: Numbers, totals: Numbers, *, tail: float, method: RateMethod) -> tuple[Numbers, Numbers]:
    """The ends of the interval of each rate, (k,), of its total, (k,), with `tail` beyond either."""
    if method == "exact":
        return _exact_low(rates, totals, tail=tail), 1 - _exact_low(1 - rates, totals, tail=tail)
    z = normal_quantile(tail)
    middle = rates + z**2 / (2 * totals)
    reach = -z * np.sqrt(rates * (1 - rates) / totals + z**2 / (4 * totals**2))
    scale = 1 + z**2 / totals
    return np.clip((middle - reach) / scale, 0.0, rates), np.clip((middle + reach) / scale, rates, 1.0)


def _exact_low(rates: Numbers, totals: Numbers, *, tail: float) -> Numbers:
    from scipy.special import betaincinv

    accurate = rates * totals
    some = accurate > 0
    lows = np.zeros_like(rates)
    lows[some] = betaincinv(accurate[some], totals[some] - accurate[some] + 1, tail)
    return lows
