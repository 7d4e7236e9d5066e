"""JSON files of a dataset, read with bounds and without trust."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from medgen_pytest.datasets.fields import type_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

LINE_LIMIT = 16 * 1024 * 1024
"""No line, and no whole JSON file, may have more bytes."""

_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that is not blank: its object, or what is wrong with it."""

    number: int
    record: dict[str, object]
    problem: str | None = None


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a JSONL file that are not blank, numbered from 1 as an editor does. Raises OSError."""
    with path.open("rb") as handle:
        number = 0
        while data := handle.readline(LINE_LIMIT + 1):
            number += 1
            if len(data) > LINE_LIMIT:
                _skip_line(handle, data)
                yield Line(number=number, record={}, problem=_too_long("the line"))
            elif data.strip():
                yield _line(data.removeprefix(_BOM) if number == 1 else data, number)


def _skip_line(handle: BinaryIO, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = handle.readline(LINE_LIMIT)


def _too_long(what: str) -> str:
    return f"{what} has more than {LINE_LIMIT // 1024**2} MiB"


def _line(data: bytes, number: int) -> Line:
    try:
        return Line(number=number, record=parse_object(data.strip()))
    except ValueError as error:
        return Line(number=number, record={}, problem=str(error))


def read_object(path: Path) -> dict[str, object]:
    """The object that a JSON file holds. Raises ValueError saying what is wrong, or OSError."""
    with path.open("rb") as handle:
        data = handle.read(LINE_LIMIT + 1)
    if len(data) > LINE_LIMIT:
        raise ValueError(_too_long("the file"))
    return parse_object(data.removeprefix(_BOM))


def parse_object(data: bytes) -> dict[str, object]:
    """The object that JSON in UTF-8 describes. Raises ValueError saying what is wrong."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte 0x{data[error.start]:02x} at position {error.start}") from error
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno} " if error.lineno > 1 else ""
        raise ValueError(f"not JSON: {error.msg} at {line}column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("not usable JSON: nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"not usable JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"not a JSON object but {type_name(value)}")  # noqa: TRY004 - it is the file's content that is wrong
    _check_surrogates(text, value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _check_surrogates(text: str, value: dict[str, object]) -> None:
    """Half a surrogate pair is legal in JSON but no Unicode text: it cannot be hashed, stored or sent."""
    if _SURROGATE.search(text) is None:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("not usable JSON: a text holds half a surrogate pair") from error
