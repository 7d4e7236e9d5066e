"""Grids: the tables of a comparison as texts, the same for the terminal and for Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.comparison.figures import (
    detectable_text,
    difference_text,
    interval_text,
    metric_title,
    only_text,
    p_text,
    value_text,
)
from medgen_pytest.reports.figures import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.evaluation.comparison import MetricComparison, RunComparison
    from medgen_pytest.evaluation.comparison.metrics import Kind
    from medgen_pytest.evaluation.statistics import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class GridColumn:
    """A heading with a text for each row; columns of one `group` belong side by side."""

    heading: str
    group: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: what it is of, the labels of its rows under their own heading, and its columns."""

    title: str
    heading: str
    labels: tuple[str, ...]
    columns: tuple[GridColumn, ...]


def metric_grid(comparison: RunComparison) -> Grid:
    """Every metric on all samples."""
    profile = comparison.first.run.profile
    metrics = comparison.metrics
    evidence = [
        GridColumn(heading="p", group=2, cells=tuple(p_text(one.whole.p_value) for one in metrics)),
        GridColumn(heading="better", group=2, cells=tuple(_better(one, comparison) for one in metrics)),
    ]
    return Grid(
        title="",
        heading="metric",
        labels=tuple(metric_title(one, profile) for one in metrics),
        columns=_columns([(one.kind, one.whole) for one in metrics], comparison, evidence),
    )


def slice_grids(comparison: RunComparison, *, metrics: Sequence[str] | None = None) -> Iterator[Grid]:
    """A table of slices for each metric that is named (None: all) and has any."""
    for metric in comparison.metrics:
        if metric.slices and (metrics is None or metric.metric in metrics):
            yield _slice_grid(comparison, metric)


def _slice_grid(comparison: RunComparison, metric: MetricComparison) -> Grid:
    title = metric_title(metric, comparison.first.run.profile)
    slices = metric.slices
    corrected = GridColumn(heading="p (Holm)", group=2, cells=tuple(p_text(one.p_corrected) for one in slices))
    return Grid(
        title=f"{title}, by slice; p by Holm's correction for {counted(len(slices), 'slice')}",
        heading="slice",
        labels=tuple(", ".join(value for _, value in one.where) for one in slices),
        columns=_columns([(metric.kind, one.numbers) for one in slices], comparison, [corrected]),
    )


def _columns(
    rows: Sequence[tuple[Kind, Comparison]], comparison: RunComparison, evidence: Sequence[GridColumn]
) -> tuple[GridColumn, ...]:
    first, second = comparison.first.letter, comparison.second.letter
    values = (
        ("n", 0, [str(numbers.pairs) for _, numbers in rows]),
        (first, 0, [value_text(numbers.first, kind) for kind, numbers in rows]),
        (second, 0, [value_text(numbers.second, kind) for kind, numbers in rows]),
        (f"{second} - {first}", 1, [difference_text(numbers.difference, kind) for kind, numbers in rows]),
        (f"{100 * comparison.level:g}% interval", 1, [interval_text(numbers.interval, kind) for kind, numbers in rows]),
    )
    more = (
        (f"{first} / {second} alone", 3, [only_text(numbers) for _, numbers in rows]),
        ("detectable", 3, [detectable_text(numbers.detectable, kind) for kind, numbers in rows]),
    )
    before, after = (
        [GridColumn(heading=name, group=group, cells=tuple(cells)) for name, group, cells in columns]
        for columns in (values, more)
    )
    return (*before, *evidence, *after)


def _better(metric: MetricComparison, comparison: RunComparison) -> str:
    if metric.is_better is None:
        return NOTHING
    return comparison.second.letter if metric.is_better else comparison.first.letter
