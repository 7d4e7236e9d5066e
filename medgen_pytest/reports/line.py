"""Lines: text with a style, measured in the columns of a terminal."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Style = Literal["", "green", "red", "yellow", "bold"]

INDENT = " " * 4
"""Begins what belongs to the line above."""

_ELLIPSIS = "…"
_NARROWEST = 8
"""The least room, in columns, that text is broken into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a terminal report; whoever prints it applies the style."""

    text: str
    style: Style = ""


def columns_of(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_columns_of_char, text))


def cut(text: str, width: int) -> str:
    """The text, or its head and tail around an ellipsis, in at most `width` columns.

    >>> cut("qwen3-vl-235b+seedream-4.0", 16)
    'qwen3-vl-2…m-4.0'
    """
    if columns_of(text) <= width:
        return text
    room = max(width - 1, 0)
    tail = room // 3
    ending = _prefix(reversed(text), tail)[::-1]
    return (_prefix(text, room - tail) + _ELLIPSIS + ending) if width > 0 else ""


def cut_names(names: Sequence[str], width: int) -> list[str]:
    """Names in at most `width` columns; those that would look alike are numbered in their order."""
    short = [cut(name, width) for name in names]
    alike = {text for text, count in Counter(short).items() if count > 1}
    seen: Counter[str] = Counter()
    told_apart = []
    for name, text in zip(names, short, strict=True):
        seen[text] += 1
        mark = f"~{seen[text]}" if text in alike else ""
        told_apart.append(cut(name, width - len(mark)) + mark)
    return told_apart


def wrap(text: str, *, width: int, indent: str) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces; the second and later ones are indented."""
    room = max(width - columns_of(indent), _NARROWEST)
    lines: list[str] = []
    for word in _words(text, room):
        if lines and columns_of(lines[-1]) + 1 + columns_of(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [(indent + line if number else line).rstrip() for number, line in enumerate(lines)]


def wrapped(*texts: str, width: int, style: Style = "") -> list[Line]:
    """The lines of some texts, one below the other, each broken where it must be."""
    return [Line(text=part, style=style) for text in texts for part in wrap(text, width=width, indent=INDENT)]


def _columns_of_char(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _prefix(chars: Iterable[str], room: int) -> str:
    taken = []
    for char in chars:
        room -= _columns_of_char(char)
        if room < 0:
            break
        taken.append(char)
    return "".join(taken)


def _words(text: str, room: int) -> Iterator[str]:
    for word in text.split(" "):
        rest = word
        while columns_of(rest) > room:
            piece = _prefix(rest, room)
            yield piece
            rest = rest[len(piece) :]
        yield rest
