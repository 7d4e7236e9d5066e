"""Strings of tolerant JSON: any quotes, raw line breaks, escapes of several languages, quotes left bare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.models.replies.unicode_text import well_formed

if TYPE_CHECKING:
    from medgen_pytest.models.replies.json_noise import Noise

CLOSING = {
    '"': '"',
    "'": "'",
    "\u201c": '\u201d\u201c"',
    "\u201d": '\u201d"',
    "\u2018": "\u2019\u2018'",
    "\u2019": "\u2019'",
}
"""Each quote that may open a string, and those that may close it."""

BLANK = re.compile(r"[\s\ufeff]*")
"""White space, the mark of byte order included: some editors leave it anywhere."""

_CHUNKS = {opening: re.compile(rf"[^\\{closing}]*") for opening, closing in CLOSING.items()}
_KEY_CHUNKS = {opening: re.compile(rf"[^\\\n{closing}]*") for opening, closing in CLOSING.items()}
_LONGEST_KEY = 1000
_CONTROL = re.compile(r"[\x00-\x1f]")
_AFTER = (",", "}", "]", "//", "/*", "#", "```")
# A comma was forgotten, or another mark stands in its place.
_NEXT_KEY = re.compile("[;|]?[\\s\ufeff]*[\"'\u201c\u2018][A-Za-z_][\\w -]{0,60}[\"'\u201d\u2019][\\s\ufeff]*:")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_FOREIGN = {"'": "'", "\n": "", "\u201c": "\u201c", "\u201d": "\u201d", "\u2018": "\u2018", "\u2019": "\u2019"}
_NUMBERED = re.compile(r"u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})")
_HIGHEST = 0x10FFFF
_HEX = "0123456789abcdefABCDEF"
_KINDS: dict[str, tuple[Noise, ...]] = {
    "'": ("single quotes",),
    **dict.fromkeys("\u201c\u201d\u2018\u2019", ("smart quotes",)),
}


class ScannedString(NamedTuple):
    """A string, where it ends, and whether that is so for want of a closing quote."""

    value: str
    end: int
    cut: bool


def scan_string(text: str, start: int, *, key: bool, noise: set[Noise]) -> ScannedString:
    """The string whose opening quote stands at `start`; what is tolerated in it is added to `noise`.

    A quote inside that nobody escaped is told from the closing one by what follows it: a comma, a
    bracket, a comment, a key with its colon, or the end. The string of a key ends at the first quote, and is
    cut at the end of its line or after 1000 characters.
    """
    opening = text[start]
    noise.update(_KINDS.get(opening, ()))
    chunk = (_KEY_CHUNKS if key else _CHUNKS)[opening]
    limit = min(len(text), start + _LONGEST_KEY) if key else len(text)
    pieces: list[str] = []
    at = start + 1
    while True:
        piece = text[at : _end(chunk, text, at, limit)]
        at += len(piece)
        pieces.append(piece)
        if _CONTROL.search(piece):
            noise.add("line break in a string")
        if at >= limit or (key and text[at] == "\n"):
            return ScannedString(_joined(pieces), at, cut=True)
        if text[at] == "\\":
            value, at = _escaped(text, at, noise)
            pieces.append(value)
        elif key or _closes(text, at + 1):
            return ScannedString(_joined(pieces), at + 1, cut=False)
        else:
            noise.add("bare quote in a string")
            pieces.append(text[at])
            at += 1


def _end(pattern: re.Pattern[str], text: str, start: int, limit: int) -> int:
    match = pattern.match(text, start, limit)
    return start if match is None else match.end()


def _closes(text: str, after: int) -> bool:
    end = _end(BLANK, text, after, len(text))
    return end >= len(text) or text.startswith(_AFTER, end) or _NEXT_KEY.match(text, end) is not None


def _escaped(text: str, at: int, noise: set[Noise]) -> tuple[str, int]:
    """The character of the escape at `at`, and where it ends."""
    letter = text[at + 1 : at + 2]
    if letter in _ESCAPES:
        return _ESCAPES[letter], at + 2
    match = _NUMBERED.match(text, at + 1)
    if match is None and len(text) - at < len(r"\u0000") and not text[at + 2 :].strip(_HEX):
        return "", len(text)
    if match is not None and match[1]:
        return chr(int(match[1], 16)), match.end()
    noise.add("foreign escape")
    if letter in _FOREIGN:
        return _FOREIGN[letter], at + 2
    if match is None:  # no escape at all: LaTeX, a path of Windows
        return "\\", at + 1
    code = int(match[2] or match[3], 16)
    return (chr(code) if code <= _HIGHEST else "\ufffd"), match.end()


def _joined(pieces: list[str]) -> str:
    # Escapes of two halves make one character, as in JSON.
    return well_formed("".join(pieces))
