"""A table as JSON: a document that `medgen table` reads back, so that published rows can stand beside new ones."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from medgen_pytest.reports.plain import plain

if TYPE_CHECKING:
    from medgen_pytest.evaluation.tables.row import Source
    from medgen_pytest.evaluation.tables.table import SystemRow, Table

SCHEMA_VERSION = 1
"""Version of the document; raised when a field changes its meaning or goes away."""


def render_json(table: Table) -> str:
    """The document as strict JSON in ASCII, a system a line."""
    sources = table.sources
    head = json.dumps(plain(_without_rows(table)), indent=2, allow_nan=False)
    rows = [json.dumps(plain(_row(row, sources)), allow_nan=False) for row in table.rows]
    return head.removesuffix("\n}") + ',\n  "rows": [' + ",".join(f"\n    {row}" for row in rows) + "\n  ]\n}\n"


def _without_rows(table: Table) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "cells": table.cells,
        "columns": [column.name for column in table.columns],
        "differences": table.differences,
        "sources": [_source(source) for source in table.sources],
    }


def _source(source: Source) -> dict[str, object]:
    return {"name": source.name, "conditions": asdict(source.conditions) if source.conditions is not None else None}


def _row(row: SystemRow, sources: list[Source]) -> dict[str, object]:
    facts, cells = row.row, row.cells
    return {
        "format": facts.format.value,
        "modality": facts.modality.value if facts.modality is not None else None,
        "model": facts.system,
        "kind": facts.kind,
        "source": sources.index(facts.source),
        "samples": facts.samples,
        "sample_set": facts.sample_set,
        "sampling": facts.sampling,
        "values": [cell.value for cell in cells],
        "low": [cell.low for cell in cells],
        "high": [cell.high for cell in cells],
        "planned": [cell.planned for cell in cells],
        "unjudged": [cell.unjudged for cell in cells],
        "marks": list(row.marks),
    }
