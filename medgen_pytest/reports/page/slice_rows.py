"""Slice rows: every slice of a run as a row that can be sorted and filtered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.slices import BREAKDOWNS
from medgen_pytest.reports.page.metric_columns import cells_of, metric_columns

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import Dimension, Slice, SliceSummary
    from medgen_pytest.reports.page.metric_columns import Cell, MetricColumn

SHOWN: tuple[Dimension, ...] = ("format", "task", "subtask", "modality")


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRow:
    """One slice: its model, the values that narrow it (empty: all), its counts and its metrics."""

    model: str
    level: str
    values: tuple[str, ...]
    planned: int
    not_judged: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceTable:
    """All slices of a run. `levels` are the breakdowns that there are, by name."""

    columns: tuple[MetricColumn, ...]
    levels: tuple[str, ...]
    rows: tuple[SliceRow, ...]


def slice_table(run: RunResult) -> SliceTable:
    """The slices of a run, in its order."""
    columns = metric_columns(run)
    rows = tuple(_row(part, summary, columns) for part, summary in run.slices.items())
    present = {row.level for row in rows}
    return SliceTable(
        columns=tuple(columns),
        levels=tuple(name for name in map(_level, BREAKDOWNS) if name in present),
        rows=rows,
    )


def _row(part: Slice, summary: SliceSummary, columns: list[MetricColumn]) -> SliceRow:
    tally = summary.tally
    return SliceRow(
        model=part.model,
        level=_level(tuple(name for name, _ in part.where)),
        values=tuple(part.value(name) or "" for name in SHOWN),
        planned=tally.planned,
        not_judged=tally.error + tally.missing,
        cells=tuple(cells_of(summary, columns)),
    )


def _level(dimensions: tuple[Dimension, ...]) -> str:
    """The name of a breakdown, like `task and modality`; the format is part of a task, so it is not said."""
    told = [name for name in dimensions if name != "format" or "task" not in dimensions]
    return " and ".join(told) or "model"
