"""The bootstrap of means: clusters drawn with replacement, for many slices at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.quantiles import normal_quantiles, normal_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.statistics.clusters import Numbers

_CHUNK = 1 << 20
_MANY = 512
_SLACK = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A slice to draw from: the sums and sizes of its G clusters, (G,) each, at least 2.

    `skew` is the acceleration of its mean, `reach` the quantile that stands for z, `unit` what the sums are counted in.
    """

    sums: Numbers
    sizes: Numbers
    skew: float
    reach: float
    unit: float


def bca_ends(slices: Sequence[Drawing], *, resamples: int, seed: int) -> list[tuple[float, float]]:
    """The ends of the BCa interval of the mean of each slice, in its unit.

    In each of `resamples` rounds as many clusters as the slice has are drawn with replacement, whole. The ends are the
    quantiles at Phi(z_0 + (z_0 +- z) / (1 - a (z_0 +- z))) of the means of the rounds: z is the slice's `reach`, a its
    `skew`, z_0 the normal quantile of the share of means below the observed one (half of those equal to it count). What
    is drawn depends on the seed and on G alone, so that a slice has the same interval whatever else is asked for.
    Source: Efron 1987 (Journal of the American Statistical Association 82:171); whole clusters: Davison and Hinkley
    1997, Bootstrap Methods and their Application, section 3.8.
    """
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for place, drawing in enumerate(slices):
        alike[len(drawing.sums)].append(place)
    ends: list[tuple[float, float]] = [(0.0, 0.0)] * len(slices)
    for places in alike.values():
        for start in range(0, len(places), _MANY):
            some = places[start : start + _MANY]
            lows, highs = _bca([slices[place] for place in some], resamples=resamples, seed=seed)
            for place, low, high in zip(some, lows.tolist(), highs.tolist(), strict=True):
                ends[place] = (low, high)
    return ends


def draw_means(sums: Numbers, sizes: Numbers, *, resamples: int, seed: int) -> Numbers:
    """The means of the rounds, (slices, resamples), of cluster sums and sizes, (slices, clusters) each."""
    clusters = sums.shape[1]
    generator = np.random.default_rng([seed, clusters])
    # Slices of the same samples, as those of several metrics and models, have the same sizes.
    known: dict[bytes, int] = {}
    alike = [known.setdefault(one.tobytes(), len(known)) for one in sizes]
    different = np.stack([np.frombuffer(one) for one in known])
    means = np.empty((len(sums), resamples))
    rounds = max(1, _CHUNK // clusters)
    for start in range(0, resamples, rounds):
        drawn = _times_drawn(generator, clusters, min(rounds, resamples - start)).T
        means[:, start : start + rounds] = sums @ drawn / (different @ drawn)[alike]
    return means


def shrink(moved: Numbers) -> Numbers:
    """1 - a w, but from 1/2 to 2: at levels near 1 of few clusters ends would else jump, or come back to the mean."""
    return np.clip(1 - moved, 0.5, 2.0)


def _times_drawn(generator: np.random.Generator, clusters: int, rounds: int) -> Numbers:
    places = generator.integers(0, clusters, (rounds, clusters))
    places += np.arange(0, rounds * clusters, clusters)[:, None]
    counts = np.bincount(places.ravel(), minlength=rounds * clusters)
    return counts.reshape(rounds, clusters).astype(np.float64)


def _bca(slices: Sequence[Drawing], *, resamples: int, seed: int) -> tuple[Numbers, Numbers]:
    """The ends of slices with as many clusters each, (slices,)."""
    sums, sizes = np.stack([one.sums for one in slices]), np.stack([one.sizes for one in slices])
    skew, reach = np.array([one.skew for one in slices]), np.array([one.reach for one in slices])
    means = draw_means(sums, sizes, resamples=resamples, seed=seed)
    observed = (sums.sum(axis=1) / sizes.sum(axis=1))[:, None]
    means.sort(axis=1)
    # The same mean in another order of its sum may differ in the last digits.
    slack = _SLACK * np.abs(means[:, [0, -1]]).max(axis=1, keepdims=True)
    lower, equal_or_lower = means < observed - slack, means <= observed + slack
    below = (np.count_nonzero(lower, axis=1) + np.count_nonzero(equal_or_lower, axis=1)) / (2 * resamples)
    # With all means on one side the quantile would be infinite.
    bias = normal_quantiles(np.clip(below, 0.5 / resamples, 1 - 0.5 / resamples))
    moved = bias + np.stack([-reach, reach])
    shares = normal_shares(bias + moved / shrink(skew * moved))
    return _quantile(means, shares[0]), _quantile(means, shares[1])


def _quantile(ordered: Numbers, shares: Numbers) -> Numbers:
    """The quantile of each row of sorted values at its share, linear between neighbours."""
    places = shares * (ordered.shape[1] - 1)
    below = np.clip(np.floor(places).astype(np.intp), 0, ordered.shape[1] - 2)
    rows = np.arange(len(ordered))
    low: Numbers = ordered[rows, below]
    high: Numbers = ordered[rows, below + 1]
    return np.asarray(low + (places - below) * (high - low))
