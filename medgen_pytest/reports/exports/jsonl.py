"""All samples as JSON lines: a flat object each, with the same keys in the same order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.reports.exports.record import records_of
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.plain import plain

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult


def write_jsonl(run: RunResult, path: Path) -> None:
    """Writes the file in strict JSON and ASCII; infinities are "inf" and "-inf". Raises StoreError."""
    write_text_atomically(path, (json.dumps(plain(record), allow_nan=False) + "\n" for record in records_of(run)))
