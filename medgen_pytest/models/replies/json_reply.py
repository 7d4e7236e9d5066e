"""JSON replies: the object that a model was asked for, in whatever it wrapped it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import OutputError
from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.replies.json_objects import json_objects, noise_around

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Set as AbstractSet

    from medgen_pytest.models.replies.json_noise import Noise
    from medgen_pytest.models.replies.json_objects import JsonObject

MAX_CHARACTERS = 1_000_000
"""Longer replies are refused; 128,000 tokens are about half of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonReply:
    """The object of a reply, what had to be tolerated to read it, and whether it is whole.

    Of one that is not `complete`, `cut_in` names the member in which the text ends (`answer.text`), or is
    None when it ends between two.
    """

    value: dict[str, object]
    tolerated: tuple[Noise, ...] = ()
    complete: bool = True
    cut_in: str | None = None

    def text(self, key: str) -> str:
        """The text of a member, without blanks around it. Raises OutputError when it is missing, empty or none."""
        if key not in self.value:
            known = ", ".join(sorted(self.value)[:10]) or "none"
            raise OutputError(f"the JSON of the reply has no {key!r}; its keys: {excerpt(known, length=200)}")
        value = self.value[key]
        if not isinstance(value, str):
            raise OutputError(f"{key!r} in the JSON of the reply is no text but {_kind(value)}")
        if not value.strip():
            raise OutputError(f"{key!r} in the JSON of the reply is empty")
        return value.strip()


class _Search:
    """Goes through a text and keeps the best object, the last that is cut off, and the first that is broken."""

    def __init__(self, text: str, *, wanted: Collection[str]) -> None:
        self.best: JsonObject | None = None
        self.rank = 0
        self.cut: JsonObject | None = None
        self.broken: JsonObject | None = None
        self.count = 0
        for found in json_objects(text):
            self._take(found, wanted)

    def _take(self, found: JsonObject, wanted: Collection[str]) -> None:
        if found.state == "cut off":
            self.cut = found
        elif found.state == "broken":
            self.broken = self.broken or found
        else:
            self.count += 1
            complete = bool(found.members) and all(key in found.members for key in wanted)
            rank = bool(found.members) + complete
            if rank >= self.rank:
                self.best, self.rank = found, rank


def read_json(text: str, *, wanted: Collection[str] = (), repair: bool = False) -> JsonReply:
    """The JSON object in a model's reply.

    Tolerated, and told in `tolerated`, are: text around it, code fences, comments, trailing and missing commas, single
    and smart quotes, bare keys, Python's literals, numbers as JavaScript writes them, line breaks and
    unescaped quotes in strings, escapes that JSON does not know, and keys given twice (the last counts).
    Nothing is evaluated. Of several objects (a draft and a final one) the last complete one counts; those
    with all `wanted` keys go before others, and empty ones are taken only when there is nothing else.

    A reply that ends within its object is an OutputError, unless `repair` is asked for: then it comes back
    as far as it goes, `complete` is False, and a text that was cut off stands there as far as it goes too.

    Raises OutputError for no object, a broken one, a cut one, more than 64 levels and more than 1,000,000
    characters. Takes linear time.
    """
    if len(text) > MAX_CHARACTERS:
        raise OutputError(f"the reply has {len(text)} characters, more than the {MAX_CHARACTERS} that are read")
    search = _Search(text, wanted=wanted)
    best, cut = search.best, search.cut
    if cut is not None and (best is None or search.rank < 1 + bool(wanted)):
        return _cut_off(text, cut, repair=repair)
    if best is not None:
        several: set[Noise] = {"several objects"} if search.count > 1 else set()
        return JsonReply(value=best.members, tolerated=_sorted(best.noise | several | noise_around(text, best)))
    if search.broken is not None:
        raise OutputError(str(search.broken.problem))
    raise OutputError(f"no JSON object in the reply: {excerpt(text)}" if text.strip() else "the reply is empty")


def _cut_off(text: str, cut: JsonObject, *, repair: bool) -> JsonReply:
    if not repair:
        raise OutputError(str(cut.problem))
    return JsonReply(
        value=cut.members,
        tolerated=_sorted(cut.noise | noise_around(text, cut)),
        complete=False,
        cut_in=".".join(cut.path) or None,
    )


def _sorted(noise: AbstractSet[Noise]) -> tuple[Noise, ...]:
    return tuple(sorted(noise))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
