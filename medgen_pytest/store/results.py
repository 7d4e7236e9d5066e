"""Results as they lie on disk: a line each, in files of which every process of a run has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.result import SampleResult
from medgen_pytest.store.lines import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from medgen_pytest.store.lines import Line


class EditedRecord(NamedTuple):
    """A result that was changed after it was written: where it stands, and whose it says that it is."""

    file: str
    line: int
    model: str
    sample_id: str


class FoundResults(NamedTuple):
    """What files of results hold, in their order; and what is doubtful in them.

    `damaged` counts lines that are no results of this version, `unsealed` names the files that have lines without a
    seal.
    """

    results: list[SampleResult]
    damaged: int
    edited: list[EditedRecord]
    unsealed: list[str]


def read_results(paths: Iterable[Path]) -> FoundResults:
    """The results in some files. Raises OSError."""
    found: list[SampleResult] = []
    damaged, edited, unsealed = 0, [], {}
    for path in paths:
        for line in read_lines(path):
            if line.state == "edited":
                edited.append(_edited(line, path))
                continue
            if line.state == "unsealed":
                unsealed[path.name] = True
            try:
                found.append(SampleResult.from_dict(line.record))
            except (KeyError, TypeError, ValueError):
                damaged += 1
    return FoundResults(found, damaged, edited, list(unsealed))


def _edited(line: Line, path: Path) -> EditedRecord:
    return EditedRecord(path.name, line.number, str(line.record.get("model")), str(line.record.get("sample_id")))
