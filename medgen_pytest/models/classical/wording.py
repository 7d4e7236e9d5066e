"""Wording: the numbers, boxes and names that an instruction gives."""

from __future__ import annotations

import re
from typing import NamedTuple

from medgen_pytest.images import MAX_PIXELS

_SIZE = re.compile(r"\b(\d{1,5})\s*(?:x|\u00d7|by)\s*(\d{1,5})\b", re.IGNORECASE)
_SMALLEST_SIDE = 8
_FRACTION = re.compile(r"\b1\s*/\s*(\d{1,2})\b")
_FACTOR = re.compile(
    r"\b(?:x\s*(\d{1,2}(?:\.\d+)?)|(\d{1,2}(?:\.\d+)?)\s*(?:x|\u00d7|times|fold|-fold))(?![\w.])", re.IGNORECASE
)
_FACTOR_OF = re.compile(r"\bfactor\s+(?:of\s+)?(\d{1,2}(?:\.\d+)?)", re.IGNORECASE)
_RANGE = r"\s*:?\s*(\d{1,5})\s*(?:to|-|\u2013|\.\.)\s*(\d{1,5})"
_COLUMNS = re.compile(r"\b(?:columns?|cols?|x)\b" + _RANGE, re.IGNORECASE)
_ROWS = re.compile(r"\b(?:rows?|y)\b" + _RANGE, re.IGNORECASE)
_GAMMA = re.compile(r"\bgamma\b[^\d.]{0,16}(\d{1,2}(?:\.\d{1,6})?|\.\d{1,6})", re.IGNORECASE)
_PERCENT = re.compile(r"\b(\d{1,3}(?:\.\d+)?)\s*(?:%|per\s?cent\b)", re.IGNORECASE)
_DEGREES = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*(?:°|degrees?\b)", re.IGNORECASE)
_QUOTED = re.compile(r"(?<!\w)['\"\u2018\u201c]([^'\"\u2019\u201d]{1,60})['\"\u2019\u201d](?!\w)")
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_SLICES = re.compile(
    rf"\b(\d{{1,3}}|{'|'.join(_NUMBERS)})\s+(?:\w+\s+)?(?:slices|sections|planes|frames|layers)\b", re.IGNORECASE
)


class Box(NamedTuple):
    """A rectangle in pixels: `left` and `top` belong to it, `right` and `bottom` do not."""

    left: int
    top: int
    right: int
    bottom: int

    def within(self, *, width: int, height: int) -> Box | None:
        """The part that lies inside an image of that size; None when nothing does."""
        box = Box(max(self.left, 0), max(self.top, 0), min(self.right, width), min(self.bottom, height))
        return box if box.left < box.right and box.top < box.bottom else None


def says(text: str, *words: str) -> bool:
    """Whether one of the words begins a word of the text; `bright` begins `brighten`."""
    return re.search(rf"\b(?:{'|'.join(words)})", text, re.IGNORECASE) is not None


def size_in(text: str) -> tuple[int, int] | None:
    """The largest width and height that `384x279` names; None without one that an image may have."""
    named = [(int(match[1]), int(match[2])) for match in _SIZE.finditer(text)]
    # `2x2` is a block of pixels or a factor, not an image.
    sizes = [size for size in named if min(size) >= _SMALLEST_SIDE and size[0] * size[1] <= MAX_PIXELS]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def factor_in(text: str) -> float | None:
    """The ratio of sizes that `x4`, `factor of 2`, `1/3 of its resolution` or `double` means, at least 1."""
    for pattern in (_FRACTION, _FACTOR_OF, _FACTOR):
        match = pattern.search(text)
        if match is not None:
            value = float(next(group for group in match.groups() if group))
            return value if value >= 1 else None
    if says(text, "twice", "doubl"):
        return 2.0
    return None


def box_in(text: str) -> Box | None:
    """The box that `columns A to B and rows C to D` names; B and D belong to it."""
    columns, rows = _COLUMNS.search(text), _ROWS.search(text)
    if columns is None or rows is None:
        return None
    left, right = sorted((int(columns[1]), int(columns[2])))
    top, bottom = sorted((int(rows[1]), int(rows[2])))
    return Box(left, top, right + 1, bottom + 1)


def gamma_in(text: str) -> float | None:
    """The exponent that `gamma of 0.6` names; None without a positive one."""
    return _positive(_GAMMA, text)


def percent_in(text: str) -> float | None:
    """The share that `20 %` names, as 0.2; None without a positive one."""
    value = _positive(_PERCENT, text)
    return None if value is None else value / 100


def degrees_in(text: str) -> float | None:
    """The angle that `90 degrees` names."""
    match = _DEGREES.search(text)
    return None if match is None else float(match[1])


def quoted_in(text: str) -> tuple[str, ...]:
    """Everything that stands between quotation marks."""
    return tuple(match[1] for match in _QUOTED.finditer(text))


def slices_in(text: str) -> int | None:
    """How many slices `three slices` names; None without at least one."""
    match = _SLICES.search(text)
    if match is None:
        return None
    word = match[1].lower()
    return _NUMBERS.get(word) or (int(word) if word.isdigit() else 0) or None


def _positive(pattern: re.Pattern[str], text: str) -> float | None:
    match = pattern.search(text)
    value = 0.0 if match is None else float(match[1])
    return value if value > 0 else None
