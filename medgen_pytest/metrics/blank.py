"""Blanks: whether a reply fills a blank as the target does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.metrics.reply import conclusions, plain
from medgen_pytest.metrics.words import read_words, words

if TYPE_CHECKING:
    from collections.abc import Iterator

_YES_NO = frozenset({"yes", "no"})
_JOINING = frozenset({"or", "and"})
_AFTER_NO = frozenset({"there", "it", "this", "these", "they", "the", "i"})
# What follows tells why, and belongs to the filler no more.
_REASON = re.compile(
    r"[,;]?\s+\(?(?:as|because|since|due\s+to|based\s+on|given|which|indicating|suggesting)\b.*$", re.IGNORECASE
)
# The dot behind a single letter is that of a label or an initial.
_SENTENCE_END = re.compile(r"(?<!\b\w)[.!?](?=\s|$)")
_QUOTED = re.compile(r"\"([^\"\n]{1,200})\"|(?<!\w)'([^'\n]{1,200})'(?!\w)|\*\*([^*\n]{1,200})\*\*")
_PART = re.compile(r"\s*[;\n|]\s*|\s*,\s+|\s+and\s+")
_NUMBERED = re.compile(r"(?:^|(?<=[\s;,]))(?:\(?\d{1,2}[.)]|(?:blank\s+)?\d{1,2}:)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankReading:
    """Whether a reply fills the blank as the target does; `reason` when no filler can be read from it."""

    matches: bool
    reason: str | None = None


def read_blank(reply: str, target: str) -> BlankReading:
    """Whether the filler that a reply gives is the target.

    A filler is what follows a conclusion ("the answer is ..."), else the whole reply, its first
    sentence, its last line or its only quoted or bold words; the reason behind it ("as the image
    shows") is cut off. Words are compared as `words` gives them; blanks separated by `;` or `,` one
    by one. For targets "yes" and "no" the reply's own yes or no is read from its sentence.
    """
    text = plain(reply)
    if not text:
        return BlankReading(matches=False, reason="the reply is empty")
    wanted = words(plain(target))
    if len(wanted) == 1 and wanted[0] in _YES_NO:
        said = read_yes_no(text)
        reason = None if said else "the reply says neither yes nor no, or both"
        return BlankReading(matches=said == wanted[0], reason=reason)
    return BlankReading(matches=any(_same(filler, plain(target)) for filler in fillers(reply)))


def fillers(reply: str) -> Iterator[str]:
    """The texts that a reply may mean as its filler, each with and without the reason behind it."""
    text = plain(reply)
    for candidate in _candidates(text, reply):
        sentence = _SENTENCE_END.split(candidate, maxsplit=1)[0]
        yield from dict.fromkeys((candidate, sentence, _REASON.sub("", sentence)))


def read_yes_no(text: str) -> str | None:
    """The yes or no of a plain reply; None when it says neither or both."""
    for conclusion in conclusions(text):
        said = _said(conclusion.tail)
        if said:
            return said.pop() if len(said) == 1 else None
    said = _said(text)
    return said.pop() if len(said) == 1 else None


def _candidates(text: str, reply: str) -> list[str]:
    concluded = conclusions(text)
    if concluded:
        return [concluded[0].tail]
    lines = [line for line in text.split("\n") if line.strip()] or [""]
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(reply)]
    edges = [lines[0]] if lines[0] == lines[-1] else [lines[0], lines[-1]]
    # Two different short lines are two answers, not an answer and its explanation.
    if len(lines) > 1 and all(len(words(line)) <= 3 for line in edges):  # noqa: PLR2004 - longer lines explain
        edges = []
    return [text, *edges, *(plain(span) for span in quoted if len(quoted) == 1)]


def _same(filler: str, target: str) -> bool:
    if words(filler) == words(target):
        return True
    wanted, given = _parts(target), _parts(filler)
    return len(wanted) > 1 and wanted == given


def _parts(text: str) -> list[tuple[str, ...]]:
    parts = _PART.split(_NUMBERED.sub("; ", text).strip(" ;"))
    return [words(part) for part in parts if words(part)]


def _said(text: str) -> set[str]:
    """The yes and no of a text that are answers: no "no fracture", no "not yes"."""
    found = read_words(text)
    said = set()
    for index, word in enumerate(found):
        before = found[index - 1].form if index else ""
        after = found[index + 1] if index + 1 < len(found) and found[index + 1].clause == word.clause else None
        # "no fracture" is no answer; "yes or no from the image" and "'no' from the image" name one.
        free = before in _JOINING or text[word.end : word.end + 1] in {"'", '"'}
        determiner = word.form == "no" and not free and after is not None and after.form not in _AFTER_NO | _JOINING
        if word.form in _YES_NO and before != "not" and not determiner:
            said.add(word.form)
    return said
