"""Table documents: what `medgen table --format json` writes, or somebody wrote by hand, as rows again."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from medgen_pytest.config.sections import Section, parse_section
from medgen_pytest.domain.score import load_number
from medgen_pytest.domain.system_kind import SystemKind
from medgen_pytest.domain.taxonomy import Format, Modality
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.tables.row import Cell, CellKind, Row, Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST_BYTES = 20_000_000
_ALL = 100.0
"""Percent."""


def _number(value: object) -> float | None:
    number = load_number(value)
    if number is not None and math.isnan(number):
        raise ValueError("nan is no number of a table; leave it out with null")
    return number


_Number = Annotated[float | None, BeforeValidator(_number)]


class _Conditions(Section):
    dataset: str | None
    profile: str
    profile_digest: str
    conventions: dict[str, str]


class _Source(Section):
    name: str
    conditions: _Conditions | None = None


class _Row(Section):
    format: Format
    modality: Modality | None = None
    model: str = Field(min_length=1)
    kind: SystemKind
    source: int = Field(default=0, ge=0)
    samples: int | None = Field(default=None, ge=0)
    sample_set: str | None = None
    sampling: str | None = None
    values: tuple[_Number, ...]
    low: tuple[_Number, ...] | None = None
    high: tuple[_Number, ...] | None = None
    planned: tuple[int | None, ...] | None = None
    unjudged: tuple[int, ...] | None = None
    marks: tuple[Literal["best", "second"] | None, ...] | None = None


class _Document(Section):
    schema_version: Literal[1] = 1
    cells: CellKind = "rates"
    columns: tuple[str, ...] = Field(min_length=1)
    differences: tuple[str, ...] = ()
    source: str | None = None
    sources: tuple[_Source, ...] = ()
    rows: tuple[_Row, ...]


def read_document(data: Mapping[str, object], path: Path, *, cells: CellKind, by_modality: bool) -> list[Row]:
    """The rows of the table document that a file holds, with whatever columns it has.

    `cells` and `by_modality` are what the table to be made shows. Raises ConfigError for what is no
    such document, or one of another kind of table.
    """
    document = parse_section(_Document, data, owner=f"table {path}")
    if document.cells != cells:
        raise ConfigError(f"table {path} holds {document.cells}, not {cells}; give --cells={document.cells}")
    sources = _sources(document, path)
    return [
        _row(row, document, sources, by_modality=by_modality, where=f"table {path}: row {number}")
        for number, row in enumerate(document.rows, start=1)
    ]


def read_json(path: Path) -> Mapping[str, object]:
    """The object in a JSON file. Raises ConfigError for a file that holds none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"table {path} cannot be read: {error.strerror or error}") from error
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"table {path} has {len(data)} bytes, more than {_MOST_BYTES}")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"table {path} is no JSON ({error}); give what `medgen table --format json` wrote") from error
    if not isinstance(document, dict):
        raise ConfigError(f"table {path} holds no table; give what `medgen table --format json` wrote")
    return document


def _sources(document: _Document, path: Path) -> list[Source]:
    if not document.sources:
        return [Source(name=document.source or path.name)]
    return [
        Source(name=source.name, conditions=Conditions(**source.conditions.model_dump()) if source.conditions else None)
        for source in document.sources
    ]


def _row(row: _Row, document: _Document, sources: list[Source], *, by_modality: bool, where: str) -> Row:
    if row.source >= len(sources):
        raise ConfigError(f"{where}: there is no source {row.source}; there are {len(sources)}, from 0")
    if (row.modality is not None) != by_modality:
        raise ConfigError(f"{where} is by {'modality' if row.modality else 'format'}: give --by={_by(row)}")
    return Row(
        format=row.format,
        modality=row.modality,
        system=row.model,
        kind=row.kind,
        source=sources[row.source],
        cells=_cells(row, document, where=where),
        samples=row.samples,
        sample_set=row.sample_set,
        sampling=row.sampling,
    )


def _by(row: _Row) -> str:
    return "modality" if row.modality is not None else "format"


def _cells(row: _Row, document: _Document, *, where: str) -> dict[str, Cell]:
    empty = (None,) * len(document.columns)
    lists = {
        "values": row.values,
        "low": row.low or empty,
        "high": row.high or empty,
        "planned": row.planned or empty,
        "unjudged": row.unjudged or (0,) * len(document.columns),
    }
    for name, found in lists.items():
        if len(found) != len(document.columns):
            raise ConfigError(f"{where}: {name} holds {len(found)}, but the table has {len(document.columns)} columns")
    if document.cells == "rates":
        _check_rates(row.values, where=where)
    return {
        name: Cell(value=value, low=low, high=high, planned=planned, unjudged=unjudged or 0)
        for name, value, low, high, planned, unjudged in zip(document.columns, *lists.values(), strict=True)
    }


def _check_rates(values: tuple[float | None, ...], *, where: str) -> None:
    for value in values:
        if value is not None and not 0 <= value <= _ALL:
            raise ConfigError(f"{where}: a rate is in percent, from 0 to 100, not {value:g}")
