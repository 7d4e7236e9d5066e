"""The notes below a table: what a reader must know beside its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.evaluation.tables.table import SystemRow, Table

_MOST = 20
"""Systems that a note speaks of one by one."""


def notes_of(table: Table) -> list[str]:
    """The notes as plain texts: what was not measured, how repeats count, and what is not comparable."""
    return [*_absent(table), *_sampling(table), *_unknown(table), *_different(table)]


def note_on_unjudged(table: Table) -> str | None:
    """The note on numbers that are not of all their samples, with how many lack; None where there are none."""
    found = [(_name(row, table), _unjudged_of(row, table)) for row in table.rows]
    lines = [f"{name}: {text}" for name, text in found if text]
    if not lines:
        return None
    how = "counted as not accurate" if table.cells == "rates" else "left out of the mean"
    return f"Samples without a verdict, {how}: {_some(lines)}."


def _unjudged_of(row: SystemRow, table: Table) -> str:
    cells = [(column, cell) for column, cell in zip(table.columns, row.cells, strict=True) if cell.value is not None]
    counts = {f"{cell.unjudged} of {cell.planned}" for _, cell in cells if cell.unjudged}
    if len(counts) == 1 and all(cell.unjudged for _, cell in cells):
        return counts.pop()
    return ", ".join(f"{column.title} {cell.unjudged} of {cell.planned}" for column, cell in cells if cell.unjudged)


def _absent(table: Table) -> list[str]:
    """Columns that have a number for some system of a block but not for all."""
    lines = []
    for block in table.blocks:
        for row in block.rows:
            lacking = [
                column.title
                for place, column in enumerate(table.columns)
                if row.cells[place].value is None and any(other.cells[place].value is not None for other in block.rows)
            ]
            if lacking:
                lines.append(f"{_name(row, table)}: {', '.join(lacking)}")
    return [f"Not measured: {_some(lines)}."] if lines else []


def _sampling(table: Table) -> list[str]:
    found = dict.fromkeys((row.row.source.name, row.row.sampling) for row in table.rows if row.row.sampling)
    return [f"Repeats: {_some([f'{name}: {sampling}' for name, sampling in found])}."] if found else []


def _unknown(table: Table) -> list[str]:
    sources = table.sources
    names = [source.name for source in sources if source.conditions is None]
    if not names or len(sources) == 1:
        return []
    return [f"Under conditions that are not known, so that its numbers may not compare: {_some(names)}."]


def _different(table: Table) -> list[str]:
    return [f"Not comparable, for what differs: {_some(table.differences)}."] if table.differences else []


def _name(row: SystemRow, table: Table) -> str:
    where = [row.row.format.value, *([row.row.modality.value] if row.row.modality is not None else [])]
    return row.label if len(table.blocks) == 1 else f"{row.label} ({', '.join(where)})"


def _some(lines: Sequence[str] | Iterable[str]) -> str:
    texts = list(lines)
    more = [f"and {len(texts) - _MOST} more"] if len(texts) > _MOST else []
    return "; ".join([*texts[:_MOST], *more])
