"""Score values: one number of a judge's reply, by a strict grammar; what is no number is never made one."""

from __future__ import annotations

import json
import re
from math import isnan
from typing import NamedTuple

from medgen_pytest.errors import JudgementError
from medgen_pytest.judge.key_names import plain_name
from medgen_pytest.models.replies import excerpt

_DIGITS = r"[0-9]{1,7}(?:\.[0-9]{1,9})?"
_TEXT = re.compile(rf"(?P<number>-?{_DIGITS})(?: ?/ ?(?P<of>{_DIGITS}))?")
_PLACEHOLDER = re.compile(r"<[^<>]{0,200}>")
_SHOWN = 40


class ScoreValue(NamedTuple):
    """A score on the scale, and what had to be tolerated to read it."""

    number: float
    notes: tuple[str, ...] = ()


def read_score(value: object, *, name: str, low: float, high: float) -> ScoreValue:
    """The score that a value of decoded JSON is, a number from `low` to `high`.

    Besides a number are taken, each with a note: a text that is nothing but a plain number (`"8"`, `"8.5"`),
    one that puts it over the top of the scale (`"8/10"` where `high` is 10), and an object that holds it
    as `score` (`{"score": 8, "reason": "..."}`).

    Raises JudgementError naming the dimension and showing the value for everything else: words, NaN,
    true, null, lists, a fraction of another scale, numbers off the scale.
    """
    notes: list[str] = []
    if isinstance(value, dict):
        value = _member(value, name=name)
        notes.append(f"{name}: the member 'score' of an object read")
    if isinstance(value, str):
        text, value = value, _number_of_text(value, name=name, high=high)
        notes.append(f"{name}: the text {excerpt(text, length=_SHOWN)} read as {value:g}")
    if isinstance(value, bool) or not isinstance(value, int | float) or (isinstance(value, float) and isnan(value)):
        raise JudgementError(f"{name} is {show(value)}, which is no number")
    if not low <= value <= high:
        raise JudgementError(f"{name} is {show(value)}, outside the scale from {low:g} to {high:g}")
    return ScoreValue(float(value), tuple(notes))


def is_placeholder(value: object) -> bool:
    """Whether a value stands where a score or a text is due: null, nothing, dots, or a word in angle brackets."""
    if not isinstance(value, str):
        return value is None
    text = value.strip()
    return not any(map(str.isalnum, text)) or _PLACEHOLDER.fullmatch(text) is not None


def show(value: object) -> str:
    """A value of decoded JSON as a message shows it: on one line, bounded, texts in quotes."""
    if isinstance(value, str):
        return excerpt(value, length=_SHOWN)
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _member(members: dict[str, object], *, name: str) -> object:
    found = [value for key, value in members.items() if plain_name(key) == "score"]
    if len(found) != 1 or isinstance(found[0], dict):
        raise JudgementError(f"{name} is {show(members)}, which is no number")
    return found[0]


def _number_of_text(text: str, *, name: str, high: float) -> float:
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise JudgementError(f"{name} is {show(text)}, which is no number")
    if match["of"] is not None and float(match["of"]) != high:
        raise JudgementError(f"{name} is {show(text)}, which is not out of {high:g}")
    return float(match["number"])
