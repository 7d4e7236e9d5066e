"""The table: blocks of systems, grouped by kind, with the best and the second best of each column marked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.domain.system_kind import SYSTEM_KINDS
from medgen_pytest.domain.taxonomy import Format, Modality
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.tables.row import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.evaluation.tables.row import CellKind, Row, Source
    from medgen_pytest.metrics.contract import MetricSpec

PAPER_COLUMNS = ("judge_with_reference", "judge_without_reference", "ssim", "psnr", "lpips", "bertscore")
"""The columns of the paper's Table 3."""
PAPER_FORMATS = (Format.MULTIMODAL_GENERATION, Format.IMAGE_EDITING, Format.VQA)
"""The formats in the order of its blocks."""

Mark = Literal["best", "second"]

_RATE_DIGITS = 2
_MEAN_DIGITS = 3
_FEWER_DIGITS = frozenset({"psnr", "judge_with_reference", "judge_without_reference"})
_MODALITIES = tuple(Modality)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: what it is of, the decimals that it is shown and compared with, and which way is better."""

    name: str
    title: str
    units: str = ""
    digits: int
    higher_is_better: bool = True

    def shown(self, value: float) -> float:
        """The value as it is shown."""
        return round(value, self.digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRow:
    """A system in a block: its label, which differs from those of the block's other systems, cells and marks."""

    row: Row
    label: str
    cells: tuple[Cell, ...]
    marks: tuple[Mark | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The systems of one format, or of one format and modality."""

    format: Format
    modality: Modality | None
    rows: tuple[SystemRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `differences` are what keeps its sources from being compared, if it was made all the same."""

    cells: CellKind
    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    differences: tuple[str, ...] = ()

    @property
    def sources(self) -> list[Source]:
        """Where its rows come from, each once, in the order of the rows."""
        found: list[Source] = []
        for row in self.rows:
            if row.row.source not in found:
                found.append(row.row.source)
        return found

    @property
    def rows(self) -> list[SystemRow]:
        """The rows of all blocks."""
        return [row for block in self.blocks for row in block.rows]

    @property
    def is_by_modality(self) -> bool:
        """Whether its blocks are of one modality each."""
        return any(block.modality is not None for block in self.blocks)

    @property
    def has_intervals(self) -> bool:
        """Whether any of its numbers has an interval."""
        return any(cell.low is not None for row in self.rows for cell in row.cells)


def columns_of(names: Sequence[str], metrics: Mapping[str, MetricSpec], *, cells: CellKind) -> tuple[Column, ...]:
    """The columns of these names, which are metrics or `accuracy`."""
    return tuple(_column(name, metrics.get(name), cells=cells) for name in names)


def arrange(
    rows: Iterable[Row], columns: Sequence[Column], *, cells: CellKind, differences: Sequence[str] = ()
) -> Table:
    """The table of rows: blocks in the order of the paper, systems by kind and then in the order in which they came."""
    blocks: dict[tuple[Format, Modality | None], list[Row]] = {}
    for row in rows:
        blocks.setdefault((row.format, row.modality), []).append(row)
    return Table(
        cells=cells,
        columns=tuple(columns),
        blocks=tuple(
            Block(format=key[0], modality=key[1], rows=_arranged(blocks[key], columns))
            for key in sorted(blocks, key=_place)
        ),
        differences=tuple(differences),
    )


def marks_of(values: Sequence[float | None], column: Column) -> list[Mark | None]:
    """Which values are the best and the second best of a column, as they are shown; equal ones share their mark.

    None are marked where fewer than two are to be compared.
    """
    shown = [None if value is None else column.shown(value) for value in values]
    there = sorted({value for value in shown if value is not None}, reverse=column.higher_is_better)
    if sum(value is not None for value in shown) <= 1:
        return [None] * len(shown)
    marks: dict[float | None, Mark] = dict(zip(there, ("best", "second")))  # noqa: B905 - the first two of many
    return [marks.get(value) for value in shown]


def _column(name: str, spec: MetricSpec | None, *, cells: CellKind) -> Column:
    title = "Accuracy" if name == ACCURACY else spec.title if spec is not None else name
    if cells == "rates":
        return Column(name=name, title=title, digits=_RATE_DIGITS)
    return Column(
        name=name,
        title=title,
        units=spec.units if spec is not None else "",
        digits=_RATE_DIGITS if name in _FEWER_DIGITS else _MEAN_DIGITS,
        higher_is_better=spec is None or spec.direction == "higher",
    )


def _place(key: tuple[Format, Modality | None]) -> tuple[int, int]:
    form, modality = key
    return PAPER_FORMATS.index(form), -1 if modality is None else _MODALITIES.index(modality)


def _arranged(rows: Sequence[Row], columns: Sequence[Column]) -> tuple[SystemRow, ...]:
    ordered = sorted(rows, key=lambda row: SYSTEM_KINDS.index(row.kind))
    cells = [tuple(row.cells.get(column.name) or Cell() for column in columns) for row in ordered]
    marks = [marks_of([line[place].value for line in cells], column) for place, column in enumerate(columns)]
    return tuple(
        SystemRow(row=row, label=label, cells=line, marks=tuple(column[number] for column in marks))
        for number, (row, label, line) in enumerate(zip(ordered, _labels(ordered), cells, strict=True))
    )


def _labels(rows: Sequence[Row]) -> list[str]:
    """The names of the systems, with their source where two have the same."""
    names = Counter(row.system for row in rows)
    labels = [row.system if names[row.system] == 1 else f"{row.system} ({row.source.name})" for row in rows]
    alike = {label for label, count in Counter(labels).items() if count > 1}
    seen: Counter[str] = Counter()
    told_apart = []
    for label in labels:
        seen[label] += 1
        told_apart.append(f"{label} #{seen[label]}" if label in alike else label)
    return told_apart
