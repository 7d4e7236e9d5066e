"""The sheet as CSV for spreadsheet programs: one row an output, columns to fill in."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from medgen_pytest.reports.csv_text import plain_cell
from medgen_pytest.reports.experts.sheet import COMMENT, OVERALL, Sheet, shown

if TYPE_CHECKING:
    from medgen_pytest.reports.experts.sheet import SheetItem

BYTE_ORDER_MARK = "\ufeff"
"""Begins the file: without it, Excel takes UTF-8 for the encoding of the country it is set to."""

ID = "id"
EXPERT = "expert"

_GIVEN = (ID, "model", "task", "modality", "instruction", "output_text")


def columns_of(sheet: Sheet) -> tuple[str, ...]:
    """The headings: what is given, then what an expert fills in."""
    dimensions = (question.name for question in sheet.rubric.questions)
    return (*_GIVEN, *dimensions, OVERALL, COMMENT, EXPERT)


def render_csv(sheet: Sheet) -> str:
    """The CSV with a byte order mark; every cell is quoted, and none is a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    columns = columns_of(sheet)
    writer.writerow([plain_cell(name) for name in columns])
    for item in sheet.items:
        given = _given(item)
        writer.writerow([plain_cell(given.get(name, "")) for name in columns])
    return BYTE_ORDER_MARK + buffer.getvalue()


def _given(item: SheetItem) -> dict[str, str]:
    instruction = "\n".join([shown(item.instruction), *map(shown, item.choices)])
    return {
        ID: item.id,
        "model": shown(item.label),
        "task": item.task.value,
        "modality": item.modality.value,
        "instruction": instruction,
        "output_text": shown(item.output_text),
    }
