"""Base64 as endpoints write it: either alphabet, with or without padding, broken into lines."""

from __future__ import annotations

import base64
import binascii
import re

_ESCAPE = re.compile(r"%([0-7][0-9a-fA-F])")
_WHITE = re.compile(r"\s+")
_URL_SAFE = str.maketrans("-_", "+/")
_SIZES = (1_000_000, "MB"), (1_000, "kB")
# Lines of 64 characters that end in two make 3 % more; a tenth is room enough.
_ROOM_FOR_LINES = 1.1
_SPARE = 1024


def size_of(count: int) -> str:
    """A number of bytes as people read it.

    >>> size_of(200_000_000)
    '200 MB'
    """
    return next((f"{count / unit:.3g} {name}" for unit, name in _SIZES if count >= unit), f"{count} bytes")


def is_too_long(text: str, *, max_bytes: int) -> bool:
    """Whether a text is longer than the base64 of `max_bytes` bytes, with room for line breaks, can be."""
    return len(text) > max_bytes * 4 / 3 * _ROOM_FOR_LINES + _SPARE


def decode_base64(text: str) -> bytes:
    """The bytes of a base64 text: standard or URL-safe alphabet, or both.

    White space and missing or surplus padding at the end are tolerated, percent-escapes are undone.
    Raises ValueError saying what is wrong.
    """
    plain = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    digits = _WHITE.sub("", plain).translate(_URL_SAFE).rstrip("=")
    if len(digits) % 4 == 1:
        raise ValueError("its base64 is cut off")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("its base64 is damaged") from error
