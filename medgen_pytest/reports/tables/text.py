"""A table as text for a terminal: the best of a column with a star, the second best with a plus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.line import columns_of
from medgen_pytest.reports.tables.grid import grid_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.evaluation.tables.table import Table
    from medgen_pytest.reports.tables.grid import Entry, GridLine

_MARKS = {"best": "*", "second": "+", None: " "}
_NOTED = "!"
_GAP = "  "
_LEFT = 2
"""The first columns, kind and system, are set to the left."""


def render_text(table: Table) -> str:
    """The table; a cell of which a note speaks has a `!`. Lines are as long as they must be."""
    return "\n".join(line.rstrip() for line in _lines(table)) + "\n"


def _lines(table: Table) -> Iterator[str]:
    grid = grid_of(table)
    rows = [_cells(line) for section in grid.sections for line in section.lines]
    head = ["kind", "system", *(f"{text} " for text in grid.headings)]
    widths = [max(columns_of(row[place]) for row in (head, *rows)) for place in range(len(head))]
    yield _caption(grid.caption)
    for section in grid.sections:
        yield ""
        yield section.title
        yield _row(head, widths)
        yield from (_row(_cells(line), widths) for line in section.lines)
    for note in (*([f"{_NOTED} {grid.noted}"] if grid.noted is not None else []), *grid.notes):
        yield ""
        yield note


def _caption(caption: str) -> str:
    return caption.replace("is bold", "has a *").replace("underlined", "a +")


def _cells(line: GridLine) -> list[str]:
    return [line.kind, line.system, *map(_cell, line.entries)]


def _cell(entry: Entry) -> str:
    interval = f" ({entry.interval})" if entry.interval is not None else ""
    return f"{entry.text}{_NOTED if entry.is_noted else ''}{interval}{_MARKS[entry.mark]}"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - columns_of(cell))
        padded.append(cell + space if place < _LEFT else space + cell)
    return _GAP.join(padded)
