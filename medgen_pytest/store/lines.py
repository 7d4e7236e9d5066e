"""Append-only files of JSON lines: one writer each, flushed a line at a time, readable after any kill."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO


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
            _write_all(file, line.encode("utf-8", errors="backslashreplace") + b"\n")
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


def read_line(path: Path, position: int) -> dict[str, object] | None:
    """The record that begins at a position of a file; None if it is damaged."""
    with path.open("rb") as file:
        file.seek(position)
        return _parse(file.readline())


def read_lines(path: Path) -> Iterator[dict[str, object] | None]:
    """The records of a file in order; None for each line that is damaged."""
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                yield _parse(line)


def _write_all(file: BinaryIO, data: bytes) -> None:
    # A file without a buffer may take less than it is given, as on a disk that is nearly full.
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _parse(line: bytes) -> dict[str, object] | None:
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _is_torn(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:  # no file yet, or an empty one
        return False
