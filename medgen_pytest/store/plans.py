"""Plans: what the sessions of a run set out to ask, a file of JSON lines each, with its seal as the last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.errors import StoreError
from medgen_pytest.store.lines import parse_record
from medgen_pytest.store.seals import SEAL, seal_of_lines
from medgen_pytest.store.whole_files import write_once

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from medgen_pytest.domain.result import ResultKey


_SEAL_LINE = b'{"%s":' % SEAL.encode("ascii")


class Plans(NamedTuple):
    """What several plans hold: their samples, sorted, each as the last of them says; and what is doubtful in them.

    `damaged` counts lines that cannot be read, `unsealed` names the files without a seal.
    """

    planned: list[PlannedSample]
    damaged: int
    unsealed: list[str]


def write_plan(path: Path, planned: Iterable[PlannedSample]) -> None:
    """Writes a plan and its seal unless it is there: under xdist all workers plan the same and the first one writes.

    Raises StoreError.
    """
    if path.exists():
        return
    lines = [
        json.dumps(sample.to_dict(), ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")
        for sample in planned
    ]
    try:
        write_once(path, b"".join(line + b"\n" for line in (*lines, _seal_line(lines))))
    except OSError as error:
        raise StoreError(f"{path.parent}: the plan cannot be written: {error}") from error


def read_plans(paths: Iterable[Path]) -> Plans:
    """What some plans hold together.

    Raises OSError, and StoreError for a plan that was edited: what its samples are shares of is not known then.
    """
    planned: dict[ResultKey, PlannedSample] = {}
    damaged, unsealed = 0, []
    for path in sorted(paths):
        lines, is_sealed = _checked(path)
        if not is_sealed:
            unsealed.append(path.name)
        for line in lines:
            try:
                sample = PlannedSample.from_dict(parse_record(line) or {})
            except (KeyError, TypeError, ValueError):
                damaged += 1
            else:
                planned[sample.key] = sample
    return Plans([planned[key] for key in sorted(planned)], damaged, unsealed)


def has_seal(path: Path) -> bool:
    """Whether a plan has a seal. Raises StoreError for one that was edited, OSError for one that cannot be read."""
    return _checked(path)[1]


def count_planned(path: Path) -> int:
    """How many samples a plan holds. Raises OSError."""
    with path.open("rb") as file:
        return sum(not line.startswith(_SEAL_LINE) for line in file)


def _checked(path: Path) -> tuple[list[bytes], bool]:
    """The lines of a plan without its seal, and whether it has one."""
    lines = [line for line in path.read_bytes().splitlines() if line.strip()]
    if not any(line.startswith(_SEAL_LINE) for line in lines):
        return lines, False
    *lines, seal = lines
    if seal != _seal_line(lines):
        raise StoreError(
            f"{path} was edited after it was written, so that what the run planned is not known: put it back as it was,"
            " or remove it and go on with the run with --medgen-resume, which plans anew"
        )
    return lines, True


def _seal_line(lines: Iterable[bytes]) -> bytes:
    return _SEAL_LINE + b'"%s"}' % seal_of_lines(lines).encode("ascii")
