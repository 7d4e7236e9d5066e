"""Rows of a run: the cells of each of its models, format by format or modality by modality."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.domain.system_kind import kind_by_formats, system_kind
from medgen_pytest.domain.taxonomy import Format, Modality
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.evaluation.tables.row import Cell, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.domain.taxonomy import Task
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import MetricSummary, SliceSummary, Where
    from medgen_pytest.evaluation.tables.row import CellKind, Source

_ALL = 100
"""Percent."""

_Block = tuple[Format, Modality | None]


def rows_of(
    run: RunResult, source: Source, *, columns: Sequence[str], cells: CellKind, by_modality: bool = False
) -> list[Row]:
    """A row for each model and block that the run has samples of; `columns` are metrics, or `accuracy`."""
    kinds = _kinds(run)
    samples = _samples(run, by_modality=by_modality)
    return [
        Row(
            format=block[0],
            modality=block[1],
            system=model,
            kind=kinds[model],
            source=source,
            cells=dict(_cells(run, run.slices[Slice(model=model, where=_where(block))], tasks, columns, cells)),
            samples=sum(map(len, tasks.values())),
            sample_set=_digest_of(tasks),
            sampling=None if run.repeats.is_one else str(run.repeats),
        )
        for (model, block), tasks in samples.items()
    ]


def _kinds(run: RunResult) -> dict[str, SystemKind]:
    """What the run says of each model; of one that was made before runs said it, what it was asked."""
    facts = section_of(run.facts, "models")
    formats: defaultdict[str, set[Format]] = defaultdict(set)
    for case in run.cases:
        formats[case.planned.model].add(case.planned.format)
    found = {}
    for model, asked in formats.items():
        told = section_of(facts, model)
        adapter = "compositional" if told.get("adapter") == "compositional" else None
        found[model] = system_kind(told.get("kind")) or system_kind(adapter) or kind_by_formats(asked)
    return found


def _samples(run: RunResult, *, by_modality: bool) -> dict[tuple[str, _Block], dict[Task, set[str]]]:
    """The ids of the samples of each model and block, by task, in the order of the models' names."""
    found: defaultdict[tuple[str, _Block], defaultdict[Task, set[str]]] = defaultdict(lambda: defaultdict(set))
    for planned in sorted((case.planned for case in run.cases), key=_order):
        block = (planned.format, planned.modality if by_modality else None)
        found[planned.model, block][planned.task].add(planned.sample_id)
    return {key: dict(tasks) for key, tasks in found.items()}


def _order(planned: PlannedSample) -> str:
    return planned.model


def _where(block: _Block) -> Where:
    form, modality = block
    return (("format", form.value), *((("modality", modality.value),) if modality is not None else ()))


def _digest_of(tasks: Mapping[Task, set[str]]) -> str:
    ids = sorted(sample_id for found in tasks.values() for sample_id in found)
    return hashlib.sha256("\n".join(ids).encode("utf-8", errors="backslashreplace")).hexdigest()[:16]


def _cells(
    run: RunResult, summary: SliceSummary, tasks: Mapping[Task, set[str]], columns: Sequence[str], cells: CellKind
) -> Iterator[tuple[str, Cell]]:
    counts = Counter({task: len(ids) for task, ids in tasks.items()})
    for name in columns:
        spec = run.profile.metrics.get(name)
        if spec is None and name != ACCURACY and name not in summary.metrics:
            continue  # nobody knows it
        planned = sum(count for task, count in counts.items() if spec is None or spec.applies_to(task))
        if cells == "means":
            yield name, _mean_cell(summary.metrics.get(name), planned)
        else:
            yield name, _rate_cell(summary, name)


def _rate_cell(summary: SliceSummary, name: str) -> Cell:
    metric = summary.metrics.get(name)
    tally = summary.tally if name == ACCURACY else metric.tally if metric is not None else None
    if tally is None or not tally.planned:
        return Cell()
    interval = summary.interval if name == ACCURACY else metric.interval if metric is not None else None
    return Cell(
        # By fractions, so that 2,358 of 10,000 is 23.58 and not the float beside it.
        value=float(Fraction(tally.accurate) * _ALL / tally.planned),
        low=interval.low * _ALL if interval is not None else None,
        high=interval.high * _ALL if interval is not None else None,
        planned=tally.planned,
        unjudged=tally.error + tally.missing,
    )


def _mean_cell(metric: MetricSummary | None, planned: int) -> Cell:
    if metric is None or metric.mean is None or math.isnan(metric.mean):
        return Cell()
    interval = metric.mean_interval
    return Cell(
        value=metric.mean,
        low=interval.low if interval is not None else None,
        high=interval.high if interval is not None else None,
        planned=planned,
        unjudged=max(0, planned - metric.scored),
    )
