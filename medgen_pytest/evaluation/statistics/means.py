"""Means: bootstrap intervals of mean scores, of one slice or of many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.bootstrap import bca_ends
from medgen_pytest.evaluation.statistics.clusters import ClusterSums, cluster_codes, cluster_sums, read_values
from medgen_pytest.evaluation.statistics.interval import Interval, tail_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike

RESAMPLES = 2000
"""How many rounds a bootstrap draws: the ends of an interval then vary by a few percent of its width."""


def mean_interval(
    values: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval | None:
    """The BCa bootstrap interval of the mean of values, (n,), finite and of any range; see `bca_ends`.

    `clusters` name what each sample belongs to, (n,), None for a sample that stands alone; they are drawn whole. None
    without two clusters. Where all clusters have the same mean, as where all values are equal, the interval is that
    mean alone, with method `constant`: nothing varied, which does not say that the mean is certain. Raises ValueError
    for values that are not finite.
    """
    number = len(np.asarray(values))
    members = np.ones((1, number), dtype=np.bool_)
    return mean_intervals(values, members, clusters, level=level, resamples=resamples, seed=seed)[0]


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
    slices = [cluster_sums(numbers[one], codes[one]) if one.any() else None for one in held]
    return intervals_of_means(slices, level=level, resamples=resamples, seed=seed)


def intervals_of_means(
    slices: Sequence[ClusterSums | None],
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Interval | None]:
    """`mean_intervals` of slices whose clusters are summed already; None stands for a slice without samples."""
    tail = tail_of(level)
    found: list[Interval | None] = [None] * len(slices)
    drawn: dict[int, ClusterSums] = {}
    for place, sums in enumerate(slices):
        if sums is None or sums.clusters <= 1:
            continue
        if _is_constant(sums):
            found[place] = Interval(low=sums.mean, high=sums.mean, level=level, method="constant")
        else:
            drawn[place] = sums
    ends = bca_ends(list(drawn.values()), tail=tail, resamples=resamples, seed=seed)
    for place, (low, high) in zip(drawn, ends, strict=True):
        found[place] = Interval(low=low, high=high, level=level, method="bca")
    return found


def _is_constant(sums: ClusterSums) -> bool:
    means = sums.sums / sums.sizes
    # Sums of the same number may differ from its multiples in the last digits.
    return float(np.ptp(means)) <= 1e-12 * float(np.abs(means).max())
