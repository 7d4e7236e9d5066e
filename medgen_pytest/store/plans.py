"""Plans: what the sessions of a run set out to ask, a file of JSON lines each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.errors import StoreError
from medgen_pytest.store.lines import read_lines
from medgen_pytest.store.whole_files import write_once

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from medgen_pytest.domain.result import ResultKey


def write_plan(path: Path, planned: Iterable[PlannedSample]) -> None:
    """Writes a plan unless it is there: under xdist all workers plan the same and the first one writes.

    Raises StoreError.
    """
    if path.exists():
        return
    lines = (json.dumps(sample.to_dict(), ensure_ascii=False, separators=(",", ":")) for sample in planned)
    text = "".join(f"{line}\n" for line in lines)
    try:
        write_once(path, text.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise StoreError(f"{path.parent}: the plan cannot be written: {error}") from error


def read_plans(paths: Iterable[Path]) -> tuple[list[PlannedSample], int]:
    """What some plans hold together, sorted, each sample as the last of them says; and how many lines are damaged.

    Raises OSError.
    """
    planned: dict[ResultKey, PlannedSample] = {}
    damaged = 0
    for path in sorted(paths):
        for record in read_lines(path):
            try:
                sample = PlannedSample.from_dict(record or {})
            except (KeyError, TypeError, ValueError):
                damaged += 1
            else:
                planned[sample.key] = sample
    return [planned[key] for key in sorted(planned)], damaged
