"""Means: bootstrap intervals of mean scores, of one slice or of many at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.bootstrap import Drawings, bca_ends, shrink
from medgen_pytest.evaluation.statistics.clusters import (
    Clustered,
    accelerations,
    cluster_all,
    cluster_codes,
    cluster_slices,
    read_values,
    standard_errors,
)
from medgen_pytest.evaluation.statistics.interval import Interval, tail_of
from medgen_pytest.evaluation.statistics.quantiles import student_quantiles

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from medgen_pytest.evaluation.statistics.clusters import Codes, Numbers
    from medgen_pytest.evaluation.statistics.interval import Method

RESAMPLES = 2000
"""How many rounds a bootstrap draws: the ends of an interval then vary by a few percent of its width."""

DRAWN = range(10, 101)
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

    `clusters` name what each sample belongs to, (n,), None for a sample that stands alone. Of 10 to 100 clusters it is
    the BCa interval (`bca_ends`), whole clusters drawn; of fewer and of more Efron's approximation to it without
    drawing: m + s w / (1 - a w)^2 with w = a +- z, a of `accelerations`, s = sqrt(sum_g e_g^2) / n. For z stands sqrt(G
    / (G - 1)) t_(G-1), without which the intervals of few clusters are too narrow; G clusters.

    None without two clusters, and where values are too large to be summed. Where all clusters have the same mean, as
    where all values are equal, the interval is that mean alone, with method `constant`: nothing varied, which does
    not say that the mean is certain. Raises ValueError for values that are not finite.
    Sources: `bca_ends`; DiCiccio and Efron 1992 (Biometrika 79:231) for `abc`; Hesterberg 2015 (The American
    Statistician 69:371) for z.
    """
    numbers = read_values(values)
    found = cluster_all(numbers, cluster_codes(clusters, len(numbers)))
    return intervals_of_means([found], level=level, resamples=resamples, seed=seed)[0][0]


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
    return intervals_of_means([found], level=level, resamples=resamples, seed=seed)[0]


def standard_error(values: ArrayLike, clusters: Sequence[Hashable] | None = None) -> float | None:
    """The cluster-robust standard error of the mean of values, see `standard_errors`; None without two clusters."""
    numbers = read_values(values)
    error = float(standard_errors(cluster_all(numbers, cluster_codes(clusters, len(numbers))))[0])
    return error if math.isfinite(error) else None


def intervals_of_means(
    parts: Iterable[Clustered], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> list[list[Interval | None]]:
    """`mean_interval` of slices whose values are summed by cluster already; a list for each part, in order."""
    tail = tail_of(level)
    found, drawings = [], []
    for clustered in parts:
        ends, drawing = _without_drawing(clustered, tail=tail)
        found.append(ends)
        drawings.append(drawing)
    if drawings:
        lows, highs = bca_ends(Drawings.join(drawings), resamples=resamples, seed=seed)
        borders = np.cumsum([len(drawing.counts) for drawing in drawings])[:-1]
        for ends, low, high in zip(found, np.split(lows, borders), np.split(highs, borders), strict=True):
            ends.put(ends.codes == _DRAWN, low, high)
    return [ends.intervals(level) for ends in found]


_METHODS: tuple[Method | None, ...] = (None, "constant", "bca", "abc")
_NONE, _CONSTANT, _DRAWN, _DIRECT = range(len(_METHODS))
"""What stands for each of these methods in an array."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """The ends of the interval of each slice, in its unit, and the code of its method; (slices,) each."""

    lows: Numbers
    highs: Numbers
    units: Numbers
    codes: Codes

    def put(self, places: NDArray[np.bool_], lows: Numbers, highs: Numbers) -> None:
        """Sets the ends of some slices, (k,) each."""
        self.lows[places], self.highs[places] = lows, highs

    def intervals(self, level: float) -> list[Interval | None]:
        """The interval of each slice; none where an end is too large for a number."""
        with np.errstate(over="ignore", invalid="ignore"):
            lows, highs = self.lows * self.units, self.highs * self.units
        codes = np.where(np.isfinite(lows) & np.isfinite(highs), self.codes, _NONE).tolist()
        return [
            Interval(low=low, high=high, level=level, method=method) if (method := _METHODS[code]) else None
            for low, high, code in zip(lows.tolist(), highs.tolist(), codes, strict=True)
        ]


def _without_drawing(clustered: Clustered, *, tail: float) -> tuple[_Ends, Drawings]:
    """The ends of each slice, but for those that are drawn, and what these are to be drawn from."""
    units, clustered, clustering = clustered.units, clustered.scaled, clustered.clustering
    counts = clustering.clusters.astype(np.intp)
    skews, reaches = accelerations(clustered), _reaches(counts, tail)
    lows, highs = _abc_ends(clustered, skews, reaches)
    codes = np.where((counts >= DRAWN.start) & (counts < DRAWN.stop), _DRAWN, _DIRECT)
    constant = _is_constant(clustered)
    codes[constant] = _CONSTANT
    codes[(counts < 2) | ~np.isfinite(units)] = _NONE  # noqa: PLR2004 - one tells nothing of the others
    ends = _Ends(lows=lows, highs=highs, units=units, codes=codes)
    ends.put(constant, clustered.means[constant], clustered.means[constant])
    is_drawn = codes == _DRAWN
    # In the order in which clusters first appear, so that a slice taken alone draws the same.
    held = clustering.by_appearance[is_drawn[clustering.slices]]
    return ends, Drawings(
        sums=clustered.sums[held],
        sizes=clustering.sizes[held],
        counts=counts[is_drawn],
        skews=skews[is_drawn],
        reaches=reaches[is_drawn],
    )


def _reaches(counts: Codes, tail: float) -> Numbers:
    """sqrt(G / (G - 1)) t_(G-1) of each count of clusters, (slices,); 0 for fewer than two."""
    reaches, several = np.zeros(len(counts)), counts > 1
    clusters = counts[several].astype(np.float64)
    reaches[several] = -np.sqrt(clusters / (clusters - 1)) * student_quantiles(clusters - 1, tail)
    return reaches


def _abc_ends(clustered: Clustered, skews: Numbers, reaches: Numbers) -> tuple[Numbers, Numbers]:
    clustering = clustered.clustering
    errors = np.sqrt(clustering.add_up(clustered.off**2)) / np.maximum(clustering.samples, 1.0)
    moved = np.stack([skews - reaches, skews + reaches])
    low, high = clustered.means + errors * moved / shrink(skews * moved) ** 2
    return low, high


def _is_constant(clustered: Clustered) -> NDArray[np.bool_]:
    """Whether all clusters of a slice have the same mean, for each slice; false for one without any."""
    means, clustering = clustered.sums / clustered.clustering.sizes, clustered.clustering
    lows, highs = -clustering.largest(-means), clustering.largest(means)
    # Sums of the same number may differ from its multiples in the last digits.
    alike = highs - lows <= 1e-12 * np.maximum(np.abs(lows), np.abs(highs))
    return np.asarray(alike & (clustering.clusters > 0))
