"""The bootstrap of means: clusters drawn with replacement, for many slices at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.quantiles import normal_quantiles, normal_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.statistics.clusters import Codes, Numbers

_CHUNK = 1 << 20
_MANY = 512
"""Slices whose rounds are held at a time."""
_BLOCK, _COLUMNS = 1 << 18, 50
"""Multiplications of a product that OpenBLAS leaves to one thread, and columns of such a product."""
_THREADS = 4
_SLACK = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """Slices to draw from: the sums and sizes of the clusters of the first, then those of the next, (clusters,) each.

    Each slice has its number of clusters in `counts`, at least 2, in `skews` the acceleration of its mean, and in
    `reaches` the quantile that stands for z; (slices,) each.
    """

    sums: Numbers
    sizes: Numbers
    counts: Codes
    skews: Numbers
    reaches: Numbers

    @classmethod
    def join(cls, parts: Sequence[Drawings]) -> Drawings:
        """Those of all parts, at least one, in their order."""
        return cls(
            sums=np.concatenate([part.sums for part in parts]),
            sizes=np.concatenate([part.sizes for part in parts]),
            counts=np.concatenate([part.counts for part in parts]),
            skews=np.concatenate([part.skews for part in parts]),
            reaches=np.concatenate([part.reaches for part in parts]),
        )


def bca_ends(slices: Drawings, *, resamples: int, seed: int) -> tuple[Numbers, Numbers]:
    """The ends of the BCa interval of the mean of each slice, (slices,) each.

    In each of `resamples` rounds as many clusters as the slice has are drawn with replacement, whole. The ends are the
    quantiles at Phi(z_0 + (z_0 +- z) / (1 - a (z_0 +- z))) of the means of the rounds: z is the slice's `reach`, a its
    `skew`, z_0 the normal quantile of the share of means below the observed one (half of those equal to it count). What
    is drawn depends on the seed and on G alone, so that a slice has the same interval whatever else is asked for.
    Source: Efron 1987 (Journal of the American Statistical Association 82:171); whole clusters: Davison and Hinkley
    1997, Bootstrap Methods and their Application, section 3.8.
    """
    alike = [np.flatnonzero(slices.counts == clusters) for clusters in np.unique(slices.counts)]
    blocks = [places[first : first + _MANY] for places in alike for first in range(0, len(places), _MANY)]
    starts = np.cumsum(slices.counts) - slices.counts
    find = partial(_block_ends, slices, starts, resamples=resamples, seed=seed)
    if len(slices.counts) < _MANY:  # done before threads have started
        found = [find(block) for block in blocks]
    else:
        with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:  # numpy lets go of the interpreter
            found = list(pool.map(find, blocks))
    lows, highs = np.empty(len(slices.counts)), np.empty(len(slices.counts))
    for block, (low, high) in zip(blocks, found, strict=True):
        lows[block], highs[block] = low, high
    return lows, highs


def _block_ends(slices: Drawings, starts: Codes, block: Codes, *, resamples: int, seed: int) -> tuple[Numbers, Numbers]:
    """The ends of some slices, (k,) each, that have as many clusters; the clusters of every slice begin at `starts`."""
    held = starts[block][:, None] + np.arange(slices.counts[block[0]])
    sums, sizes = slices.sums[held], slices.sizes[held]
    means = draw_means(sums, sizes, resamples=resamples, seed=seed)
    observed = sums.sum(axis=1) / sizes.sum(axis=1)
    return _bca(means, observed, skews=slices.skews[block], reaches=slices.reaches[block])


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
        some = means[:, start : start + rounds]
        _multiply(sums, drawn, out=some)
        some /= _multiply(different, drawn, out=np.empty((len(different), drawn.shape[1])))[alike]
    return means


def shrink(moved: Numbers) -> Numbers:
    """1 - a w, but from 1/2 to 2: at levels near 1 of few clusters ends would else jump, or come back to the mean."""
    return np.clip(1 - moved, 0.5, 2.0)


def _multiply(left: Numbers, right: Numbers, *, out: Numbers) -> Numbers:
    """The product of two matrices, in blocks that numpy's library does not share among threads of its own.

    Those would wait for each other, for several times as long as the work takes where other programs keep processors.
    """
    rows = max(1, _BLOCK // (_COLUMNS * right.shape[0]))
    for row in range(0, len(left), rows):
        for column in range(0, right.shape[1], _COLUMNS):
            held = slice(row, row + rows), slice(column, column + _COLUMNS)
            np.matmul(left[held[0]], right[:, held[1]], out=out[held])
    return out


def _times_drawn(generator: np.random.Generator, clusters: int, rounds: int) -> Numbers:
    places = generator.integers(0, clusters, (rounds, clusters))
    places += np.arange(0, rounds * clusters, clusters)[:, None]
    counts = np.bincount(places.ravel(), minlength=rounds * clusters)
    return counts.reshape(rounds, clusters).astype(np.float64)


def _bca(means: Numbers, observed: Numbers, *, skews: Numbers, reaches: Numbers) -> tuple[Numbers, Numbers]:
    """The ends of each slice, (slices,), of the means of its rounds, (slices, resamples), which are sorted for it."""
    resamples = means.shape[1]
    means.sort(axis=1)
    # The same mean in another order of its sum may differ in the last digits.
    slack = _SLACK * np.abs(means[:, [0, -1]]).max(axis=1)
    lower = _how_many(means, observed - slack, is_below=np.less)
    equal_or_lower = _how_many(means, observed + slack, is_below=np.less_equal)
    # With all means on one side the quantile would be infinite.
    below = np.clip((lower + equal_or_lower) / (2 * resamples), 0.5 / resamples, 1 - 0.5 / resamples)
    bias = normal_quantiles(below)
    moved = bias + np.stack([-reaches, reaches])
    shares = normal_shares(bias + moved / shrink(skews * moved))
    return _quantile(means, shares[0]), _quantile(means, shares[1])


def _how_many(ordered: Numbers, ends: Numbers, *, is_below: np.ufunc) -> Codes:
    """How many of each row of sorted values are below its end, by halving."""
    rows = np.arange(len(ordered))
    least, most = np.zeros(len(ordered), dtype=np.intp), np.full(len(ordered), ordered.shape[1])
    while (open_rows := least < most).any():
        middle = (least + most) // 2
        below = is_below(ordered[rows, np.minimum(middle, ordered.shape[1] - 1)], ends)
        least = np.where(open_rows & below, middle + 1, least)
        most = np.where(open_rows & ~below, middle, most)
    return least


def _quantile(ordered: Numbers, shares: Numbers) -> Numbers:
    """The quantile of each row of sorted values at its share, linear between neighbours."""
    places = shares * (ordered.shape[1] - 1)
    below = np.clip(np.floor(places).astype(np.intp), 0, ordered.shape[1] - 2)
    rows = np.arange(len(ordered))
    low: Numbers = ordered[rows, below]
    high: Numbers = ordered[rows, below + 1]
    return np.asarray(low + (places - below) * (high - low))
