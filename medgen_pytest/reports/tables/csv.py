"""A table as CSV: a row a system, numbers unrounded, no cell a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from medgen_pytest.reports.csv_text import plain_cell
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.tables.table import Column, SystemRow, Table

_GIVEN = ("format", "modality", "kind", "system", "source", "samples")
_OF_COLUMN = ("", "_low", "_high", "_mark", "_planned", "_unjudged")


def render_csv(table: Table) -> str:
    """The CSV; for each column its value, interval, mark, and of how many samples it is, which are unjudged."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    names = [f"{column.name}{ending}" for column in table.columns for ending in _OF_COLUMN]
    writer.writerow([plain_cell(visible(name)) for name in (*_GIVEN, *names)])
    writer.writerows([*_given(row), *(text for text in _numbers(row, table.columns))] for row in table.rows)
    return buffer.getvalue()


def _given(row: SystemRow) -> list[str]:
    facts = row.row
    modality = facts.modality.value if facts.modality is not None else ""
    texts = (facts.format.value, modality, facts.kind, row.label, facts.source.name)
    return [*(plain_cell(visible(text)) for text in texts), _number(facts.samples)]


def _numbers(row: SystemRow, columns: tuple[Column, ...]) -> Iterator[str]:
    for cell, mark, _ in zip(row.cells, row.marks, columns, strict=True):
        yield from map(_number, (cell.value, cell.low, cell.high))
        yield mark or ""
        yield from map(_number, (cell.planned, cell.unjudged if cell.value is not None else None))


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)
