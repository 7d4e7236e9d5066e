"""Distributions: the scores of one metric, counted in bins that all models share and the threshold parts."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.score import Direction, Score
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.profile import Profile

_BINS = 20
"""About so many bins at most; a round width may leave half of them."""
_ROUND_WIDTHS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LEAST = 1e-300
"""The narrowest bin that there is: a tenth of a smaller number may be 0."""
_FAR = 1e300
"""What lies further from 0 is shown as if it were infinite: no bins can be laid around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScores:
    """The scores of one model in each bin; infinite ones lie `below` or `above` all bins, unscored ones nowhere."""

    model: str
    counts: tuple[int, ...]
    below: int = 0
    above: int = 0
    unscored: int = 0

    @property
    def scored(self) -> int:
        """All scores, infinite ones too."""
        return sum(self.counts) + self.below + self.above


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The scores of one metric: `edges` of the bins, one more than there are bins, and each model's counts.

    A threshold is an edge, so that all scores of a bin are on one side of it. Of the edges of a bin the better one
    does not belong to it: a score that equals the threshold lies in the bin that meets it.
    """

    metric: str
    direction: Direction
    threshold: float | None
    edges: tuple[float, ...]
    models: tuple[ModelScores, ...]

    def meets(self, place: int) -> bool | None:
        """Whether the scores of the bin at a place meet the threshold; None without one."""
        if self.threshold is None:
            return None
        if self.direction == "higher":
            return self.edges[place] >= self.threshold
        return self.edges[place + 1] <= self.threshold


def distributions(cases: Iterable[Case], profile: Profile) -> list[Distribution]:
    """A distribution of each metric that any case has a score of, in the order of the registry.

    Each repeat counts by itself.
    """
    scores: dict[str, dict[str, list[Score]]] = {}
    for case in cases:
        for name, score in case.result.scores.items() if case.result is not None else ():
            scores.setdefault(name, {}).setdefault(case.planned.model, []).append(score)
    return [_distribution(name, scores[name], profile) for name in profile.in_order(scores)]


def bin_edges(
    values: Sequence[float], *, threshold: float | None, direction: Direction, worst: float | None = None
) -> tuple[float, ...]:
    """Edges at round distances from the threshold (from 0 without one) around finite values, ascending.

    The outermost edge on the bad side is `worst`, which no value can exceed, instead of one beyond it. Each value lies
    strictly within the outermost edge on the good side. Empty without values.
    """
    if not values:
        return ()
    anchor = threshold if threshold is not None and abs(threshold) <= _FAR else None
    low, high = min(values), max(values)
    if anchor is not None:
        low, high = min(low, anchor), max(high, anchor)
    width, start = _round_width(low, high), anchor or 0.0
    steps = range(math.floor(low / width - start / width) - 1, math.ceil(high / width - start / width) + 2)
    edges = sorted({start + step * width for step in steps})
    return _trimmed(edges, low, high, direction=direction, worst=worst)


def _distribution(name: str, by_model: Mapping[str, Sequence[Score]], profile: Profile) -> Distribution:
    threshold, spec = profile.thresholds.get(name), profile.metrics.get(name)
    direction = next(iter(by_model.values()))[0].direction
    worst = None if spec is None else spec.low if direction == "higher" else spec.high
    finite = [
        score.value
        for scores in by_model.values()
        for score in scores
        if score.value is not None and abs(score.value) <= _FAR
    ]
    edges = bin_edges(finite, threshold=threshold, direction=direction, worst=worst)
    models = tuple(_count(model, by_model[model], edges, direction) for model in sorted(by_model))
    return Distribution(metric=name, direction=direction, threshold=threshold, edges=edges, models=models)


def _count(model: str, scores: Iterable[Score], edges: Sequence[float], direction: Direction) -> ModelScores:
    counts = [0] * max(0, len(edges) - 1)
    below = above = unscored = 0
    place = _from_below if direction == "higher" else _from_above
    for score in scores:
        if score.value is None or not score.is_scored:
            unscored += 1
        elif abs(score.value) > _FAR:
            below, above = below + (score.value < 0), above + (score.value > 0)
        else:
            counts[place(edges, score.value)] += 1
    return ModelScores(model=model, counts=tuple(counts), below=below, above=above, unscored=unscored)


def _from_below(edges: Sequence[float], value: float) -> int:
    return bisect_right(edges, value) - 1


def _from_above(edges: Sequence[float], value: float) -> int:
    return bisect_left(edges, value) - 1


def _round_width(low: float, high: float) -> float:
    """A round number of which about `_BINS` make up the distance, none so small that edges would fall together."""
    if low == high:
        return abs(low) / 10 or 0.1
    width = max(high / _BINS - low / _BINS, 1e-12 * max(abs(low), abs(high)), _LEAST)
    power = 10.0 ** math.floor(math.log10(width))
    return next((power * step for step in _ROUND_WIDTHS if power * step >= width), width)


def _trimmed(
    edges: Sequence[float], low: float, high: float, *, direction: Direction, worst: float | None
) -> tuple[float, ...]:
    """Without the bins at both ends that can hold no value, nor what lies beyond the worst value that there can be."""
    if direction == "higher":
        first, *rest = edges[bisect_right(edges, low) - 1 : bisect_right(edges, high) + 1]
        return (worst if worst is not None and first <= worst <= low else first, *rest)
    *rest, last = edges[bisect_left(edges, low) - 1 : bisect_left(edges, high) + 1]
    return (*rest, worst if worst is not None and high <= worst <= last else last)
