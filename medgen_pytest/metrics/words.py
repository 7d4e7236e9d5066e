"""Words: a text as the words that answers are compared by."""

from __future__ import annotations

import re
from typing import NamedTuple

ARTICLES = frozenset({"a", "an", "the"})

# Order matters: numbers before words, so that "2.5cm" is two tokens and the dot of "2.5" ends no clause.
_TOKEN = re.compile(
    r"(?P<number>(?:(?<![\w)])-)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)"
    r"|(?P<word>[^\W\d_][^\W_]*)"
    r"|(?P<sign>[<>≤≥+%°±])"
    r"|(?P<stop>[.;:!?,\n])"
)
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SAME = {
    **{word: str(number) for number, word in enumerate(_COUNTS)},
    **dict.fromkeys(("millimeter", "millimeters", "millimetre", "millimetres"), "mm"),
    **dict.fromkeys(("centimeter", "centimeters", "centimetre", "centimetres"), "cm"),
    **dict.fromkeys(("degree", "degrees"), "°"),
    **dict.fromkeys(("percent",), "%"),
}


class Word(NamedTuple):
    """A word of a text: how it is compared, where it stands, and in which clause.

    Clauses end at punctuation, at line ends and at "but"; the dot of a number ends none.
    """

    form: str
    start: int
    end: int
    clause: int


def vocabulary(listed: str) -> frozenset[str]:
    """The words of a list that is written in one line."""
    return frozenset(listed.split())


def read_words(text: str) -> list[Word]:
    """All words of a text, articles included."""
    found: list[Word] = []
    clause = 0
    for match in _TOKEN.finditer(_APOSTROPHE.sub(" ", text)):
        form = _form(match)
        if match.lastgroup == "stop":
            clause += 1
            continue
        clause += form == "but"
        found.append(Word(form, match.start(), match.end(), clause))
    return found


def words(text: str) -> tuple[str, ...]:
    """What is compared: lower case, no punctuation, no articles (unless nothing else is there).

    Numbers and signs are kept, in one spelling: `2.50cm`, `2.5 cm` and `2.5 centimetres` are equal.

    >>> words("The right-sided effusion, 2.50cm.")
    ('right', 'sided', 'effusion', '2.5', 'cm')
    """
    forms = tuple(word.form for word in read_words(text))
    return tuple(form for form in forms if form not in ARTICLES) or forms


def _form(match: re.Match[str]) -> str:
    found = match[0].casefold()
    if match.lastgroup == "number":
        minus = "-" if found.startswith("-") else ""
        whole, _, fraction = found.lstrip("-").replace(",", "").partition(".")
        kept = fraction.rstrip("0")
        return minus + (whole.lstrip("0") or "0") + (f".{kept}" if kept else "")
    return _SAME.get(found, found)
