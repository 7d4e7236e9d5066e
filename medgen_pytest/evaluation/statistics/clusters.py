"""Clusters: samples that belong together, and what they leave of the number of samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]
    Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSums:
    """The samples of a slice by cluster; both (clusters,), `sizes` at least 1."""

    sums: Numbers
    sizes: Numbers

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return len(self.sizes)

    @property
    def samples(self) -> float:
        """How many samples there are."""
        return float(self.sizes.sum())

    @property
    def mean(self) -> float:
        """The mean of all samples; there must be one."""
        return float(self.sums.sum() / self.sizes.sum())

    @property
    def off(self) -> Numbers:
        """What each cluster adds to the deviation from the mean, (clusters,); these sum to 0."""
        return self.sums - self.mean * self.sizes


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
    # A place is no cluster's name, so that a sample without one shares its number with none.
    names = (object() if name is None else name for name in clusters)
    return np.fromiter((known.setdefault(name, len(known)) for name in names), dtype=np.intp, count=samples)


def cluster_sums(values: Numbers, codes: Codes) -> ClusterSums:
    """The sums and sizes of the clusters of some samples, (n,) each, in the order in which clusters first appear."""
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    sums = np.bincount(places, weights=values)[order]
    return ClusterSums(sums=sums.astype(np.float64), sizes=np.bincount(places)[order].astype(np.float64))


def standard_error(sums: ClusterSums) -> float | None:
    """The cluster-robust standard error of the mean: sqrt(G / (G - 1) sum_g e_g^2) / n, e_g = S_g - mean m_g.

    G clusters of sizes m_g and sums S_g, n samples. With clusters of one sample it is s / sqrt(n). None for fewer than
    two clusters. That of a regression on a constant with clusters as statsmodels has it.
    Source: Liang and Zeger 1986 (Biometrika 73:13).
    """
    clusters = sums.clusters
    if clusters <= 1:
        return None
    return math.sqrt(clusters / (clusters - 1) * float((sums.off**2).sum())) / sums.samples


def effective_samples(sums: ClusterSums, *, variance: float, tail: float) -> float:
    """How many independent samples say as much about a mean as these clusters do; from 1 to n.

    n / D (t_(n-1) / t_(G-1))^2. D, the design effect, is the cluster-robust variance of the mean over variance / (n -
    1), which it is without clusters; t are Student's quantiles at `tail`, for a variance that few clusters tell
    roughly. Where the variance is 0, D is sum m_g^2 / n, as if all samples of a cluster were always alike. One
    cluster is one sample. Never above n, also where clusters happen to be more alike than chance makes them.
    Source: Korn and Graubard 1998 (Survey Methodology 24:193).
    """
    samples, clusters = sums.samples, sums.clusters
    if clusters <= 1:
        return 1.0
    alike = samples**2 / float((sums.sizes**2).sum())
    if variance <= 0:
        return alike
    error = standard_error(sums) or 0.0
    if error == 0:
        return samples
    few = _for_few_clusters(samples, clusters, tail=tail)
    return min(samples, max(1.0, samples * variance / (samples - 1) / error**2 * few))


def _for_few_clusters(samples: float, clusters: int, *, tail: float) -> float:
    if clusters == samples:  # so that most runs need no scipy, whose import takes its time
        return 1.0
    from scipy.special import stdtrit

    return (float(stdtrit(samples - 1, tail)) / float(stdtrit(clusters - 1, tail))) ** 2
