"""Files of recorded answers: found, and read line by line with bounds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_LINE = 16 * 1024 * 1024
"""Longer lines are no answers."""

_BOM = b"\xef\xbb\xbf"
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where a record stands: its file, its bytes, and its number from 1."""

    file: Path
    label: str
    offset: int
    length: int
    number: int

    @property
    def where(self) -> str:
        """`FILE:LINE`, as messages name it."""
        return f"{self.label}:{self.number}"

    def read(self) -> bytes:
        """The bytes of the line. Raises OSError."""
        with self.file.open("rb") as stream:
            stream.seek(self.offset)
            return stream.read(self.length)


def find_files(paths: Sequence[str], *, root: Path, name: str) -> tuple[Path, ...]:
    """The files that the paths of the model `name` mean: themselves, or every *.jsonl of a folder, sorted.

    Raises ConfigError for a path that does not exist, a folder without such a file, and no path.
    """
    files: list[Path] = []
    for text in paths:
        path = root / text
        found = _files_of(path)
        if not found:
            what = "holds no *.jsonl file" if path.is_dir() else "does not exist"
            raise ConfigError(f"model {name!r}: the path {text!r} of recorded answers {what} (looked in {root})")
        files += [file for file in found if file not in files]
    if not files:
        raise ConfigError(f"model {name!r}: 'path' names no file of recorded answers")
    return tuple(files)


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        # By name, not by path: Windows compares paths without regard to case.
        return sorted((file for file in path.glob("*.jsonl") if file.is_file()), key=lambda file: file.name)
    return [path] if path.is_file() else []


def read_lines(file: Path, *, label: str) -> Iterator[tuple[Line, bytes]]:
    """The lines that are not blank; one longer than the bound comes with its first bytes only. Raises OSError."""
    with file.open("rb") as stream:
        offset = number = 0
        while head := stream.readline(MAX_LINE + 1):
            number += 1
            length = len(head)
            while not head.endswith(b"\n") and (more := stream.readline(MAX_LINE)):
                length += len(more)
                if more.endswith(b"\n"):
                    break
            if head.strip():
                yield Line(file=file, label=label, offset=offset, length=length, number=number), head
            offset += length


def parse_record(data: bytes) -> dict[str, object]:
    """The JSON object of a line. Raises ValueError saying why it is none."""
    if len(data) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} bytes")
    try:
        record = json.loads(data.removeprefix(_BOM).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start} of the line)") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} (column {error.colno})") from error
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deeply") from error
    if not isinstance(record, dict):
        raise ValueError(f"a JSON {type(record).__name__}, not an object")  # noqa: TRY004 - the content is wrong
    if (half := _HALF_PAIR.search(data)) and not _is_text(record):
        raise ValueError(f"holds half a surrogate pair ({half[0].decode('ascii')}), which is no text")
    return record


def _is_text(record: dict[str, object]) -> bool:
    """Whether it can be written down again: half a surrogate pair is legal in JSON but no Unicode."""
    try:
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
