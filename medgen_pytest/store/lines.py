"""Append-only files of JSON lines: one writer each, sealed and flushed a line at a time, readable after any kill."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from medgen_pytest.store.seals import SEAL, holds, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO


LineState = Literal["whole", "edited", "unsealed", "unreadable"]
"""What became of a line: it is as it was written; it says something else; nobody can tell; or it is no record."""


class Line(NamedTuple):
    """A line of a file, counted from 1, with what it says; `record` is empty where it cannot be read."""

    number: int
    state: LineState
    record: Mapping[str, object]

    @property
    def trusted(self) -> Mapping[str, object]:
        """What it says, or nothing if it was edited."""
        return {} if self.state == "edited" else self.record


class LineWriter:
    """Appends records to one file; each is with the operating system before `append` returns.

    A line that an earlier writer left torn is closed first, so that it cannot swallow the next record.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def append(self, record: Mapping[str, object]) -> int:
        """Adds one record; where in the file it begins. Raises OSError when the file cannot be written."""
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        file = self._file or self._open()
        position = file.seek(0, os.SEEK_END)
        try:
            # A lone surrogate, which a model's reply may hold, has no UTF-8 form: keep it visible.
            _write_all(file, sealed(line.encode("utf-8", errors="backslashreplace")) + b"\n")
        except OSError:
            self.close()  # the line may be torn now: the next append looks and closes it
            raise
        return position

    def close(self) -> None:
        """Closes the file, if it was ever opened."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> BinaryIO:
        torn = _is_torn(self._path)
        self._file = self._path.open("ab", buffering=0)
        if torn:
            self._file.write(b"\n")
        return self._file


def read_line(path: Path, position: int) -> Mapping[str, object]:
    """The record that begins at a position of a file; empty if it is damaged or was edited."""
    with path.open("rb") as file:
        file.seek(position)
        return _line(1, file.readline()).trusted


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a file in order, without those that are blank."""
    with path.open("rb") as file:
        for number, data in enumerate(file, start=1):
            if data.strip():
                yield _line(number, data)


def parse_record(line: bytes) -> dict[str, object] | None:
    """The JSON object in a line; None where there is none."""
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _write_all(file: BinaryIO, data: bytes) -> None:
    # A file without a buffer may take less than it is given, as on a disk that is nearly full.
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _line(number: int, data: bytes) -> Line:
    record = parse_record(data)
    if record is None:
        return Line(number, "unreadable", {})
    if record.pop(SEAL, None) is None:
        return Line(number, "unsealed", record)
    return Line(number, "whole" if holds(data.rstrip()) else "edited", record)


def _is_torn(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:  # no file yet, or an empty one
        return False
