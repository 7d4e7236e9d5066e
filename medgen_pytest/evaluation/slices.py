"""Slices: the parts of a run that rates are given for, and the conditions that choose samples for a gate."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.interval_table import IntervalTable
from medgen_pytest.evaluation.repeats import by_sample, score_of, shares_of
from medgen_pytest.evaluation.tally import Count, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.taxonomy import Task
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.outcome import Outcome
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
    cells, table = _count_cells(cases, aggregate)
    slices: defaultdict[Slice, _Count] = defaultdict(_Count)
    for planned, count in cells:
        for found in _slices_of(planned):
            slices[found].add(count)
    ordered = sorted(slices, key=lambda part: (part.model, _rank(part), part.where))
    places = {part: place for place, part in enumerate(ordered)}
    of_cells = [[_place_of(planned, breakdown, places) for planned, _ in cells] for breakdown in BREAKDOWNS]
    intervals = _intervals(table, of_cells, number=len(ordered), metrics=metrics or {})
    return {part: slices[part].summary(found) for part, found in zip(ordered, intervals, strict=True)}


def summarise_slice(
    cases: Iterable[Case], *, aggregate: Aggregation = "mean", metrics: Mapping[str, MetricSpec] | None = None
) -> SliceSummary:
    """The summary of some cases taken as one slice, see `summarise`."""
    count, table = _Count(), IntervalTable()
    for repeats in by_sample(cases):
        table.add_sample(0, repeats[0].cluster)
        count.add_sample(repeats, aggregate, table)
    return count.summary(_intervals(table, [[0]], number=1, metrics=metrics or {})[0])


def _count_cells(
    cases: Iterable[Case], aggregate: Aggregation
) -> tuple[list[tuple[PlannedSample, _Count]], IntervalTable]:
    """The counts of the smallest parts, of which every slice is a union, each with one of its samples."""
    table = IntervalTable()
    places: dict[tuple[str | None, ...], int] = {}
    cells: list[tuple[PlannedSample, _Count]] = []
    for repeats in by_sample(cases):
        planned = repeats[0].planned
        place = places.setdefault((planned.model, planned.task, planned.subtask, planned.modality), len(cells))
        if place == len(cells):
            cells.append((planned, _Count()))
        table.add_sample(place, repeats[0].cluster)
        cells[place][1].add_sample(repeats, aggregate, table)
    return cells, table


def _slices_of(planned: PlannedSample) -> list[Slice]:
    found = (_slice_of(planned, dimensions) for dimensions in BREAKDOWNS)
    return [part for part in found if part is not None]


def _slice_of(planned: PlannedSample, dimensions: tuple[Dimension, ...]) -> Slice | None:
    """The slice of a breakdown that a sample lies in; None where it has no value in one of its dimensions."""
    where = where_of(planned, dimensions)
    return Slice(model=planned.model, where=where) if where is not None else None


def _place_of(planned: PlannedSample, dimensions: tuple[Dimension, ...], places: Mapping[Slice, int]) -> int:
    part = _slice_of(planned, dimensions)
    return places[part] if part is not None else -1


def _rank(part: Slice) -> int:
    return BREAKDOWNS.index(tuple(name for name, _ in part.where))


class _Intervals(NamedTuple):
    """The intervals of one slice: of its rates (`accuracy` among them) and means, by name."""

    rates: Mapping[str, Interval | None]
    means: Mapping[str, Interval | None]


def _intervals(
    table: IntervalTable, of_cells: Sequence[Sequence[int]], *, number: int, metrics: Mapping[str, MetricSpec]
) -> list[_Intervals]:
    """The intervals of each of so many slices; `of_cells` are those of the cells by breakdown, see `layout`."""
    layout = table.layout(of_cells, number=number)
    rates, means = table.rates(layout), table.means(layout)
    for name in means.keys() & metrics.keys():
        low, high = metrics[name].low, metrics[name].high
        means[name] = [found and found.within(low, high) for found in means[name]]
    return [
        _Intervals(
            rates={name: found[place] for name, found in rates.items()},
            means={name: found[place] for name, found in means.items()},
        )
        for place in range(number)
    ]


@dataclass(slots=True)
class _Count:
    """What a slice is made of, while it is being counted."""

    outcomes: defaultdict[Outcome, Count] = field(default_factory=lambda: defaultdict(int))
    metrics: defaultdict[str, _MetricCount] = field(default_factory=lambda: defaultdict(_MetricCount))

    def add_sample(self, repeats: Sequence[Case], aggregate: Aggregation, table: IntervalTable) -> None:
        """Counts a sample, and notes in the table, which has begun it, what it adds to rates and means."""
        if len(repeats) == 1:  # as nearly all are: in half the time
            self._add_one(repeats[0], table)
            return
        shares = shares_of([case.verdict.outcome for case in repeats], aggregate)
        _add(self.outcomes, shares)
        table.add_outcomes(ACCURACY, shares)
        for name in repeats[0].metrics:  # one task, so one and the same for all repeats
            shares = shares_of([case.metrics[name] for case in repeats], aggregate)
            _add(self.metrics[name].outcomes, shares)
            table.add_outcomes(name, shares)
        results = [case.result for case in repeats if case.result is not None]
        for name in dict.fromkeys(name for result in results for name in result.scores):
            value = score_of([result.scores[name] for result in results if name in result.scores], aggregate)
            metric = self.metrics[name]
            if value is not None:
                metric.scored += 1
                metric.total += value
                table.add_score(name, value)

    def _add_one(self, case: Case, table: IntervalTable) -> None:
        outcome = case.verdict.outcome
        self.outcomes[outcome] += 1
        table.add_outcome(ACCURACY, outcome)
        for name, outcome in case.metrics.items():
            self.metrics[name].outcomes[outcome] += 1
            table.add_outcome(name, outcome)
        for name, score in case.result.scores.items() if case.result is not None else ():
            metric, value = self.metrics[name], score.value
            if value is not None and score.is_scored:
                metric.scored += 1
                metric.total += value
                table.add_score(name, value)

    def add(self, other: _Count) -> None:
        _add(self.outcomes, other.outcomes)
        for name, count in other.metrics.items():
            self.metrics[name].add(count)

    def summary(self, intervals: _Intervals) -> SliceSummary:
        return SliceSummary(
            tally=Tally.from_counts(self.outcomes),
            metrics={
                name: self.metrics[name].summary(intervals.rates.get(name), intervals.means.get(name))
                for name in sorted(self.metrics)
            },
            interval=intervals.rates.get(ACCURACY),
        )


@dataclass(slots=True)
class _MetricCount:
    """What the summary of a metric is made of, while it is being counted."""

    outcomes: defaultdict[Outcome, Count] = field(default_factory=lambda: defaultdict(int))
    scored: int = 0
    total: float = 0.0

    def add(self, other: _MetricCount) -> None:
        _add(self.outcomes, other.outcomes)
        self.scored += other.scored
        self.total += other.total

    def summary(self, rate_interval: Interval | None, mean_interval: Interval | None) -> MetricSummary:
        # Every sample has an outcome under a metric with a threshold, so no outcome means no threshold.
        tally = Tally.from_counts(self.outcomes) if self.outcomes else None
        mean = self.total / self.scored if self.scored else None
        return MetricSummary(
            tally=tally, scored=self.scored, mean=mean, interval=rate_interval, mean_interval=mean_interval
        )


def _add(counts: defaultdict[Outcome, Count], more: Mapping[Outcome, Count]) -> None:
    for outcome, count in more.items():
        counts[outcome] += count
