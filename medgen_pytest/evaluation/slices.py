"""Slices: the parts of a run that rates are given for, and the conditions that choose samples for a gate."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from medgen_pytest.domain.planned import PlannedSample
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

    `tally` is None for a metric without a threshold. `mean` is over the scored samples, None without
    any; it is infinite when a score is.
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


def summarise(cases: Iterable[Case]) -> dict[Slice, SliceSummary]:
    """The summary of every slice of every breakdown that has samples, models and values in sorted order."""
    slices: defaultdict[Slice, _Count] = defaultdict(_Count)
    for planned, count in _count_cells(cases):
        for found in _slices_of(planned):
            slices[found].add(count)
    ordered = sorted(slices, key=lambda part: (part.model, _rank(part), part.where))
    return {part: slices[part].summary() for part in ordered}


def summarise_slice(cases: Iterable[Case]) -> SliceSummary:
    """The summary of some cases taken as one slice."""
    count = _Count()
    for case in cases:
        count.add_case(case)
    return count.summary()


def _count_cells(cases: Iterable[Case]) -> list[tuple[PlannedSample, _Count]]:
    """The counts of the smallest parts, of which every slice is a union, each with one of its samples."""
    cells: dict[tuple[str | None, ...], tuple[PlannedSample, _Count]] = {}
    for case in cases:
        planned = case.planned
        key = (planned.model, planned.task, planned.subtask, planned.modality)
        if key not in cells:
            cells[key] = (planned, _Count())
        cells[key][1].add_case(case)
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

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    metrics: defaultdict[str, _MetricCount] = field(default_factory=lambda: defaultdict(_MetricCount))

    def add_case(self, case: Case) -> None:
        self.outcomes[case.verdict.outcome] += 1
        for name, outcome in case.metrics.items():
            self.metrics[name].outcomes[outcome] += 1
        for name, score in case.result.scores.items() if case.result else ():
            self.metrics[name].add_score(score)

    def add(self, other: _Count) -> None:
        self.outcomes.update(other.outcomes)
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

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    scored: int = 0
    total: float = 0.0

    def add_score(self, score: Score) -> None:
        if score.value is not None and score.is_scored:
            self.scored += 1
            self.total += score.value

    def add(self, other: _MetricCount) -> None:
        self.outcomes.update(other.outcomes)
        self.scored += other.scored
        self.total += other.total

    def summary(self) -> MetricSummary:
        # Every sample has an outcome under a metric with a threshold, so no outcome means no threshold.
        tally = Tally.from_counts(self.outcomes) if self.outcomes else None
        return MetricSummary(tally=tally, scored=self.scored, mean=self.total / self.scored if self.scored else None)
