"""The object of a judge's reply that holds its judgement: the last one, whole, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import JudgementError, OutputError
from medgen_pytest.judge.key_names import plain_name
from medgen_pytest.models.replies import MAX_CHARACTERS, excerpt, json_objects, noise_around, split_reasoning

if TYPE_CHECKING:
    from collections.abc import Collection

    from medgen_pytest.models.replies import JsonObject

_FRAME = {"code fence", "byte order mark"}
# Decides nothing but the words of the reason: without an object there is no judgement either way.
_REFUSAL = re.compile(
    r"\b(?:(?:I['\u2019]?m|I am) (?:sorry|unable|not able)|sorry, (?:but )?I|as an AI"
    r"|I (?:can(?:not|['\u2019]t| not)|won['\u2019]t|will not|must decline|(?:have to )?decline|refuse))\b",
    re.IGNORECASE,
)
_REFUSAL_BEGINS = 300
_GOES_ON = re.compile(r"[\"'\u201c\u201d\u2018\u2019](?:analysis|scores|overall)[\"'\u201c\u201d\u2018\u2019]\s{0,20}:")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyObject:
    """The members of the object that counts, and what had to be tolerated to read it."""

    members: dict[str, object]
    tolerated: tuple[str, ...]


def find_object(text: str, *, marks: Collection[str]) -> ReplyObject:
    """The last object of a reply that is a judgement by one of its keys, the `marks`.

    Of a draft and a final judgement the final one counts. It has to be whole: where the last one is broken or
    cut off, an earlier one does not stand in for it, nor does one in the reasoning before the answer.
    A reply that is one object from end to end has no reasoning; marks of it inside are quoted.

    Raises JudgementError with one line for a reply without such an object. Takes linear time.
    """
    if len(text) > MAX_CHARACTERS:
        raise JudgementError(f"the reply has {len(text)} characters, more than the {MAX_CHARACTERS} that are read")
    try:
        return _find(_answer(text), marks=frozenset(map(plain_name, marks)))
    except OutputError as error:
        raise JudgementError(str(error)) from error


def _answer(text: str) -> str:
    first = next(json_objects(text), None)
    if first is not None and first.state == "whole" and noise_around(text, first) <= _FRAME:
        return text
    split = split_reasoning(text)
    if not split.complete:
        raise JudgementError("the reply ends within its reasoning, before any judgement")
    if not split.answer.strip() and split.reasoning:
        raise JudgementError("the reply ends with its reasoning: nothing was answered")
    return split.answer


class _Search:
    """Goes through the objects of a text and keeps those that may count; `marks` are the keys of judgements."""

    def __init__(self, text: str, *, marks: frozenset[str]) -> None:
        self.count = 0
        self._last: JsonObject | None = None
        self._full: JsonObject | None = None
        self._judging: JsonObject | None = None
        self._broken: JsonObject | None = None
        for found in json_objects(text):
            self.count += 1
            self._take(found, marks)

    def _take(self, found: JsonObject, marks: frozenset[str]) -> None:
        self._last = found
        self._full = found if found.members else self._full
        if any(plain_name(key) in marks for key in (*found.members, *found.path[:1])):
            self._judging = found
            self._broken = found if found.state == "broken" else self._broken

    @property
    def found(self) -> JsonObject | None:
        """The object that counts, or the one that is not whole where it should be."""
        if self._last is not None and self._last.state == "cut off":
            return self._last
        if self._judging is None:
            return self._full or self._last
        # What follows a break is the rest of the same object, not another one.
        is_rest = not any(plain_name(key) == "analysis" for key in self._judging.members)
        return self._broken if self._broken is not None and is_rest else self._judging


def _find(text: str, *, marks: frozenset[str]) -> ReplyObject:
    search = _Search(text, marks=marks)
    found = search.found
    if found is None:
        raise _without_object(text)
    if found.state != "whole":
        raise JudgementError(str(found.problem))
    if "duplicate key" in found.noise:
        raise JudgementError("the JSON of the reply has a key twice in one object")
    if _GOES_ON.search(text, found.end):
        raise JudgementError("the JSON of the reply ends before its judgement does: a quote in a text is not escaped")
    noise: set[str] = {*found.noise, *noise_around(text, found)}
    noise.update({"several objects"} if search.count > 1 else set())
    return ReplyObject(members=found.members, tolerated=tuple(sorted(noise)))


def _without_object(text: str) -> JudgementError:
    if not text.strip():
        return JudgementError("the reply is empty")
    if _REFUSAL.search(text[:_REFUSAL_BEGINS]):
        return JudgementError(f"the judge refused: {excerpt(text, length=200)}")
    return JudgementError(f"no JSON object in the reply: {excerpt(text)}")
