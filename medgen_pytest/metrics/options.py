"""Options: the choices of a question as letters and words."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.reply import plain
from medgen_pytest.metrics.words import read_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABEL = re.compile(r"^\s*(?:\(([A-Za-z])\)|([A-Za-z])\s*[.):-])\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice: its letter, the words of its text, and those with articles."""

    letter: str
    words: tuple[str, ...]
    forms: tuple[str, ...]


def split_label(text: str) -> tuple[str | None, str]:
    """A leading option letter, in upper case, and the text behind it.

    >>> split_label("B. fluid")
    ('B', 'fluid')
    """
    match = _LABEL.match(text)
    if match is None:
        return None, text
    return (match[1] or match[2]).upper(), text[match.end() :]


@lru_cache(maxsize=64)
def parse_options(choices: tuple[str, ...]) -> tuple[Option, ...]:
    """The options of a list of choices like `("A. left", "B. right")`, or without letters, in order.

    Leading letters are labels only where together they are A, B, C, ... without a gap: `E. coli` is a
    text. Raises MetricError for more choices than letters.
    """
    if len(choices) > len(string.ascii_uppercase):
        raise MetricError(f"{len(choices)} choices; more than the 26 letters cannot be told apart")
    parts = [split_label(plain(choice)) for choice in choices]
    expected = string.ascii_uppercase[: len(parts)]
    if sorted(letter or "" for letter, _ in parts) == list(expected):
        return tuple(_option(letter or "", text) for letter, text in parts)
    return tuple(_option(letter, plain(choice)) for letter, choice in zip(expected, choices, strict=True))


def exact_letter(text: str, options: Sequence[Option]) -> str | None:
    """The letter of the one option that a plain text is and nothing else: its letter, its text or both."""
    alone = text.strip(" ()[]{}.,:;\"'").upper()
    label, rest = split_label(text)
    forms, rest_words = _forms(text), words(rest)
    letters = {
        option.letter
        for option in options
        if alone == option.letter
        or (forms and forms == option.forms)
        or (rest_words and label in {option.letter, None} and rest_words == option.words)
    }
    return letters.pop() if len(letters) == 1 else None


def _option(letter: str, text: str) -> Option:
    return Option(letter=letter, words=words(text), forms=_forms(text))


def _forms(text: str) -> tuple[str, ...]:
    return tuple(word.form for word in read_words(text))
