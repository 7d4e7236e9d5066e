"""Clusters: samples that belong together, and what they leave of the number of samples."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.quantiles import student_quantiles

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]
    Codes = NDArray[np.intp]


_MORE = 2
"""How many clusters, beside those that tell of it, are taken to be alike within."""


@dataclass(frozen=True, kw_only=True)  # without slots, which leave no room for what is computed once
class Clustering:
    """Which of some values lie in which cluster of which slice, of `number` slices at once.

    Each of all clusters, (clusters,), has the number of its values in `sizes`, in `firsts` the place of the first of
    them, and in `slices`, sorted, the slice that it is of. A cluster that lies in several slices is one in each.
    `order`, (n,), sorts the values by slice and cluster, None where they are.
    """

    order: Codes | None
    sizes: Numbers
    firsts: Codes
    slices: Codes
    number: int
    _few: dict[float, Numbers] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, slices: Codes, clusters: Codes, *, number: int, places: Codes | None = None) -> Clustering:
        """That of values with the codes of slice and cluster, (n,) each; slices from 0 to number - 1.

        `places` say where each value stands, (n,); without them they stand in this order.
        """
        places, order = np.arange(len(slices)) if places is None else places, None
        if not _is_sorted(slices, clusters):
            order = sorting(slices, clusters)
            slices, clusters, places = slices[order], clusters[order], places[order]
        is_first = np.ones(len(slices), dtype=np.bool_)
        is_first[1:] = (slices[1:] != slices[:-1]) | (clusters[1:] != clusters[:-1])
        starts = np.flatnonzero(is_first)
        sizes = np.diff(np.append(starts, len(slices))).astype(np.float64)
        return cls(order=order, sizes=sizes, firsts=places[starts], slices=slices[starts], number=number)

    def sum(self, values: Numbers) -> Clustered:
        """The values, (n,), summed by cluster."""
        values = values if self.order is None else values[self.order]
        # Of mostly one value each, `np.add.reduceat` would take four times as long.
        sums = np.bincount(self._of_values, weights=values, minlength=len(self.sizes)).astype(np.float64, copy=False)
        return Clustered(sums=sums, clustering=self)

    @cached_property
    def _of_values(self) -> Codes:
        """The cluster of each value, (n,), once they are sorted."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes.astype(np.intp))

    @cached_property
    def clusters(self) -> Numbers:
        """How many clusters each slice has, (slices,)."""
        return np.bincount(self.slices, minlength=self.number).astype(np.float64)

    @cached_property
    def samples(self) -> Numbers:
        """How many values each slice has, (slices,)."""
        return self.add_up(self.sizes)

    @cached_property
    def alike(self) -> Numbers:
        """The size of the cluster of a value on average, (slices,): sum_g m_g^2 / n; 0 for a slice without any."""
        return np.divide(self.add_up(self.sizes**2), self.samples, out=np.zeros(self.number), where=self.samples > 0)

    @cached_property
    def by_appearance(self) -> Codes:
        """The clusters, (clusters,), those of a slice in the order in which they first appear."""
        return sorting(self.slices, self.firsts)

    def add_up(self, values: Numbers) -> Numbers:
        """The sum over the clusters of each slice, (slices,), of values, (clusters,)."""
        return self._reduced(np.add, values)

    def largest(self, values: Numbers) -> Numbers:
        """The largest over the clusters of each slice, (slices,), of values, (clusters,); 0 for a slice without any."""
        return self._reduced(np.maximum, values)

    def _reduced(self, function: np.ufunc, values: Numbers) -> Numbers:
        places, starts = self._held
        found = np.zeros(self.number)
        if len(starts):
            found[places] = function.reduceat(values, starts)
        return found

    def few(self, tail: float) -> Numbers:
        """What few clusters leave of the number of samples, (slices,): (t_(n-1) / t_(G-1))^2 at `tail`.

        1 where each sample stands alone, and for fewer than two clusters.
        """
        if tail not in self._few:
            self._few[tail] = self._find_few(tail)
        return self._few[tail]

    def _find_few(self, tail: float) -> Numbers:
        some = (self.clusters > 1) & (self.clusters != self.samples)
        found = np.ones(self.number)
        if some.any():
            quantiles = (student_quantiles(number[some] - 1, tail) for number in (self.samples, self.clusters))
            found[some] = (next(quantiles) / next(quantiles)) ** 2
        return found

    @cached_property
    def _held(self) -> tuple[Codes, Codes]:
        """The slices that have clusters, and where those of each begin."""
        starts = np.flatnonzero(np.diff(self.slices, prepend=-1))
        return self.slices[starts], starts


@dataclass(frozen=True, kw_only=True)  # without slots, see above
class Clustered:
    """Values of samples, summed by cluster: `sums`, (clusters,), of which `clustering` says where they lie."""

    sums: Numbers
    clustering: Clustering

    @cached_property
    def means(self) -> Numbers:
        """The mean value of each slice, (slices,); 0 for one without any."""
        sums, samples = self.clustering.add_up(self.sums), self.clustering.samples
        return np.asarray(np.divide(sums, samples, out=np.zeros_like(sums), where=samples > 0))

    @cached_property
    def off(self) -> Numbers:
        """What each cluster adds to the deviation from the mean of its slice, (clusters,): e_g = S_g - mean m_g."""
        return self.sums - self.means[self.clustering.slices] * self.clustering.sizes

    @cached_property
    def units(self) -> Numbers:
        """A power of two near the largest sum of each slice, (slices,), in which no square is too large.

        1 for a slice of zeros, or of nothing, and infinite where a sum is.
        """
        largest = self.clustering.largest(np.abs(self.sums))
        units = np.ldexp(1.0, np.frexp(np.where(np.isfinite(largest), largest, 0.0))[1] - 1)
        return np.where(np.isfinite(largest), np.where(largest > 0, units, 1.0), np.inf)

    @cached_property
    def scaled(self) -> Clustered:
        """The same in `units`; 0 where these are infinite."""
        units = self.units[self.clustering.slices]
        sums = np.where(np.isfinite(units), self.sums, 0.0) / units
        return replace(self, sums=sums)


@dataclass(frozen=True, kw_only=True)  # without slots, see above
class ClusteredShares(Clustered):
    """Shares, each in 0..1, summed by cluster: of sums so near to one, no square is too large or too small."""

    @cached_property
    def units(self) -> Numbers:
        """1 for each slice, (slices,)."""
        return np.ones(self.clustering.number)

    @property
    def scaled(self) -> Clustered:
        """Itself; not kept, as what holds itself is only freed by a search for cycles."""
        return self


def read_values(values: ArrayLike) -> Numbers:
    """Values as numbers, (n,). Raises ValueError for another shape and for values that are not finite."""
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1:
        raise ValueError(f"values are one list, not of shape {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise ValueError("a value is not finite")
    return numbers


def read_shares(shares: ArrayLike) -> Numbers:
    """Shares as numbers, (n,). Raises ValueError as `read_values`, and for one outside 0..1."""
    numbers = read_values(shares)
    if not ((numbers >= 0) & (numbers <= 1)).all():
        raise ValueError("a share lies in 0..1")
    return numbers


def cluster_codes(clusters: Sequence[Hashable] | None, samples: int) -> Codes:
    """The number of the cluster of each sample, (n,), counted from 0 in the order in which clusters first appear.

    A sample whose cluster is None is a cluster of its own, and without any list each one is. Raises ValueError for
    a list of another length.
    """
    if clusters is None:
        return np.arange(samples)
    if len(clusters) != samples:
        raise ValueError(f"{samples} samples have {samples} clusters, not {len(clusters)}")
    known: dict[Hashable, int] = {}
    # An object of its own is no other cluster's name.
    names = (object() if name is None else name for name in clusters)
    return np.fromiter((known.setdefault(name, len(known)) for name in names), dtype=np.intp, count=samples)


def cluster_all(values: Numbers, codes: Codes) -> Clustered:
    """Values summed by cluster, as one slice; the code of the cluster of each, (n,)."""
    return cluster_slices(values, np.zeros(len(values), dtype=np.intp), codes, number=1)


def cluster_slices(values: Numbers, slices: Codes, clusters: Codes, *, number: int) -> Clustered:
    """Values summed by slice and cluster, each with the codes of both, see `Clustering.of`."""
    return Clustering.of(slices, clusters, number=number).sum(values)


def sorting(slices: Codes, codes: Codes) -> Codes:
    """What sorts values by slice and, within one, by a code from 0 on; what is equal in both stays in order."""
    # As one number each; `np.lexsort` of both takes three times as long.
    return np.argsort(slices * (codes.max(initial=0) + 1) + codes, kind="stable")


def _is_sorted(slices: Codes, clusters: Codes) -> bool:
    rises = (slices[1:] > slices[:-1]) | ((slices[1:] == slices[:-1]) & (clusters[1:] >= clusters[:-1]))
    return bool(rises.all())


def standard_errors(clustered: Clustered) -> Numbers:
    """The cluster-robust standard error of the mean of each slice, (slices,): sqrt(G / (G - 1) sum_g e_g^2) / n.

    G clusters of sizes m_g and sums S_g, n values, e_g = S_g - mean m_g. With clusters of one it is s / sqrt(n).
    Infinite for fewer than two clusters, which tell nothing of it, and for an infinite sum. As a regression on a
    constant with clusters in statsmodels.
    Source: Liang and Zeger 1986 (Biometrika 73:13).
    """
    clustering = clustered.clustering
    clusters, samples = clustering.clusters, clustering.samples
    spread = clustering.add_up(clustered.scaled.off**2)
    known = (clusters > 1) & np.isfinite(clustered.units)
    errors = np.full(clustering.number, np.inf)
    errors[known] = np.sqrt(clusters[known] / (clusters[known] - 1) * spread[known]) / samples[known]
    return errors * clustered.units


def accelerations(clustered: Clustered) -> Numbers:
    """How skewed the mean of each slice is, (slices,): sum_g d_g^3 / (6 (sum_g d_g^2)^1.5).

    d_g is what the mean loses by cluster g, by the jackknife. 0 where nothing varies, and for fewer than two clusters.
    Source: Efron 1987 (Journal of the American Statistical Association 82:171), section 6.
    """
    clustering = clustered.clustering
    slices, add_up = clustering.slices, clustering.add_up
    sums, samples = add_up(clustered.sums)[slices], clustering.samples[slices]
    rest = samples - clustering.sizes
    without = np.divide(sums - clustered.sums, rest, out=np.zeros_like(rest), where=rest > 0)
    lost = (add_up(without) / np.maximum(clustering.clusters, 1.0))[slices] - without
    squares = lost**2
    spread = add_up(squares) ** 1.5
    skew = add_up(squares * lost) / 6  # a power of three would take ten times as long
    return np.asarray(np.divide(skew, spread, out=np.zeros_like(spread), where=spread > 0))


def effective_samples(clustered: Clustered, *, variances: Numbers, telling: Numbers, tail: float) -> Numbers:
    """How many independent samples say as much about each mean, (slices,), as its clusters do; from 1 to n.

    n / D (t_(n-1) / t_(G-1))^2, with t Student's quantiles at `tail`, for a spread that few clusters tell only roughly.
    D = (k d + 2 m) / (k + 2): d, the design effect, is the cluster-robust variance of the mean over v / (n - 1), which
    it is without clusters, v that of `variances`, (slices,). m = sum m_g^2 / n is what d is where the samples of a
    cluster are always alike. Only the k clusters of `telling`, (slices,), that differ from the rest say something of d:
    it is taken as if there were two more, whose samples are alike, without which bounds near 0 and 1 miss too often:
    with one more, in up to 5.4 % of runs for 5 %.

    Where v is 0, D is m. One cluster is one sample, and none is 0. Never above n, also where clusters happen to be more
    alike than chance makes them.
    Source: Korn and Graubard 1998 (Survey Methodology 24:193), but for the two more.
    """
    clustering = clustered.clustering
    samples, clusters, errors = clustering.samples, clustering.clusters, standard_errors(clustered)
    effective = np.minimum(clusters, 1.0)
    several = clusters > 1
    alike, spread = clustering.alike[several], np.maximum(variances[several], 0.0)
    by_chance = spread / (samples[several] - 1)
    seen = np.divide(errors[several] ** 2, by_chance, out=alike.copy(), where=spread > 0)
    effect = (telling[several] * seen + _MORE * alike) / (telling[several] + _MORE)
    few = np.where(spread > 0, clustering.few(tail)[several], 1.0)
    effective[several] = np.clip(samples[several] / effect * few, 1.0, samples[several])
    return effective
