"""Seals: a part of a hash behind what is stored, by which a change that was made later is seen.

A seal finds what an editor, a script or a disk did to a record, and is no signature: whoever wants to can make one.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SEAL = "seal"
"""The field that holds it."""
_LENGTH = 16
_OPENING = b'"seal":"'
_CLOSING = b'"}'
_TAIL = len(_OPENING) + _LENGTH + len(_CLOSING)


def sealed(line: bytes) -> bytes:
    """A JSON object in one line, with the seal of the bytes before it as its last field."""
    body = line[:-1] + (b"," if len(line) > len(b"{}") else b"")
    return body + _OPENING + _hash(body) + _CLOSING


def holds(line: bytes) -> bool:
    """Whether a line without its line break is as `sealed` made it."""
    body, tail = line[:-_TAIL], line[-_TAIL:]
    return tail == _OPENING + _hash(body) + _CLOSING


def seal_of_lines(lines: Iterable[bytes]) -> str:
    """The seal of lines without their line breaks."""
    found = hashlib.sha256()
    for line in lines:
        found.update(line + b"\n")
    return found.hexdigest()[:_LENGTH]


def seal_of(document: Mapping[str, object]) -> str:
    """The seal of plain values, whatever the order of their keys."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return _hash(text.encode("ascii")).decode("ascii")


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest()[:_LENGTH].encode("ascii")
