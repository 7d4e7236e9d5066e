"""JSON objects in a text: every one that begins there, whole, cut off or broken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.replies.json_scanner import BrokenError, CutOffError, ObjectScanner
from medgen_pytest.models.replies.json_string import CLOSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.models.replies.json_noise import Noise

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
class JsonObject:
    """One object of a text from `start` to `end`, its `members` as far as they could be read.

    `path` leads to the member in which it is cut off or broken; `problem` says what is wrong with one that is
    not whole. `noise` is what had to be tolerated within it.
    """

    members: dict[str, object]
    start: int
    end: int
    state: Literal["whole", "cut off", "broken"]
    path: tuple[str, ...] = ()
    problem: str | None = None
    noise: frozenset[Noise] = frozenset()


def json_objects(text: str) -> Iterator[JsonObject]:
    """The objects that begin in a text, in their order; those inside another one are parts of it.

    What `read_json` tolerates is tolerated. Raises OutputError for more than 64 levels. Takes linear time.
    """
    effort = len(text) + _SPARE
    start = _START.search(text)
    while start is not None:
        found = _read(text, start.start())
        yield found
        effort -= found.end - found.start if found.state == "broken" else 0
        # What had a member was meant as an object: the ones inside it are parts, not answers.
        stray = found.state == "broken" and not found.members and effort > 0
        start = _START.search(text, found.start + 1 if stray else max(found.end, found.start + 1))


def noise_around(text: str, found: JsonObject) -> set[Noise]:
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


def _read(text: str, start: int) -> JsonObject:
    scanner = ObjectScanner(text, start)
    state: Literal["whole", "cut off", "broken"] = "whole"
    end, problem = start, None
    try:
        scanner.read()
        end = scanner.at
    except CutOffError:
        state, end, problem = "cut off", scanner.at, _cut(text, scanner)
    except BrokenError as fault:
        state, end, problem = "broken", fault.at, _fault(text, fault)
    return JsonObject(
        members=scanner.members,
        start=start,
        end=end,
        state=state,
        path=tuple(scanner.path),
        problem=problem,
        noise=frozenset(scanner.noise),
    )


def _cut(text: str, scanner: ObjectScanner) -> str:
    where = f" in {excerpt('.'.join(scanner.path))}" if scanner.path else ""
    return f"the JSON of the reply is cut off{where} after {len(text)} characters"


def _fault(text: str, fault: BrokenError) -> str:
    return (
        f"the JSON of the reply is broken at character {fault.at + 1}: {fault} is due, "
        f"not {excerpt(text[fault.at : fault.at + 20])}"
    )
