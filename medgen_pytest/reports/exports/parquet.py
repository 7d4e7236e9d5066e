"""All samples as a parquet file, a column a field."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from medgen_pytest.errors import MissingExtraError
from medgen_pytest.reports.exports.record import fields_of, records_of
from medgen_pytest.reports.files import replacing
from medgen_pytest.reports.plain import plain

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from medgen_pytest.evaluation.run_result import RunResult

_ROWS = 10_000
"""Records that are held in memory at once."""


def write_parquet(run: RunResult, path: Path) -> None:
    """Writes the file. Raises MissingExtraError without pyarrow, and StoreError naming the path."""
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError(need="an export as parquet", package="pyarrow", extra="parquet") from error
    schema = _schema(run)
    with replacing(path) as draft, pq.ParquetWriter(draft, schema) as writer:
        records = records_of(run)
        while rows := list(islice(records, _ROWS)):
            writer.write_batch(_batch(rows, schema))


def _schema(run: RunResult) -> pa.Schema:
    import pyarrow as pa

    types = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64()}
    facts = plain(
        {"run_id": run.facts.get("run_id"), "profile": run.profile.name, "profile_digest": run.profile.digest}
    )
    return pa.schema(
        [pa.field(field.name, types[field.kind]) for field in fields_of(run)], metadata={"medgen": json.dumps(facts)}
    )


def _batch(rows: list[dict[str, str | int | float | None]], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_pylist(rows, schema=schema)
