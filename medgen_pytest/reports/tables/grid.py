"""The grid: a table as plain texts, before any of the formats escapes and arranges them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.reports.figures import NOTHING
from medgen_pytest.reports.line import cut_names
from medgen_pytest.reports.tables.notes import note_on_unjudged, notes_of
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.evaluation.tables.row import Cell
    from medgen_pytest.evaluation.tables.table import Block, Column, Mark, Table

FORMAT_TITLES: Mapping[Format, str] = {
    Format.MULTIMODAL_GENERATION: "Contextual multimodal generation",
    Format.IMAGE_EDITING: "Image editing",
    Format.VQA: "Visual question answering",
}
KIND_TITLES: Mapping[SystemKind, str] = {
    "vlm": "VLM",
    "unified": "Unified",
    "edit": "Edit model",
    "compositional": "Compositional",
}
_LONGEST_SYSTEM = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A number as text, and its interval; `is_noted` where a note below the table speaks of it."""

    text: str
    interval: str | None = None
    mark: Mark | None = None
    is_noted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLine:
    """A system: its kind, its name and its numbers."""

    kind: str
    system: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A block under its title."""

    title: str
    lines: tuple[GridLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table as texts; `noted` is the note on the entries that are noted, `notes` are the others."""

    caption: str
    headings: tuple[str, ...]
    sections: tuple[Section, ...]
    noted: str | None
    notes: tuple[str, ...]


def grid_of(table: Table) -> Grid:
    """The texts of a table; names of systems are visible, short enough for a line, and still told apart."""
    return Grid(
        caption=_caption(table),
        headings=tuple(visible(column.title) for column in table.columns),
        sections=tuple(_section(block, table) for block in table.blocks),
        noted=visible(noted) if (noted := note_on_unjudged(table)) is not None else None,
        notes=tuple(visible(note) for note in notes_of(table)),
    )


def direction_of(column: Column) -> str:
    """`higher` or `lower`: which is better."""
    return "higher" if column.higher_is_better else "lower"


def block_title(block: Block) -> str:
    """Like `Image editing` or `Image editing, CT`."""
    title = FORMAT_TITLES[block.format]
    return title if block.modality is None else f"{title}, {block.modality.value}"


def number_text(value: float, digits: int) -> str:
    """A number with so many decimals; infinity is `inf`."""
    return f"{value:.{digits}f}" if math.isfinite(value) else str(value)


def _caption(table: Table) -> str:
    what = "Accuracy rates in percent" if table.cells == "rates" else "Mean scores"
    by = "format and modality" if table.is_by_modality else "format"
    return f"{what} by {by}. Of each block and column the best is bold and the second best underlined."


def _section(block: Block, table: Table) -> Section:
    names = cut_names([visible(row.label) for row in block.rows], _LONGEST_SYSTEM)
    lines = [
        GridLine(
            kind=KIND_TITLES[row.row.kind],
            system=name,
            entries=tuple(
                _entry(cell, column, mark)
                for cell, column, mark in zip(row.cells, table.columns, row.marks, strict=True)
            ),
        )
        for row, name in zip(block.rows, names, strict=True)
    ]
    return Section(title=block_title(block), lines=tuple(lines))


def _entry(cell: Cell, column: Column, mark: Mark | None) -> Entry:
    if cell.value is None:
        return Entry(text=NOTHING)
    interval = None
    if cell.low is not None and cell.high is not None:
        interval = f"{number_text(cell.low, column.digits)} to {number_text(cell.high, column.digits)}"
    text = number_text(cell.value, column.digits)
    return Entry(text=text, interval=interval, mark=mark, is_noted=cell.unjudged > 0)
