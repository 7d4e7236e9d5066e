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
    """A heading with a text for each row; columns of one `group` belong side by side.

    `orders` are what the rows are sorted by, None of what has no number; a column without any is one of words.
    """

    heading: str
    group: int
    cells: tuple[str, ...]
    orders: tuple[float | None, ...] = ()


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
        _p_column("p", [one.whole.p_value for one in metrics]),
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
    corrected = _p_column("p (Holm)", [one.p_corrected for one in slices])
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
    numbers = [one for _, one in rows]
    detectable = [one.detectable for one in numbers]
    return (
        _column("n", 0, [str(one.pairs) for one in numbers], [one.pairs for one in numbers]),
        _column(first, 0, [value_text(one.first, kind) for kind, one in rows], [one.first for one in numbers]),
        _column(second, 0, [value_text(one.second, kind) for kind, one in rows], [one.second for one in numbers]),
        _difference_column(f"{second} - {first}", rows),
        _interval_column(f"{100 * comparison.level:g}% interval", rows),
        *evidence,
        _column(
            f"{first} / {second} alone", 3, [only_text(one) for one in numbers], [_leaning(one) for one in numbers]
        ),
        _column("detectable", 3, [detectable_text(one.detectable, kind) for kind, one in rows], detectable),
    )


def _column(heading: str, group: int, cells: Sequence[str], orders: Sequence[float | None]) -> GridColumn:
    return GridColumn(heading=heading, group=group, cells=tuple(cells), orders=tuple(orders))


def _p_column(heading: str, values: Sequence[float | None]) -> GridColumn:
    return _column(heading, 2, [p_text(value) for value in values], values)


def _difference_column(heading: str, rows: Sequence[tuple[Kind, Comparison]]) -> GridColumn:
    texts = [difference_text(numbers.difference, kind) for kind, numbers in rows]
    return _column(heading, 1, texts, [numbers.difference for _, numbers in rows])


def _interval_column(heading: str, rows: Sequence[tuple[Kind, Comparison]]) -> GridColumn:
    """Ordered by the lower end: what is surely better stands last."""
    texts = [interval_text(numbers.interval, kind) for kind, numbers in rows]
    return _column(heading, 1, texts, [numbers.interval.low if numbers.interval else None for _, numbers in rows])


def _leaning(numbers: Comparison) -> float:
    return numbers.only_second - numbers.only_first


def _better(metric: MetricComparison, comparison: RunComparison) -> str:
    if metric.is_better is None:
        return NOTHING
    return comparison.second.letter if metric.is_better else comparison.first.letter
