"""Means: bootstrap intervals of mean scores, of one slice or of many at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.bootstrap import acceleration, bca_ends, shrink
from medgen_pytest.evaluation.statistics.clusters import (
    Clustered,
    cluster_all,
    cluster_codes,
    cluster_slices,
    read_values,
    standard_errors,
)
from medgen_pytest.evaluation.statistics.interval import Interval, tail_of
from medgen_pytest.evaluation.statistics.quantiles import student_quantiles

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike

    from medgen_pytest.evaluation.statistics.clusters import Numbers
    from medgen_pytest.evaluation.statistics.interval import Method

RESAMPLES = 2000
"""How many rounds a bootstrap draws: the ends of an interval then vary by a few percent of its width."""

DRAWN = range(10, 201)
"""Of so many clusters is drawn; fewer have too few different draws, and of more the ends are known without."""


def mean_interval(
    values: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval | None:
    """The bootstrap interval of the mean of values, (n,), finite and of any range.

    `clusters` name what each sample belongs to, (n,), None for a sample that stands alone. Of 10 to 200 clusters it is
    the BCa interval (`bca_ends`), whole clusters drawn; of fewer and of more Efron's approximation to it without
    drawing: m + s w / (1 - a w)^2 with w = a +- z, a the acceleration, s = sqrt(sum_g e_g^2) / n. For z stands sqrt(G
    / (G - 1)) t_(G-1), without which the intervals of few clusters are too narrow; G clusters.

    None without two clusters. Where all clusters have the same mean, as where all values are equal, the interval is
    that mean alone, with method `constant`: nothing varied, which does not say that the mean is certain. Raises
    ValueError for values that are not finite.
    Sources: `bca_ends`; DiCiccio and Efron 1992 (Biometrika 79:231) for `abc`; Hesterberg 2015 (The American
    Statistician 69:371) for z.
    """
    numbers = read_values(values)
    found = cluster_all(numbers, cluster_codes(clusters, len(numbers)))
    return intervals_of_means(found, level=level, resamples=resamples, seed=seed)[0]


def mean_intervals(
    values: ArrayLike,
    members: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Interval | None]:
    """`mean_interval` of many slices of the same values at once; `members`, bool (slices, n), says what lies in each.

    It gives what one by one would give, in a fraction of the time. Raises ValueError as that, and for members of
    another shape.
    """
    numbers = read_values(values)
    codes = cluster_codes(clusters, len(numbers))
    held = np.atleast_1d(np.asarray(members, dtype=np.bool_))
    if held.shape != (len(held), len(numbers)):
        raise ValueError(f"members are (slices, {len(numbers)}), not {held.shape}")
    slices, places = np.nonzero(held)
    found = cluster_slices(numbers[places], slices, codes[places], number=len(held))
    return intervals_of_means(found, level=level, resamples=resamples, seed=seed)


def standard_error(values: ArrayLike, clusters: Sequence[Hashable] | None = None) -> float | None:
    """The cluster-robust standard error of the mean of values, see `standard_errors`; None without two clusters."""
    numbers = read_values(values)
    error = float(standard_errors(cluster_all(numbers, cluster_codes(clusters, len(numbers))))[0])
    return error if math.isfinite(error) else None


def intervals_of_means(
    clustered: Clustered, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> list[Interval | None]:
    """`mean_interval` of slices whose values are summed by cluster already."""
    tail = tail_of(level)
    counts = clustered.clusters.astype(np.intp)
    starts = np.concatenate([[0], np.cumsum(counts)])
    parts = [_part(clustered, start, end) for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]
    several = np.unique(counts[counts > 1]).astype(np.float64)
    widths = -np.sqrt(several / (several - 1)) * student_quantiles(several - 1, tail)
    reaches = dict(zip(several.astype(int).tolist(), widths.tolist(), strict=True))
    constant = _is_constant(clustered)
    drawn = [place for place, (sums, _) in enumerate(parts) if len(sums) in DRAWN and not constant[place]]
    ends = bca_ends([parts[place] for place in drawn], reaches=reaches, resamples=resamples, seed=seed)
    by_place = dict(zip(drawn, ends, strict=True))

    def interval(place: int) -> Interval | None:
        sums, sizes = parts[place]
        if len(sums) <= 1:
            return None
        method: Method = "constant" if constant[place] else "bca" if place in by_place else "abc"
        if constant[place]:
            mean = float(sums.sum() / sizes.sum())
            low, high = mean, mean
        else:
            low, high = by_place.get(place) or _abc_ends(sums, sizes, reach=reaches[len(sums)])
        return Interval(low=low, high=high, level=level, method=method)

    return [interval(place) for place in range(clustered.number)]


def _part(clustered: Clustered, start: int, end: int) -> tuple[Numbers, Numbers]:
    """The sums and sizes of the clusters of one slice, in the order in which they first appear."""
    order = start + np.argsort(clustered.firsts[start:end])
    return clustered.sums[order], clustered.sizes[order]


def _abc_ends(sums: Numbers, sizes: Numbers, *, reach: float) -> tuple[float, float]:
    samples = float(sizes.sum())
    mean = float(sums.sum()) / samples
    error = math.sqrt(float(((sums - mean * sizes) ** 2).sum())) / samples
    skew = float(acceleration(sums[None], sizes[None])[0])
    moved = np.array([skew - reach, skew + reach])
    low, high = (mean + error * moved / shrink(skew * moved) ** 2).tolist()
    return low, high


def _is_constant(clustered: Clustered) -> list[bool]:
    """Whether all clusters of a slice have the same mean, for each slice."""
    means = clustered.sums / clustered.sizes
    lows, highs = np.full(clustered.number, np.inf), np.full(clustered.number, -np.inf)
    np.minimum.at(lows, clustered.slices, means)
    np.maximum.at(highs, clustered.slices, means)
    # Sums of the same number may differ from its multiples in the last digits.
    return list((highs - lows <= 1e-12 * np.maximum(np.abs(lows), np.abs(highs))).tolist())
