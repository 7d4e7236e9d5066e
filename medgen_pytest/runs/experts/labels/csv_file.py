"""`labels.csv` as it comes back from a spreadsheet program."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.reports.experts.sheet import COMMENT, OVERALL
from medgen_pytest.reports.experts.spreadsheet import EXPERT, ID
from medgen_pytest.runs.experts.labels.raw import RawLabel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medgen_pytest.runs.experts.key import ExportKey

_DELIMITERS = ",;\t"


def read_csv_file(text: str, path: Path, key: ExportKey) -> Iterator[RawLabel]:
    """The labels of the rows in which something is filled in.

    Columns are found by their headings, whatever stands between them: a comma, a semicolon or a tab. Where it is not a
    comma, 7,5 is a number. The expert is who stands in the column `expert`, once for all rows or in each; else the
    name of the file. Raises ConfigError for a file without the columns that are needed.
    """
    rows = list(_rows(text, path))
    if not rows:
        raise ConfigError(f"{path}: the file is empty")
    (_, headings), *others = rows
    columns = [heading.strip() for heading in headings]
    for needed in (ID, OVERALL):
        if columns.count(needed) != 1:
            raise ConfigError(f"{path}, line 1: one column {needed!r} is needed, as labels.csv has it")
    records = [(line, dict(zip(columns, map(str.strip, row), strict=False))) for line, row in others if any(row)]
    named = sorted({record[EXPERT] for _, record in records if record.get(EXPERT)})
    everybody = named[0] if len(named) == 1 else path.stem
    fields = [question.name for question in key.rubric.questions] + [OVERALL]
    has_comma = _delimiter(text) == ","
    for line, record in records:
        values = {name: _value(record[name], has_comma=has_comma) for name in fields if record.get(name)}
        if values or record.get(COMMENT):
            yield RawLabel(
                path=str(path),
                line=line,
                expert=record.get(EXPERT) or everybody,
                id=record.get(ID, ""),
                values=values,
                comment=record.get(COMMENT, ""),
            )


def _rows(text: str, path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows, each with the line in which it begins: a cell may hold several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise ConfigError(f"{path}, line {line}: no CSV: {error}") from error


def _delimiter(text: str) -> str:
    heading = text.partition("\n")[0]
    return max(_DELIMITERS, key=heading.count)


def _value(text: str, *, has_comma: bool) -> object:
    """The number that a cell holds; its text where it holds none."""
    try:
        return float(text if has_comma else text.replace(",", "."))
    except ValueError:
        return text
