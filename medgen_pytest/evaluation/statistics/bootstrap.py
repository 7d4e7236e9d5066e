"""The bootstrap of means: clusters drawn with replacement, for many slices at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.statistics.clusters import ClusterSums, Numbers

_CHUNK = 1 << 20
_MANY = 64
_SLACK = 1e-12


def bca_ends(
    slices: Sequence[ClusterSums], *, tail: float, resamples: int = 2000, seed: int = 0
) -> list[tuple[float, float]]:
    """The ends of the BCa interval of the mean of each slice, of two clusters or more.

    In each of `resamples` rounds as many clusters as the slice has are drawn with replacement, whole. The ends are the
    quantiles at Phi(z_0 + (z_0 +- z) / (1 - a (z_0 +- z))) of the means of the rounds: z the normal quantile of
    `tail`, z_0 that of the share of means below the observed one (half of those equal to it count), a = sum d^3 / (6
    (sum d^2)^1.5) with d what the mean loses by each cluster, by the jackknife. What is drawn depends on the seed and
    on the number of clusters alone, so that a slice has the same interval whatever else is asked for.
    Source: Efron 1987 (Journal of the American Statistical Association 82:171); whole clusters: Davison and Hinkley
    1997, Bootstrap Methods and their Application, section 3.8.
    """
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for place, sums in enumerate(slices):
        alike[sums.clusters].append(place)
    ends: list[tuple[float, float]] = [(0.0, 0.0)] * len(slices)
    for places in alike.values():
        for start in range(0, len(places), _MANY):
            some = places[start : start + _MANY]
            values, sizes = (
                np.column_stack([getattr(slices[place], name) for place in some]) for name in ("sums", "sizes")
            )
            means = draw_means(values, sizes, resamples=resamples, seed=seed)
            for place, low, high in zip(some, *_bca(means, values, sizes, tail=tail), strict=True):
                ends[place] = (float(low), float(high))
    return ends


def draw_means(values: Numbers, sizes: Numbers, *, resamples: int, seed: int) -> Numbers:
    """The means of the rounds, (resamples, slices), of cluster sums and sizes, (clusters, slices) each."""
    clusters = len(values)
    generator = np.random.default_rng([seed, clusters])
    is_even = bool((sizes == sizes[0]).all())
    means = np.empty((resamples, values.shape[1]))
    rounds = max(1, _CHUNK // clusters)
    for start in range(0, resamples, rounds):
        drawn = _times_drawn(generator, clusters, min(rounds, resamples - start))
        samples = sizes[0] * clusters if is_even else drawn @ sizes
        means[start : start + rounds] = drawn @ values / samples
    return means


def _times_drawn(generator: np.random.Generator, clusters: int, rounds: int) -> Numbers:
    places = generator.integers(0, clusters, (rounds, clusters))
    places += np.arange(0, rounds * clusters, clusters)[:, None]
    counts = np.bincount(places.ravel(), minlength=rounds * clusters)
    return counts.reshape(rounds, clusters).astype(np.float64)


def _bca(means: Numbers, values: Numbers, sizes: Numbers, *, tail: float) -> tuple[Numbers, Numbers]:
    from scipy.special import ndtr, ndtri

    observed = values.sum(axis=0) / sizes.sum(axis=0)
    # The same mean in another order of its sum may differ in the last digits.
    slack = _SLACK * np.abs(means).max(axis=0)
    below = ((means < observed - slack).sum(axis=0) + (means <= observed + slack).sum(axis=0)) / (2 * len(means))
    # With all means on one side the quantile would be infinite.
    bias = ndtri(np.clip(below, 0.5 / len(means), 1 - 0.5 / len(means)))
    skew = _acceleration(values, sizes)
    z = ndtri(np.array([[tail], [1 - tail]]))
    shares = ndtr(bias + (bias + z) / (1 - skew * (bias + z)))
    ordered = np.sort(means, axis=0)
    return _quantile(ordered, shares[0]), _quantile(ordered, shares[1])


def _acceleration(values: Numbers, sizes: Numbers) -> Numbers:
    without = (values.sum(axis=0) - values) / (sizes.sum(axis=0) - sizes)
    lost = without.mean(axis=0) - without
    spread = (lost**2).sum(axis=0) ** 1.5
    skew = (lost**3).sum(axis=0) / 6
    return np.asarray(np.divide(skew, spread, out=np.zeros_like(spread), where=spread > 0))


def _quantile(ordered: Numbers, shares: Numbers) -> Numbers:
    """The quantile of each column of sorted values at its share, linear between neighbours."""
    places = shares * (len(ordered) - 1)
    below = np.clip(np.floor(places).astype(np.intp), 0, len(ordered) - 2)
    columns = np.arange(ordered.shape[1])
    low: Numbers = ordered[below, columns]
    high: Numbers = ordered[below + 1, columns]
    return np.asarray(low + (places - below) * (high - low))
