"""A table as Markdown: a table for each block, with the best bold and the second best underlined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.markdown_text import markdown_row, markdown_text
from medgen_pytest.reports.tables.grid import direction_of, grid_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.tables.table import Column, Table
    from medgen_pytest.reports.tables.grid import Entry, GridLine

_ARROWS = {"higher": "\N{UPWARDS ARROW}", "lower": "\N{DOWNWARDS ARROW}"}
_NOTED = "\N{DAGGER}"


def render_markdown(table: Table) -> str:
    """The table, with its notes below."""
    return "\n".join(_lines(table)) + "\n"


def _lines(table: Table) -> Iterator[str]:
    grid = grid_of(table)
    yield markdown_text(grid.caption)
    headings = [_heading(text, column) for text, column in zip(grid.headings, table.columns, strict=True)]
    for section in grid.sections:
        yield ""
        yield f"**{markdown_text(section.title)}**"
        yield ""
        yield markdown_row("kind", "system", *headings)
        yield markdown_row("---", "---", *["---:"] * len(headings))
        yield from (markdown_row(*_cells(line)) for line in section.lines)
    noted = [f"{_NOTED} {markdown_text(grid.noted)}"] if grid.noted is not None else []
    for note in (*noted, *map(markdown_text, grid.notes)):
        yield ""
        yield note


def _heading(text: str, column: Column) -> str:
    units = f" ({markdown_text(column.units)})" if column.units else ""
    return f"{markdown_text(text)}{units} {_ARROWS[direction_of(column)]}"


def _cells(line: GridLine) -> list[str]:
    return [markdown_text(line.kind), markdown_text(line.system), *map(_cell, line.entries)]


def _cell(entry: Entry) -> str:
    text = entry.text
    if entry.mark is not None:
        text = f"**{text}**" if entry.mark == "best" else f"<u>{text}</u>"
    interval = f" ({entry.interval})" if entry.interval is not None else ""
    return f"{text}{_NOTED if entry.is_noted else ''}{interval}"
