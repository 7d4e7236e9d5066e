"""Bounds of means: one-sided ones that are wrong no more often than they say, of scores whose range has an end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.clusters import cluster_all, cluster_codes, read_values
from medgen_pytest.evaluation.statistics.exponential_sums import chances_up_to_zero
from medgen_pytest.evaluation.statistics.interval import tail_of
from medgen_pytest.evaluation.statistics.quantiles import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike

    from medgen_pytest.evaluation.statistics.clusters import Numbers

LEAST_WITHOUT_END = 10
"""So many clusters bound a mean on a side where scores have no end; fewer miss it too often."""

_ROUNDS = 100
_EXACT = 1e-11
_LEAST = 1e-16
_FAR = 4.0


def lower_mean_bound(
    values: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    end: float = -math.inf,
) -> float | None:
    """The one-sided lower bound of the mean of values, (n,): below the true one in a share `level` of such samples.

    `end` is the least that a value can be. The bound is Gaffke's: the 1 - level quantile of the mean if each cluster,
    and one more with all its values at the end, had a random weight of the Dirichlet distribution in which all are
    alike. The one more is as large as the largest. Of values that are 0 or 1 that is the exact bound of a rate. It is
    proven for one value and for values that are one of two; no distribution is known for which it is wrong more often
    than it says. A bound much closer cannot be right: what none of n clusters shows, 3 of the next n may well show.

    Where values have no end, one twice as far off the mean as the least mean of a cluster stands in for it. That cannot
    keep the level for all distributions, nor can anything else (Bahadur and Savage 1956). It takes 10 clusters.
    `clusters` name what each sample belongs to, (n,), None for a sample that stands alone. None without samples, with
    too few clusters, where values are too large to be summed, and where the chance behind it cannot be computed. Raises
    ValueError for values that are not finite.
    Sources: Gaffke 2005 (Mathematical Methods of Statistics 14:451); Learned-Miller and Thomas 2019 (arXiv 1905.06208);
    Bahadur and Savage 1956 (Annals of Mathematical Statistics 27:1115).
    """
    held = _hold(values, clusters, end=end)
    if held is None or held.samples < _least_of(held, end):
        return None
    try:
        return held.unit * _crossing(held, 2 * tail_of(level))
    except FloatingPointError:  # so that a gate is left open, and not decided by what is no number
        return None


def upper_mean_bound(
    values: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    end: float = math.inf,
) -> float | None:
    """The one-sided upper bound of a mean, see `lower_mean_bound`; `end` is the most that a value can be."""
    turned = lower_mean_bound(-read_values(values), clusters, level=level, end=-end)
    return None if turned is None else 0.0 - turned


def samples_to_bound(
    values: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    bound: float,
    level: float = 0.95,
    end: float = -math.inf,
) -> int | None:
    """How many samples in all, like these, have a `lower_mean_bound` above `bound`; None where no number has.

    That is where the mean is not above it.
    """
    held = _hold(values, clusters, end=end)
    if held is None or not held.mean * held.unit > bound:
        return None
    weights, tail = held.weights(bound / held.unit), 2 * tail_of(level)

    def is_sure(samples: int) -> bool:
        times = np.append(np.full(len(held.sums) - 1, samples / held.samples), 1.0)
        return bool(chances_up_to_zero(weights, times)[0] < tail)

    few, many = 0, max(held.samples, _least_of(held, end))
    while not is_sure(many):
        few, many = many, 2 * many
    while few and many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if is_sure(middle) else (middle, many)
    return many


def _least_of(held: _Held, end: float) -> int:
    """How many samples there must be for a bound at all."""
    return 0 if math.isfinite(end) else math.ceil(LEAST_WITHOUT_END * held.samples / (len(held.sums) - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """The sums, in a `unit`, and sizes of clusters, (clusters + 1,); the last is the one more, of values at the end.

    `samples` and their `mean` are those without it.
    """

    sums: Numbers
    sizes: Numbers
    unit: float
    samples: int
    mean: float

    def weights(self, mean: float) -> Numbers:
        """What each cluster is above a mean, (1, clusters + 1): the weighted sum is below 0 where its mean is below."""
        return (self.sums - mean * self.sizes)[None]

    def score(self, mean: float) -> float:
        """The normal quantile of the chance that the mean with random weights is at most this one: nearly a line."""
        chance = float(chances_up_to_zero(self.weights(mean))[0])
        return normal_quantile(min(max(chance, _LEAST), 1 - _LEAST))


def _hold(values: ArrayLike, clusters: Sequence[Hashable] | None, *, end: float) -> _Held | None:
    numbers = read_values(values)
    summed = cluster_all(numbers, cluster_codes(clusters, len(numbers)))
    unit = float(summed.units[0])
    if not len(numbers) or not math.isfinite(unit):
        return None
    sums, sizes = summed.sums / unit, summed.clustering.sizes
    mean, lowest = float(sums.sum() / sizes.sum()), float((sums / sizes).min())
    # What was rounded may lie a little beyond the end.
    last = min(end / unit, lowest) if math.isfinite(end) else 2 * lowest - mean
    return _Held(
        sums=np.append(sums, last * sizes.max()),
        sizes=np.append(sizes, sizes.max()),
        unit=unit,
        samples=len(numbers),
        mean=mean,
    )


def _crossing(held: _Held, tail: float) -> float:
    """The mean up to which the chance is `tail`, in units: by the Illinois rule on normal quantiles."""
    means = held.sums / held.sizes
    if means[-1] >= means.max():
        return held.mean
    goal = normal_quantile(tail)
    (low, below), (high, above) = _around(held, goal)
    last, middle = 0.0, low
    for _ in range(_ROUNDS):
        middle = high - above * (high - low) / (above - below)
        off = held.score(middle) - goal
        if abs(off) <= _EXACT or not low < middle < high:
            break
        if off < 0:
            low, below, above = middle, off, above / (2 if last < 0 else 1)
        else:
            high, above, below = middle, off, below / (2 if last > 0 else 1)
        last = off
    return min(middle, held.mean)


def _around(held: _Held, goal: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """A mean below the one that is looked for and one above it, each with how far its quantile is off."""
    means = held.sums / held.sizes
    off = held.sums[:-1] - held.mean * held.sizes[:-1]
    spread = math.sqrt(float((off**2).sum())) / held.sizes[:-1].sum() + (held.mean - means[-1]) / len(off)
    places = [means[-1], max(means[-1], held.mean - _FAR * spread), held.mean, means.max()]
    ends = [normal_quantile(_LEAST) - goal, normal_quantile(1 - _LEAST) - goal]
    offs = [ends[0], *(held.score(place) - goal for place in places[1:3]), ends[1]]
    above = next(place for place, off in enumerate(offs) if off >= 0)
    return (float(places[above - 1]), offs[above - 1]), (float(places[above]), offs[above])
