"""Slices: the parts of a run that rates are given for, and the conditions that choose samples for a gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.repeats import by_sample
from medgen_pytest.evaluation.sample_table import SampleTable
from medgen_pytest.evaluation.slice_layout import NOWHERE, SliceLayout, intervals_of_layouts
from medgen_pytest.evaluation.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.taxonomy import Task
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.slice_layout import Intervals, SliceScores
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
    for dimension, value in where:  # noqa: SIM110 - most gates are on all samples, of which there are very many
        if value_of(planned, dimension) != value:
            return False
    return True


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
    laid_out = [_lay_out(samples, aggregate) for _, samples in sorted(by_model.items())]
    summaries = _summaries([layout for _, layout in laid_out], metrics or {})
    return {
        part: summary
        for (parts, _), found in zip(laid_out, summaries, strict=True)
        for part, summary in zip(parts, found, strict=True)
    }


def summarise_slice(
    cases: Iterable[Case], *, aggregate: Aggregation = "mean", metrics: Mapping[str, MetricSpec] | None = None
) -> SliceSummary:
    """The summary of some cases taken as one slice, see `summarise`."""
    samples = by_sample(cases)
    table = SampleTable.of(samples, [0] * len(samples), aggregate=aggregate)
    return _summaries([SliceLayout.of(table, [[0]], number=1)], metrics or {})[0][0]


def _lay_out(samples: Sequence[Sequence[Case]], aggregate: Aggregation) -> tuple[list[Slice], SliceLayout]:
    """The slices of all breakdowns that samples lie in, in order, and which of them lie where."""
    cells, firsts = _cells_of(repeats[0].planned for repeats in samples)
    of_cells = [[_slice_of(planned, breakdown) for planned in firsts] for breakdown in BREAKDOWNS]
    found = {part for parts in of_cells for part in parts if part is not None}
    ordered = sorted(found, key=lambda part: (part.model, _rank(part), part.where))
    places: dict[Slice | None, int] = {part: place for place, part in enumerate(ordered)}
    places[None] = NOWHERE
    table = SampleTable.of(samples, cells, aggregate=aggregate)
    placed = [[places[part] for part in parts] for parts in of_cells]
    return ordered, SliceLayout.of(table, placed, number=len(ordered))


def _cells_of(planned: Iterable[PlannedSample]) -> tuple[list[int], list[PlannedSample]]:
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


def _slice_of(planned: PlannedSample, dimensions: tuple[Dimension, ...]) -> Slice | None:
    """The slice of a breakdown that a sample lies in; None where it has no value in one of its dimensions."""
    where = where_of(planned, dimensions)
    return Slice(model=planned.model, where=where) if where is not None else None


def _rank(part: Slice) -> int:
    return BREAKDOWNS.index(tuple(name for name, _ in part.where))


def _summaries(layouts: Sequence[SliceLayout], metrics: Mapping[str, MetricSpec]) -> list[list[SliceSummary]]:
    """The summary of each slice of each layout, in its order."""
    found = zip(layouts, intervals_of_layouts(layouts), strict=True)
    return [_summaries_of(layout, _bounded(means, metrics)) for layout, means in found]


def _summaries_of(layout: SliceLayout, means: Mapping[str, Intervals]) -> list[SliceSummary]:
    rates = layout.rates()
    tallies = {name: layout.tallies(column) for name, column in layout.table.rates.items()}
    whole, intervals = tallies.pop(ACCURACY, []), rates.pop(ACCURACY, [])
    nothing = [None] * layout.number
    of_metrics = {
        name: _metric_summaries(
            layout.scores(name),
            tallies=tallies.get(name, nothing),
            intervals=rates.get(name, nothing),
            mean_intervals=means.get(name, nothing),
        )
        for name in sorted({*tallies, *means})
    }
    return [
        SliceSummary(
            tally=tally or Tally(),
            metrics={name: found for name, of_slices in of_metrics.items() if (found := of_slices[place]) is not None},
            interval=interval,
        )
        for place, (tally, interval) in enumerate(zip(whole or nothing, intervals or nothing, strict=True))
    ]


def _bounded(means: Mapping[str, Intervals], metrics: Mapping[str, MetricSpec]) -> dict[str, Intervals]:
    """Intervals of means, none of which leaves the range of its metric."""
    return {
        name: [one and one.within(metrics[name].low, metrics[name].high) for one in found] if name in metrics else found
        for name, found in means.items()
    }


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
