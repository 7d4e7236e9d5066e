"""Metrics compared: rates and mean scores of two sides on the same samples, whole and slice by slice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.slices import where_of
from medgen_pytest.evaluation.statistics import compare_many_means, compare_rates, holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from medgen_pytest.domain.score import Direction
    from medgen_pytest.evaluation.comparison.side import Side
    from medgen_pytest.evaluation.slices import Dimension, Where
    from medgen_pytest.evaluation.statistics import Comparison

    Numbers = NDArray[np.float64]

Kind = Literal["rate", "mean"]

BY: tuple[tuple[Dimension, ...], ...] = (("format",), ("task",), ("modality",))
"""The slices that are compared unless others are named."""

_PLACES = {str(value): place for place, value in enumerate((*Format, *Task, *Modality))}
"""The order in which formats, tasks and modalities stand everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceComparison:
    """One slice; `p_corrected` is its p-value by Holm's correction over all slices of its metric."""

    where: Where
    numbers: Comparison
    p_corrected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """The accuracy rate (`rate`) under a metric, or under `accuracy`, or the mean of its scores (`mean`).

    Of samples that both sides finished, `left_out` have no value on one of them, or an infinite score. The p-value of
    `whole` is one question, and stays as it is.
    """

    metric: str
    kind: Kind
    direction: Direction
    left_out: int
    whole: Comparison
    slices: Sequence[SliceComparison]

    @property
    def is_better(self) -> bool | None:
        """Whether the second side is better, as far as the p-value of the whole says; None if it does not."""
        numbers = self.whole
        alpha = 1 - numbers.interval.level if numbers.interval is not None else 0.0
        if numbers.p_value is None or numbers.p_value > alpha or not numbers.difference:
            return None
        return (numbers.difference > 0) == (self.direction == "higher")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """What is to be compared of one metric: values of both sides, (n,) each, what they belong to, and their slices."""

    metric: str
    kind: Kind
    direction: Direction
    left_out: int
    first: Numbers
    second: Numbers
    clusters: Sequence[str | None]
    members: Mapping[Where, NDArray[np.intp]]

    @property
    def parts(self) -> list[tuple[Numbers, Numbers, list[str | None]]]:
        """The whole, then each slice: values of both sides and clusters."""
        whole = np.arange(len(self.first))
        return [
            (self.first[places], self.second[places], [self.clusters[place] for place in places])
            for places in (whole, *self.members.values())
        ]


def compare_metrics(
    first: Side,
    second: Side,
    paired: Sequence[str],
    *,
    metrics: Iterable[str] | None = None,
    by: Sequence[tuple[Dimension, ...]] = BY,
    level: float = 0.95,
) -> list[MetricComparison]:
    """Every metric that both sides have, on the samples that both finished; `accuracy` first, then by name.

    `metrics` are those that are wanted, None for all; `by` the dimensions that make slices.
    """
    wanted = set(metrics) if metrics is not None else None
    members = _members(first, paired, by)
    series = [one for one in _all_series(first, second, paired, members) if wanted is None or one.metric in wanted]
    means = iter(_compare_means([one for one in series if one.kind == "mean"], level=level))
    return [_compared(one, _compare_rates(one, level=level) if one.kind == "rate" else next(means)) for one in series]


def _all_series(
    first: Side, second: Side, paired: Sequence[str], members: Mapping[Where, Sequence[int]]
) -> Iterator[_Series]:
    rated, directions = first.rated & second.rated, {**second.directions, **first.directions}
    scored = first.directions.keys() & second.directions.keys()
    clusters = [first.cluster(sample_id) or second.cluster(sample_id) for sample_id in paired]
    for name in [ACCURACY, *sorted((rated | scored) - {ACCURACY})]:
        if name in rated:
            shares = [_numbers(side.share(sample_id, name) for sample_id in paired) for side in (first, second)]
            yield _series(name, "rate", "higher", shares, clusters, members)
        if name in scored:
            scores = [_numbers(side.score(sample_id, name) for sample_id in paired) for side in (first, second)]
            yield _series(name, "mean", directions[name], scores, clusters, members)


def _numbers(values: Iterable[float | None]) -> Numbers:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _series(
    metric: str,
    kind: Kind,
    direction: Direction,
    sides: Sequence[Numbers],
    clusters: Sequence[str | None],
    members: Mapping[Where, Sequence[int]],
) -> _Series:
    known = np.isfinite(sides[0]) & np.isfinite(sides[1])
    either = ~(np.isnan(sides[0]) & np.isnan(sides[1]))
    places = np.cumsum(known) - 1
    held = {where: places[[place for place in found if known[place]]] for where, found in members.items()}
    return _Series(
        metric=metric,
        kind=kind,
        direction=direction,
        left_out=int((either & ~known).sum()),
        first=sides[0][known],
        second=sides[1][known],
        clusters=[cluster for cluster, is_known in zip(clusters, known, strict=True) if is_known],
        members={where: found for where, found in held.items() if len(found)},
    )


def _members(side: Side, paired: Sequence[str], by: Sequence[tuple[Dimension, ...]]) -> dict[Where, list[int]]:
    """The places of the samples of each slice, slices in the order of `by` and of the taxonomy."""
    found: defaultdict[Where, list[int]] = defaultdict(list)
    for place, sample_id in enumerate(paired):
        planned = side.planned(sample_id)
        for dimensions in by:
            where = where_of(planned, dimensions)
            if where is not None:
                found[where].append(place)
    order = {dimensions: rank for rank, dimensions in enumerate(by)}

    def rank(where: Where) -> tuple[int, list[tuple[int, str]]]:
        return order[tuple(name for name, _ in where)], [(_PLACES.get(value, 0), value) for _, value in where]

    return {where: found[where] for where in sorted(found, key=rank)}


def _compare_rates(series: _Series, *, level: float) -> list[Comparison]:
    return [compare_rates(first, second, clusters, level=level) for first, second, clusters in series.parts]


def _compare_means(series: Sequence[_Series], *, level: float) -> list[list[Comparison]]:
    numbers = iter(compare_many_means((part for one in series for part in one.parts), level=level))
    return [[next(numbers) for _ in (None, *one.members)] for one in series]


def _compared(series: _Series, numbers: Sequence[Comparison]) -> MetricComparison:
    whole, *slices = numbers
    asked = [place for place, one in enumerate(slices) if one.p_value is not None]
    corrected = dict(zip(asked, holm([slices[place].p_value or 0.0 for place in asked]), strict=True))
    return MetricComparison(
        metric=series.metric,
        kind=series.kind,
        direction=series.direction,
        left_out=series.left_out,
        whole=whole,
        slices=[
            SliceComparison(where=where, numbers=one, p_corrected=corrected.get(place))
            for place, (where, one) in enumerate(zip(series.members, slices, strict=True))
        ],
    )
