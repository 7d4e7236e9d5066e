"""Answering: of several texts the one whose words fit best to what is seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_QUOTED = re.compile(r"'([^']+)'")


class Language(NamedTuple):
    """What was learned about words.

    Attributes:
        words: The vocabulary.
        seen: For each feature of an image (rows) and each word (columns), how much it speaks for that word.
        sentences: The sentences that can be said.
    """

    words: Sequence[str]
    seen: NDArray[np.float64]
    sentences: Sequence[str]


def words_in(text: str) -> list[str]:
    """The words of a text in lower case, each once, in order; not the letter before an option."""
    return sorted(set(re.findall(r"[a-z0-9-]{2,}", text.lower())))


def best(texts: Sequence[str], features: NDArray[np.float64], language: Language) -> str:
    """The text whose known words fit best; the first one where no word of any is known."""
    fit = dict(zip(language.words, features @ language.seen, strict=True))

    def fit_of(text: str) -> float:
        known = [fit[word] for word in words_in(text) if word in fit]
        return float(np.sum(known) / np.sqrt(max(1, len(known))))

    return max(texts, key=fit_of)


def answer(question: str, choices: Sequence[str], features: NDArray[np.float64], language: Language) -> str:
    """One of the choices; else one of the words in quotes, as in "'yes' or 'no'"; else a sentence or a report."""
    if texts := choices or _QUOTED.findall(question):
        return best(texts, features, language)
    sentence = best(language.sentences, features, language)
    if question.startswith("Report"):
        return f"EXAMINATION: {sentence}\nFINDINGS: {sentence}\nIMPRESSION: {sentence}"
    return sentence
