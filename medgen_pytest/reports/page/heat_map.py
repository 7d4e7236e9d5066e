"""Heat maps: the rate of each metric on every task and modality, a table for each model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.slices import Slice, where_of_task
from medgen_pytest.reports.page.metric_columns import cell_of, metric_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.metric_columns import Cell, MetricColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One task: its cell in each modality, and the one over all modalities."""

    task: str
    cells: tuple[Cell, ...]
    whole: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatTable:
    """One model under one metric."""

    model: str
    rows: tuple[HeatRow, ...]
    whole: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """One metric: a table for each model, all with the same rows and columns."""

    metric: MetricColumn
    modalities: tuple[str, ...]
    tables: tuple[HeatTable, ...]


def heat_maps(run: RunResult) -> list[HeatMap]:
    """A heat map of the accuracy and of each metric."""
    tasks = [task for task in Task if _has(run, "task", task.value)]
    modalities = [modality for modality in Modality if _has(run, "modality", modality.value)]
    return [
        HeatMap(
            metric=column,
            modalities=tuple(modality.value for modality in modalities),
            tables=tuple(_tables(run, column, _tasks_with(run, tasks, column), modalities)),
        )
        for column in metric_columns(run)
    ]


def _tables(
    run: RunResult, column: MetricColumn, tasks: Sequence[Task], modalities: Sequence[Modality]
) -> Iterator[HeatTable]:
    for model in run.models:
        of_modalities = [Slice(model=model, where=(("modality", modality.value),)) for modality in modalities]
        yield HeatTable(
            model=model,
            rows=tuple(_row(run, model, column, task, modalities) for task in tasks),
            whole=tuple(_cell(run, column, part) for part in of_modalities),
            total=_cell(run, column, Slice(model=model)),
        )


def _row(run: RunResult, model: str, column: MetricColumn, task: Task, modalities: Sequence[Modality]) -> HeatRow:
    where = where_of_task(task)
    return HeatRow(
        task=task.value,
        cells=tuple(
            _cell(run, column, Slice(model=model, where=(*where, ("modality", one.value)))) for one in modalities
        ),
        whole=_cell(run, column, Slice(model=model, where=where)),
    )


def _cell(run: RunResult, column: MetricColumn, part: Slice) -> Cell:
    return cell_of(run.slices.get(part), column)


def _has(run: RunResult, dimension: str, value: str) -> bool:
    return any((dimension, value) in part.where for part in run.slices)


def _tasks_with(run: RunResult, tasks: Sequence[Task], column: MetricColumn) -> list[Task]:
    """The tasks on which any model has the metric at all."""
    return [
        task
        for task in tasks
        if any(_cell(run, column, _of_task(model, task)).order is not None for model in run.models)
    ]


def _of_task(model: str, task: Task) -> Slice:
    return Slice(model=model, where=where_of_task(task))
