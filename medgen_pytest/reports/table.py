"""Tables: columns of text that stand side by side, or in blocks below each other where the terminal is narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.reports.line import Line, columns_of, cut_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GAP = "  "
_LONGEST_LABEL = 24
"""The longest task name fits; a longer label is only shown whole where everything fits."""
_SHORTEST_LABEL = 12
_LONGEST_HEADING = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading with a text for each row."""

    heading: str
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """The columns of a terminal that it takes."""
        return max(columns_of(text) for text in (self.heading, *self.cells))


def layout(labels: Column, groups: Sequence[Sequence[Column]], *, width: int) -> list[Line]:
    """The lines of a table; the columns of a group stay side by side as long as they fit.

    Where the groups do not fit beside each other, further blocks repeat the labels.
    """
    fitted = _fit_labels(labels, groups, width=width)
    room = width - fitted.width
    return [Line(text=text) for block in _blocks(groups, room=room) for text in _rows(fitted, block)]


def richest_layout(labels: Column, tables: Sequence[Sequence[Sequence[Column]]], *, width: int) -> list[Line]:
    """The lines of the first of some tables that takes no more room than the last one, which says the least.

    More room is another line, or a label that is cut more.
    """
    needed = layout(labels, tables[-1], width=width)
    uncut = _fit_labels(labels, tables[-1], width=width)
    for groups in tables[:-1]:
        lines = layout(labels, groups, width=width)
        if len(lines) <= len(needed) and _fit_labels(labels, groups, width=width) == uncut and _fits(lines, width):
            return lines
    return needed


def heading_names(names: Iterable[str]) -> list[str]:
    """Names that may be long as headings of columns: cut, and still told apart."""
    return cut_names(list(names), _LONGEST_HEADING)


def _fits(lines: Sequence[Line], width: int) -> bool:
    return all(columns_of(line.text) <= width for line in lines)


def _fit_labels(labels: Column, groups: Sequence[Sequence[Column]], *, width: int) -> Column:
    widths = [_width_of(group) for group in groups]
    if labels.width + sum(widths) <= width:
        return labels
    spare = width - max(widths, default=0)
    limit = max(_SHORTEST_LABEL, min(_LONGEST_LABEL, spare))
    return Column(heading=labels.heading, cells=tuple(cut_names(labels.cells, limit)))


def _blocks(groups: Sequence[Sequence[Column]], *, room: int) -> list[list[Column]]:
    blocks: list[list[Column]] = []
    for part in _parts(groups, room=room):
        if blocks and _width_of(blocks[-1]) + _width_of(part) <= room:
            blocks[-1].extend(part)
        else:
            blocks.append(list(part))
    return blocks


def _parts(groups: Sequence[Sequence[Column]], *, room: int) -> list[Sequence[Column]]:
    parts: list[Sequence[Column]] = []
    for group in groups:
        parts.extend([group] if _width_of(group) <= room else [[column] for column in group])
    return parts


def _width_of(columns: Sequence[Column]) -> int:
    return sum(len(_GAP) + column.width for column in columns)


def _rows(labels: Column, columns: Sequence[Column]) -> list[str]:
    texts = [_row(labels.width, labels.heading, [(column.heading, column.width) for column in columns])]
    for number, label in enumerate(labels.cells):
        texts.append(_row(labels.width, label, [(column.cells[number], column.width) for column in columns]))
    return texts


def _row(label_width: int, label: str, cells: Sequence[tuple[str, int]]) -> str:
    padded = label + " " * (label_width - columns_of(label))
    return padded + "".join(_GAP + " " * (width - columns_of(text)) + text for text, width in cells)
