"""Slices: the parts of a run that rates are given for, and the conditions that choose samples for a gate."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.repeats import by_sample, score_of, shares_of
from medgen_pytest.evaluation.tally import Count, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.score import Score
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.outcome import Outcome

Dimension = Literal["model", "format", "task", "subtask", "modality"]
DIMENSIONS: tuple[Dimension, ...] = ("model", "format", "task", "subtask", "modality")

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
    where: tuple[tuple[Dimension, str], ...] = ()

    def value(self, dimension: Dimension) -> str | None:
        """The value that this slice has in a dimension, None if it is not narrowed there."""
        return dict(self.where).get(dimension)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """One metric on one slice: outcomes against the threshold, and the scores themselves.

    `tally` is None for a metric without a threshold. `mean` is over the scored samples, each with the one
    score that its repeats come to, None without any; it is infinite when a score is.
    """

    tally: Tally | None
    scored: int
    mean: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSummary:
    """One slice: outcomes of its samples and, for each metric that applies or was scored, its summary."""

    tally: Tally
    metrics: Mapping[str, MetricSummary]


def value_of(planned: PlannedSample, dimension: Dimension) -> str | None:
    """The value of a planned sample in a dimension."""
    return _VALUES[dimension](planned)


def summarise(cases: Iterable[Case], *, aggregate: Aggregation = "mean") -> dict[Slice, SliceSummary]:
    """The summary of every slice of every breakdown that has samples, models and values in sorted order."""
    slices: defaultdict[Slice, _Count] = defaultdict(_Count)
    for planned, count in _count_cells(cases, aggregate):
        for found in _slices_of(planned):
            slices[found].add(count)
    ordered = sorted(slices, key=lambda part: (part.model, _rank(part), part.where))
    return {part: slices[part].summary() for part in ordered}


def summarise_slice(cases: Iterable[Case], *, aggregate: Aggregation = "mean") -> SliceSummary:
    """The summary of some cases taken as one slice."""
    count = _Count()
    for repeats in by_sample(cases):
        count.add_sample(repeats, aggregate)
    return count.summary()


def _count_cells(cases: Iterable[Case], aggregate: Aggregation) -> list[tuple[PlannedSample, _Count]]:
    """The counts of the smallest parts, of which every slice is a union, each with one of its samples."""
    cells: dict[tuple[str | None, ...], tuple[PlannedSample, _Count]] = {}
    for repeats in by_sample(cases):
        planned = repeats[0].planned
        key = (planned.model, planned.task, planned.subtask, planned.modality)
        if key not in cells:
            cells[key] = (planned, _Count())
        cells[key][1].add_sample(repeats, aggregate)
    return list(cells.values())


def _slices_of(planned: PlannedSample) -> list[Slice]:
    found = []
    for dimensions in BREAKDOWNS:
        where = tuple((name, value) for name in dimensions if (value := value_of(planned, name)) is not None)
        if len(where) == len(dimensions):
            found.append(Slice(model=planned.model, where=where))
    return found


def _rank(part: Slice) -> int:
    return BREAKDOWNS.index(tuple(name for name, _ in part.where))


@dataclass(slots=True)
class _Count:
    """What a slice is made of, while it is being counted."""

    outcomes: defaultdict[Outcome, Count] = field(default_factory=lambda: defaultdict(int))
    metrics: defaultdict[str, _MetricCount] = field(default_factory=lambda: defaultdict(_MetricCount))

    def add_sample(self, repeats: Sequence[Case], aggregate: Aggregation) -> None:
        _add(self.outcomes, shares_of([case.verdict.outcome for case in repeats], aggregate))
        for name in repeats[0].metrics:  # one task, so one and the same for all repeats
            self.metrics[name].add_outcomes([case.metrics[name] for case in repeats], aggregate)
        results = [case.result for case in repeats if case.result is not None]
        for name in dict.fromkeys(name for result in results for name in result.scores):
            found = [result.scores[name] for result in results if name in result.scores]
            self.metrics[name].add_scores(found, aggregate)

    def add(self, other: _Count) -> None:
        _add(self.outcomes, other.outcomes)
        for name, count in other.metrics.items():
            self.metrics[name].add(count)

    def summary(self) -> SliceSummary:
        return SliceSummary(
            tally=Tally.from_counts(self.outcomes),
            metrics={name: self.metrics[name].summary() for name in sorted(self.metrics)},
        )


@dataclass(slots=True)
class _MetricCount:
    """What the summary of a metric is made of, while it is being counted."""

    outcomes: defaultdict[Outcome, Count] = field(default_factory=lambda: defaultdict(int))
    scored: int = 0
    total: float = 0.0

    def add_outcomes(self, outcomes: Sequence[Outcome], aggregate: Aggregation) -> None:
        _add(self.outcomes, shares_of(outcomes, aggregate))

    def add_scores(self, scores: Sequence[Score], aggregate: Aggregation) -> None:
        value = score_of(scores, aggregate)
        if value is not None:
            self.scored += 1
            self.total += value

    def add(self, other: _MetricCount) -> None:
        _add(self.outcomes, other.outcomes)
        self.scored += other.scored
        self.total += other.total

    def summary(self) -> MetricSummary:
        # Every sample has an outcome under a metric with a threshold, so no outcome means no threshold.
        tally = Tally.from_counts(self.outcomes) if self.outcomes else None
        return MetricSummary(tally=tally, scored=self.scored, mean=self.total / self.scored if self.scored else None)


def _add(counts: defaultdict[Outcome, Count], more: Mapping[Outcome, Count]) -> None:
    for outcome, count in more.items():
        counts[outcome] += count
