"""Paired comparisons: two models, or a run and its baseline, on the same samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.evaluation.statistics.clusters import (
    Clustered,
    cluster_all,
    cluster_codes,
    effective_samples,
    read_shares,
    read_values,
    standard_errors,
)
from medgen_pytest.evaluation.statistics.interval import Interval, tail_of
from medgen_pytest.evaluation.statistics.means import intervals_of_means
from medgen_pytest.evaluation.statistics.power import detectable_difference, detectable_mean_difference
from medgen_pytest.evaluation.statistics.score_difference import score_ends
from medgen_pytest.evaluation.statistics.sign_flips import sign_flip_p
from medgen_pytest.evaluation.statistics.signed_ranks import signed_rank_p

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from numpy.typing import ArrayLike

    from medgen_pytest.evaluation.statistics.clusters import Codes, Numbers

_HALF_A_PAIR = 0.5

Test = Literal["mcnemar", "sign_flip", "wilcoxon", "clustered_wilcoxon"]
"""How the p-value is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two series say of the same samples; `difference` is the second mean less the first.

    Of the `pairs`, in so many `clusters`, `only_first` is how much the first has beyond the second, `only_second` the
    other way: of rates the number of samples accurate in one alone (with repeats, parts of samples), of scores the
    number of samples with the higher one. `p_value` is two-sided. `detectable` is the smallest difference, up or
    down, that so many such samples show in 80 of 100 cases. None is what has no value: without pairs all, with one
    cluster the interval of means.
    """

    pairs: int
    clusters: int
    first: float | None
    second: float | None
    difference: float | None
    interval: Interval | None
    p_value: float | None
    method: Test
    only_first: float
    only_second: float
    detectable: float | None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "pairs": self.pairs,
            "clusters": self.clusters,
            "first": self.first,
            "second": self.second,
            "difference": self.difference,
            "interval": self.interval.to_dict() if self.interval else None,
            "p_value": self.p_value,
            "method": self.method,
            "only_first": self.only_first,
            "only_second": self.only_second,
            "detectable": self.detectable,
        }


def compare_rates(
    first: ArrayLike, second: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95
) -> Comparison:
    """Two accuracy rates on the same samples: shares in 0..1, (n,) each in one order.

    `clusters` name what each sample belongs to, (n,), None for one that stands alone. The p-value is that of the exact
    test of McNemar; where samples belong together or count in parts, of the sign-flip test over clusters, which is
    the same without either. The interval is Tango's (`score_ends`) with the effective number of samples. `detectable`
    takes the samples that differ to be as many as were seen to. Raises ValueError for series of different lengths and
    for shares outside 0..1.
    Sources: McNemar 1947 (Psychometrika 12:153), and those of `sign_flip_p`, `score_ends`, `effective_samples`.
    """
    pairs = _pair(first, second, clusters, read_shares)
    apart = pairs.apart
    only_first, only_second = float(abs(apart.clip(max=0).sum())), float(apart.clip(min=0).sum())
    is_plain = pairs.clusters == len(apart) and not (apart % 1).any()
    interval = p_value = detectable = None
    if len(apart):
        number = _effective_pairs(pairs.summed, only_first, only_second, tail=tail_of(level))
        part = number / len(apart)
        low, high = score_ends(only_first * part, only_second * part, number, tail=tail_of(level))
        interval = Interval(low=low, high=high, level=level, method="score")
        p_value = sign_flip_p(pairs.summed.sums)
        discordant = (only_first + only_second) / len(apart)
        detectable = detectable_difference(number, discordant=discordant, alpha=1 - level)
    return _compared(
        pairs,
        interval=interval,
        p_value=p_value,
        method="mcnemar" if is_plain else "sign_flip",
        only=(only_first, only_second),
        detectable=detectable,
    )


def compare_means(
    first: ArrayLike, second: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95
) -> Comparison:
    """Two mean scores on the same samples: finite values of any range, (n,) each in one order.

    `clusters` as for `compare_rates`. The p-value is that of Wilcoxon's signed-rank test, over clusters where samples
    belong together (`signed_rank_p`). The interval is the BCa bootstrap interval of the mean difference, whole
    clusters drawn. `detectable` is (z_a + z_b) times the cluster-robust standard error of the difference. Raises
    ValueError for series of different lengths and for scores that are not finite.
    """
    return compare_many_means([(first, second, clusters)], level=level)[0]


def compare_many_means(
    series: Iterable[tuple[ArrayLike, ArrayLike, Sequence[Hashable] | None]], *, level: float = 0.95
) -> list[Comparison]:
    """`compare_means` of many pairs of series at once, each with its clusters.

    It gives what one by one would give, in a fraction of the time. Raises ValueError as that.
    """
    all_pairs = [_pair(first, second, clusters, read_values) for first, second, clusters in series]
    intervals = [found[0] for found in intervals_of_means((pairs.summed for pairs in all_pairs), level=level)]
    return [_compared_means(pairs, interval, level=level) for pairs, interval in zip(all_pairs, intervals, strict=True)]


def _compared_means(pairs: _Pairs, interval: Interval | None, *, level: float) -> Comparison:
    apart = pairs.apart
    is_plain = pairs.clusters == len(apart)
    error = float(standard_errors(pairs.summed)[0])
    return _compared(
        pairs,
        interval=interval,
        p_value=signed_rank_p(apart, pairs.codes) if len(apart) else None,
        method="wilcoxon" if is_plain else "clustered_wilcoxon",
        only=(float((apart < 0).sum()), float((apart > 0).sum())),
        detectable=detectable_mean_difference(error, alpha=1 - level) if 0 < error < math.inf else None,
    )


def drop_bound(
    baseline: ArrayLike, current: ArrayLike, clusters: Sequence[Hashable] | None = None, *, level: float = 0.95
) -> float | None:
    """The one-sided upper bound of how far a rate fell: above mean(baseline) - mean(current) with this confidence.

    For non-inferiority: a drop of at most d is shown where the bound is at most d. Shares in 0..1, (n,) each in one
    order; the upper end of `compare_rates`' interval with all of 1 - level on that side, corrected for continuity by
    half a pair, so that it keeps its level with few pairs too. Where no sample differs it is above z^2 / (n + z^2), not
    0. None without pairs. Raises ValueError as `compare_rates`.
    """
    pairs = _pair(current, baseline, clusters, read_shares)
    if not len(pairs.apart):
        return None
    tail = 2 * tail_of(level)
    rose, fell = float(-pairs.apart.clip(max=0).sum()), float(pairs.apart.clip(min=0).sum())
    number = _effective_pairs(pairs.summed, rose, fell, tail=tail)
    part = number / len(pairs.apart)
    return score_ends(rose * part, fell * part, number, tail=tail, correction=_HALF_A_PAIR)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Two series on the same samples; `apart` is the second less the first, `summed` that by cluster."""

    first: Numbers
    second: Numbers
    apart: Numbers
    codes: Codes
    summed: Clustered

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return len(self.summed.sums)


def _pair(
    first: ArrayLike,
    second: ArrayLike,
    clusters: Sequence[Hashable] | None,
    read: Callable[[ArrayLike], Numbers],
) -> _Pairs:
    one, other = read(first), read(second)
    if len(one) != len(other):
        raise ValueError(f"series of {len(one)} and {len(other)} samples are no pairs")
    codes = cluster_codes(clusters, len(one))
    summed = cluster_all(other - one, codes)
    return _Pairs(first=one, second=other, apart=other - one, codes=codes, summed=summed)


def _compared(
    pairs: _Pairs,
    *,
    interval: Interval | None,
    p_value: float | None,
    method: Test,
    only: tuple[float, float],
    detectable: float | None,
) -> Comparison:
    means = [float(series.mean()) if len(series) else None for series in (pairs.first, pairs.second, pairs.apart)]
    return Comparison(
        pairs=len(pairs.apart),
        clusters=pairs.clusters,
        first=means[0],
        second=means[1],
        difference=means[2],
        interval=interval,
        p_value=p_value,
        method=method,
        only_first=only[0],
        only_second=only[1],
        detectable=detectable,
    )


def _effective_pairs(summed: Clustered, only_first: float, only_second: float, *, tail: float) -> float:
    differing = (only_first + only_second) / summed.clustering.samples
    telling = np.array([float(np.count_nonzero(summed.sums))])
    return float(effective_samples(summed, variances=differing - summed.means**2, telling=telling, tail=tail)[0])
