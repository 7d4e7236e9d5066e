"""Material: what a judge is given to look at, told apart from what it is asked."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_FENCED = re.compile(
    r"^<<<BEGIN DATA (?P<mark>\w{1,64})>>>\n(?P<text>.*?)^<<<END DATA (?P=mark)>>>$", re.DOTALL | re.MULTILINE
)
_CAPTION = re.compile(r'\bcaption "([^"\n]{1,60})"')
_REFERENCE = re.compile(r"\b(?:reference|ground truth)\b", re.IGNORECASE)
_ANSWER = re.compile(r"\b(?:answer|output)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The texts between fences: all of them, that of the answer and that of the reference; and the captions of images.

    Which is which is told by the last line before the fence.
    """

    texts: tuple[str, ...] = ()
    answer: str | None = None
    reference: str | None = None
    captions: tuple[str, ...] = ()


def find_material(text: str) -> Material:
    """The material in the text of a judge's question."""
    texts: list[str] = []
    answer = reference = None
    end = 0
    for match in _FENCED.finditer(text):
        before = text[end : match.start()].strip()
        label, end = before.rpartition("\n")[2], match.end()
        content = match["text"].strip()
        texts.append(content)
        if _REFERENCE.search(label):
            reference = content if reference is None else reference
        elif _ANSWER.search(label):
            answer = content if answer is None else answer
    captions = tuple(_CAPTION.findall(outside(text)))
    return Material(texts=tuple(texts), answer=answer, reference=reference, captions=captions)


def outside(text: str) -> str:
    """The text without what is fenced."""
    return _FENCED.sub("", text)


def shared_words(first: str, second: str) -> float:
    """How much two texts have in common, from 0 to 1: twice the words of both over the words of either.

    >>> shared_words("no acute finding", "No acute  finding.")
    1.0
    """
    one, other = (_WORD.findall(text.casefold()) for text in (first, second))
    if not one or not other:
        return float(first.split() == second.split())
    common = (Counter(one) & Counter(other)).total()
    return 2 * common / (len(one) + len(other))
