"""Making a table: rows of stored runs, baselines and table documents, beside each other where they can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, check_names
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.tables.comparability import differences_of
from medgen_pytest.evaluation.tables.row import Source
from medgen_pytest.evaluation.tables.run_rows import rows_of
from medgen_pytest.evaluation.tables.table import PAPER_COLUMNS, arrange, columns_of
from medgen_pytest.metrics.registry import METRICS
from medgen_pytest.runs.baselines import read_baseline
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.tables.document import read_document, read_json
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.evaluation.tables.row import CellKind, Row
    from medgen_pytest.evaluation.tables.table import Table
    from medgen_pytest.metrics.contract import MetricSpec

_BASELINE = "medgen_baseline"
"""The key that a baseline file has, and a table document does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePolicy:
    """What a table shows, and of what: `overrides` change profile and thresholds of the runs, `kinds` are by model.

    Without `intervals` none are shown, those of table documents included.
    With `mixed` rows stand beside each other that cannot be compared, and the table says so.
    """

    cells: CellKind = "rates"
    columns: tuple[str, ...] = PAPER_COLUMNS
    by_modality: bool = False
    mixed: bool = False
    intervals: bool = False
    kinds: Mapping[str, SystemKind] = field(default_factory=dict)
    overrides: Overrides = field(default_factory=lambda: Overrides(thresholds={}))


def make_table(paths: Sequence[Path], policy: TablePolicy, *, root: Path) -> Table:
    """The table of run directories, baseline files and table documents, in this order.

    Raises ConfigError for sources that cannot be compared and for names that there are not, StoreError for runs
    that cannot be read.
    """
    metrics = dict(METRICS)
    rows = [row for path in paths for row in _rows(path, policy, root=root, metrics=metrics)]
    _check_columns(policy.columns, rows, metrics)
    check_names("model", policy.kinds, {row.system for row in rows})
    rows = [_as_wanted(row, policy) for row in rows]
    differences = differences_of(rows)
    if differences and not policy.mixed:
        raise ConfigError(
            f"these cannot stand in one table, for they differ in {'; '.join(differences)}: --mixed shows them all the"
            " same, and the table then says so"
        )
    columns = columns_of(policy.columns, metrics, cells=policy.cells)
    return arrange(rows, columns, cells=policy.cells, differences=differences)


def _rows(path: Path, policy: TablePolicy, *, root: Path, metrics: dict[str, MetricSpec]) -> list[Row]:
    """The rows of a path; `metrics` takes up those of the user that the run was made with."""
    if path.is_file():
        data = read_json(path)
        if _BASELINE not in data:
            return read_document(data, path, cells=policy.cells, by_modality=policy.by_modality)
        run = read_baseline(path).to_run()
    else:
        run = rescore_run(RunDirectory(path), policy.overrides, root=root)
    metrics.update(run.profile.metrics)
    source = Source(name=str(run.facts.get("run_id") or path.name), conditions=Conditions.of(run.facts, run.profile))
    return rows_of(run, source, columns=policy.columns, cells=policy.cells, by_modality=policy.by_modality)


def _check_columns(columns: Sequence[str], rows: Sequence[Row], metrics: Mapping[str, MetricSpec]) -> None:
    known = {ACCURACY, *metrics, *(name for row in rows for name in row.cells)}
    check_names("column", columns, known)
    if len(set(columns)) < len(columns):
        raise ConfigError("a column is named twice; name each once")


def _as_wanted(row: Row, policy: TablePolicy) -> Row:
    """The row with the columns of the table alone, and of the kind that was asked for."""
    cells = {name: row.cells[name] for name in policy.columns if name in row.cells}
    if not policy.intervals:
        cells = {name: replace(cell, low=None, high=None) for name, cell in cells.items()}
    return replace(row, cells=cells, kind=policy.kinds.get(row.system, row.kind))
