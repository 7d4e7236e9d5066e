"""Warnings, on standard error, about records that a command leaves out since they are not what was written."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from medgen_pytest.reports.doubts import doubt_lines

if TYPE_CHECKING:
    from medgen_pytest.store import RunDirectory


def warn_of_records(store: RunDirectory) -> None:
    """For commands whose own output has no place for them. Raises StoreError for what is no run."""
    lines = doubt_lines(store.load().doubts, width=shutil.get_terminal_size().columns)
    sys.stderr.write("".join(f"{line.text}\n" for line in lines))
