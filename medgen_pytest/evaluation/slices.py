"""Slices: the parts of a run that rates are given for, and the conditions that choose samples for a gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.repeats import by_sample
from medgen_pytest.evaluation.sample_table import SampleTable
from medgen_pytest.evaluation.slice_layout import LEVEL, NOWHERE, SliceLayout
from medgen_pytest.evaluation.statistics.means import intervals_of_means
from medgen_pytest.evaluation.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.taxonomy import Task
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.slice_layout import Intervals, SliceScores
    from medgen_pytest.evaluation.statistics.clusters import Clustered
    from medgen_pytest.evaluation.statistics.interval import Interval
    from medgen_pytest.metrics.contract import MetricSpec

Dimension = Literal["model", "format", "task", "subtask", "modality"]
DIMENSIONS: tuple[Dimension, ...] = ("model", "format", "task", "subtask", "modality")

Where = tuple[tuple[Dimension, str], ...]
"""Values in some dimensions, which choose samples."""

_VALUES: Mapping[Dimension, Callable[[PlannedSample], str | None]] = {
    "model": lambda planned: planned.model,
    "format": lambda planned: planned.format.value,
    "task": lambda planned: planned.task.value,
    "subtask": lambda planned: planned.subtask,
    "modality": lambda planned: planned.modality.value,
}

BREAKDOWNS: tuple[tuple[Dimension, ...], ...] = (
    (),
    ("format",),
    ("format", "task"),
    ("format", "task", "subtask"),
    ("format", "modality"),
    ("format", "task", "modality"),
    ("modality",),
)
"""How every report is broken down, for each model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some samples of one model: those with these values in these dimensions."""

    model: str
    where: Where = ()

    def value(self, dimension: Dimension) -> str | None:
        """The value that this slice has in a dimension, None if it is not narrowed there."""
        return dict(self.where).get(dimension)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """One metric on one slice: outcomes against the threshold, and the scores themselves.

    `tally` is None for a metric without a threshold. `mean` is over the scored samples, each with the one
    score that its repeats come to, None without any; it is infinite when a score is. `interval` is that of the rate,
    `mean_interval` that of the mean; None where there is no rate, or where fewer than two clusters or an infinite
    score say nothing of the mean.
    """

    tally: Tally | None
    scored: int
    mean: float | None
    interval: Interval | None = None
    mean_interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSummary:
    """One slice: outcomes of its samples and, for each metric that applies or was scored, its summary.

    `interval` is that of the accuracy rate over the planned samples. Those that could not be judged may have been
    accurate or not: it reaches from the low end if none of them were to the high end if all were.
    """

    tally: Tally
    metrics: Mapping[str, MetricSummary]
    interval: Interval | None = None


def value_of(planned: PlannedSample, dimension: Dimension) -> str | None:
    """The value of a planned sample in a dimension."""
    return _VALUES[dimension](planned)


def where_of(planned: PlannedSample, dimensions: tuple[Dimension, ...]) -> Where | None:
    """The values of a planned sample in some dimensions; None where it has no value in one of them."""
    where = tuple((name, value) for name in dimensions if (value := value_of(planned, name)) is not None)
    return where if len(where) == len(dimensions) else None


def where_of_task(task: Task) -> Where:
    """What chooses the samples of a task, as the breakdowns say it."""
    return (("format", task.format.value), ("task", task.value))


def lies_in(planned: PlannedSample, where: Iterable[tuple[Dimension, str]]) -> bool:
    """Whether a planned sample has these values in these dimensions."""
    return all(value_of(planned, dimension) == value for dimension, value in where)


def summarise(
    cases: Iterable[Case], *, aggregate: Aggregation = "mean", metrics: Mapping[str, MetricSpec] | None = None
) -> dict[Slice, SliceSummary]:
    """The summary of every slice of every breakdown that has samples, models and values in sorted order.

    No interval of a mean leaves the range that its metric has in `metrics`.
    """
    by_model: dict[str, list[list[Case]]] = {}
    for repeats in by_sample(cases):
        by_model.setdefault(repeats[0].planned.model, []).append(repeats)
    # A model at a time: no slice has samples of two, and what is known of one fits into the cache of a processor.
    laid_out = (_lay_out(samples, aggregate) for _, samples in sorted(by_model.items()))
    return {part: summary for found in _summaries(laid_out, metrics or {}) for part, summary in found}


def summarise_slice(
    cases: Iterable[Case], *, aggregate: Aggregation = "mean", metrics: Mapping[str, MetricSpec] | None = None
) -> SliceSummary:
    """The summary of some cases taken as one slice, see `summarise`."""
    samples = by_sample(cases)
    table = SampleTable.of(samples, [0] * len(samples), aggregate=aggregate)
    alone = [Slice(model="")], SliceLayout.of(table, [[0]], number=1)
    [[(_, summary)]] = _summaries([alone], metrics or {})
    return summary


def _lay_out(samples: Sequence[Sequence[Case]], aggregate: Aggregation) -> tuple[list[Slice], SliceLayout]:
    """The slices of all breakdowns that samples of one model lie in, in order, and which of them lie where."""
    cells, firsts = cells_of(repeats[0].planned for repeats in samples)
    model = firsts[0].model
    of_cells = [[where_of(planned, breakdown) for planned in firsts] for breakdown in BREAKDOWNS]
    ordered = sorted({where for wheres in of_cells for where in wheres if where is not None}, key=_order)
    places: dict[Where | None, int] = {where: place for place, where in enumerate(ordered)}
    places[None] = NOWHERE
    table = SampleTable.of(samples, cells, aggregate=aggregate)
    placed = [[places[where] for where in wheres] for wheres in of_cells]
    parts = [Slice(model=model, where=where) for where in ordered]
    return parts, SliceLayout.of(table, placed, number=len(parts))


def cells_of(planned: Iterable[PlannedSample]) -> tuple[list[int], list[PlannedSample]]:
    """The cell of each sample, and the first sample of each cell: of these every slice is a union."""
    places: dict[tuple[str | None, ...], int] = {}
    cells: list[int] = []
    firsts: list[PlannedSample] = []
    for sample in planned:
        place = places.setdefault((sample.model, sample.task, sample.subtask, sample.modality), len(firsts))
        cells.append(place)
        if place == len(firsts):
            firsts.append(sample)
    return cells, firsts


def _order(where: Where) -> tuple[int, Where]:
    return BREAKDOWNS.index(tuple(name for name, _ in where)), where


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What is known of some slices before anything is drawn, by the name of the rate or metric; in their order."""

    parts: Sequence[Slice]
    tallies: Mapping[str, Sequence[Tally | None]]
    rates: Mapping[str, Intervals]
    scores: Mapping[str, SliceScores]

    @classmethod
    def of(cls, parts: Sequence[Slice], layout: SliceLayout) -> _Counted:
        tallies = {name: layout.tallies(column) for name, column in layout.table.rates.items()}
        names = sorted({*tallies, *layout.table.scores} - {ACCURACY})
        scores = {name: layout.scores(name) for name in names}
        return cls(parts=parts, tallies=tallies, rates=layout.rates(), scores=scores)


def _summaries(
    laid_out: Iterable[tuple[Sequence[Slice], SliceLayout]], metrics: Mapping[str, MetricSpec]
) -> list[list[tuple[Slice, SliceSummary]]]:
    """Slices with their summaries, those of each layout in its order; no two layouts are held at a time."""
    all_counted: list[_Counted] = []
    scored: list[tuple[int, str]] = []

    def columns() -> Iterator[Clustered]:
        for parts, layout in laid_out:
            for name, column in layout.table.scores.items():
                scored.append((len(all_counted), name))
                yield layout.finite(column)
            all_counted.append(_Counted.of(parts, layout))

    means: dict[tuple[int, str], Intervals] = dict(zip(scored, intervals_of_means(columns(), level=LEVEL), strict=True))
    return [
        _summaries_of(counted, {name: means.get((number, name)) for name in counted.scores}, metrics)
        for number, counted in enumerate(all_counted)
    ]


def _summaries_of(
    counted: _Counted, means: Mapping[str, Intervals | None], metrics: Mapping[str, MetricSpec]
) -> list[tuple[Slice, SliceSummary]]:
    nothing = [None] * len(counted.parts)
    of_metrics = {
        name: _metric_summaries(
            scores,
            tallies=counted.tallies.get(name, nothing),
            intervals=counted.rates.get(name, nothing),
            mean_intervals=_bounded(means[name] or nothing, metrics.get(name)),
        )
        for name, scores in counted.scores.items()
    }
    whole, intervals = counted.tallies.get(ACCURACY, nothing), counted.rates.get(ACCURACY, nothing)
    summaries = (
        SliceSummary(
            tally=tally or Tally(),
            metrics={name: found for name, of_slices in of_metrics.items() if (found := of_slices[place]) is not None},
            interval=interval,
        )
        for place, (tally, interval) in enumerate(zip(whole, intervals, strict=True))
    )
    return list(zip(counted.parts, summaries, strict=True))


def _bounded(means: Intervals, spec: MetricSpec | None) -> Intervals:
    """Intervals of means, none of which leaves the range of its metric."""
    return means if spec is None else [one and one.within(spec.low, spec.high) for one in means]


def _metric_summaries(
    scores: SliceScores, *, tallies: Sequence[Tally | None], intervals: Intervals, mean_intervals: Intervals
) -> list[MetricSummary | None]:
    """The summary of one metric on each slice; None where it neither applies nor was scored."""
    return [
        MetricSummary(
            tally=tally,
            scored=scored,
            mean=total / scored if scored else None,
            interval=interval,
            mean_interval=mean_interval,
        )
        if tally is not None or told
        else None
        for tally, told, scored, total, interval, mean_interval in zip(
            tallies, scores.told, scores.scored, scores.totals, intervals, mean_intervals, strict=True
        )
    ]
