"""JSON replies: the object that a model was asked for, in whatever it wrapped it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import OutputError
from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.replies.json_scanner import BrokenError, CutOffError, ObjectScanner
from medgen_pytest.models.replies.json_string import CLOSING

if TYPE_CHECKING:
    from collections.abc import Collection

    from medgen_pytest.models.replies.json_noise import Noise

MAX_CHARACTERS = 1_000_000
"""Longer replies are refused; 128,000 tokens are about half of that."""

# Behind a brace that starts no object the next one is tried, as long as that costs no more than the text once over.
_SPARE = 10_000
# Where an object may start: a key with its colon, the end of the object, or the end of the text must follow.
_QUOTED_KEYS = "|".join(
    rf"{opening}[^\\\n{closing}]{{0,1000}}(?:[{closing}]\s*(?:[:/#]|\Z)|\\|\Z)" for opening, closing in CLOSING.items()
)
_START = re.compile(rf"\{{(?=[\s\ufeff]*(?:{_QUOTED_KEYS}|[A-Za-z_$][\w$-]{{0,199}}\s*(?:[:/#]|\Z)|[}}/#]|\Z))")
_BOM = "\ufeff"
_FENCE = "```"
_FENCE_END = re.compile(r"```[\w+-]{0,20}$")


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


@dataclass(frozen=True, slots=True)
class _Found:
    scanner: ObjectScanner
    start: int
    end: int
    rank: int


class _Search:
    """Goes through a text and keeps the best object, the last that is cut off, and the first fault."""

    def __init__(self, text: str, *, wanted: Collection[str]) -> None:
        self.best: _Found | None = None
        self.cut: _Found | None = None
        self.fault: BrokenError | None = None
        self.count = 0
        self._text = text
        self._wanted = wanted
        self._effort = len(text) + _SPARE

    def run(self) -> None:
        start = _START.search(self._text)
        while start is not None:
            start = _START.search(self._text, self._try(start.start()))

    def _try(self, start: int) -> int:
        """Reads the object at `start` if there is one; where to go on."""
        scanner = ObjectScanner(self._text, start)
        try:
            scanner.read()
        except CutOffError:
            self.cut = self._found(scanner, start)
            return scanner.at
        except BrokenError as fault:
            self.fault = self.fault or fault
            self._effort -= fault.at - start
            # What had a member was meant as an object: the ones inside it are parts, not answers.
            stray = not scanner.members and self._effort > 0
            return start + 1 if stray else max(fault.at, start + 1)
        self.count += 1
        found = self._found(scanner, start)
        if self.best is None or found.rank >= self.best.rank:
            self.best = found
        return scanner.at

    def _found(self, scanner: ObjectScanner, start: int) -> _Found:
        members = scanner.members
        complete = bool(members) and all(key in members for key in self._wanted)
        return _Found(scanner, start, scanner.at, rank=bool(members) + complete)


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
    search.run()
    best, cut = search.best, search.cut
    if cut is not None and (best is None or best.rank < 1 + bool(wanted)):
        return _cut_off(text, cut, repair=repair)
    if best is not None:
        several: set[Noise] = {"several objects"} if search.count > 1 else set()
        return JsonReply(
            value=best.scanner.members, tolerated=_sorted(best.scanner.noise | several | _around(text, best))
        )
    if search.fault is not None:
        at = search.fault.at
        raise OutputError(
            f"the JSON of the reply is broken at character {at + 1}: {search.fault} is due, "
            f"not {excerpt(text[at : at + 20])}"
        )
    raise OutputError(f"no JSON object in the reply: {excerpt(text)}" if text.strip() else "the reply is empty")


def _cut_off(text: str, cut: _Found, *, repair: bool) -> JsonReply:
    path = ".".join(cut.scanner.path) or None
    if not repair:
        where = f" in {excerpt(path)}" if path else ""
        raise OutputError(f"the JSON of the reply is cut off{where} after {len(text)} characters")
    noise = cut.scanner.noise | _around(text, cut)
    return JsonReply(value=cut.scanner.members, tolerated=_sorted(noise), complete=False, cut_in=path)


def _around(text: str, found: _Found) -> set[Noise]:
    """What stands around an object. Only the ends are looked at, so a long text costs nothing."""
    noise: set[Noise] = set()
    before, after = text[: found.start].rstrip(), text[found.end :].lstrip()
    if before.startswith(_BOM):
        noise.add("byte order mark")
        before = before[1:]
    fence = _FENCE_END.search(before, max(0, len(before) - 30))
    if fence is not None:
        noise.add("code fence")
        before = before[: fence.start()]
    if after.startswith(_FENCE):
        noise.add("code fence")
        after = after.removeprefix(_FENCE)
    noise.update({"text before"} if before.strip() else set())
    noise.update({"text after"} if after.strip() else set())
    return noise


def _sorted(noise: set[Noise]) -> tuple[Noise, ...]:
    return tuple(sorted(noise))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
