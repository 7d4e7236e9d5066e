"""Reply paths: where in a JSON reply something stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Final

_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>-?\d{1,6})\]")
_LONGEST = 500


class _Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What a path finds where nothing is; a null in the reply is None."""


@dataclass(frozen=True, slots=True)
class ReplyPath:
    """A path like `answer`, `choices.0.text`, `$.outputs[0].text` or `results[-1]`.

    A name is a key of an object; a number counts the items of a list from 0, or from the end below 0, and is a key
    where there is an object.
    """

    text: str
    steps: tuple[str, ...]

    @property
    def head(self) -> str | None:
        """The first key; None for a path that is the whole reply."""
        return self.steps[0] if self.steps else None

    def find(self, value: object) -> object:
        """What stands there; MISSING for nothing."""
        for step in self.steps:
            value = _taken(value, step)
            if value is MISSING:
                return MISSING
        return value


def parse_reply_path(text: str) -> ReplyPath:
    """The path that a text describes. Raises ValueError saying what is wrong."""
    rest = text
    if not rest.strip() or len(rest) > _LONGEST:
        raise ValueError(f"a path like answer.0.text is needed, of at most {_LONGEST} characters")
    if rest.startswith("$"):
        rest = rest[1:]
    elif not rest.startswith(("[", ".")):
        rest = f".{rest}"
    steps: list[str] = []
    end = 0
    while end < len(rest):
        match = _STEP.match(rest, end)
        if match is None:
            raise ValueError(f"{text!r} is no path: expected .NAME or [NUMBER] at {rest[end : end + 20]!r}")
        steps.append(match["name"] if match["index"] is None else match["index"])
        end = match.end()
    return ReplyPath(text, tuple(steps))


def _taken(value: object, step: str) -> object:
    if isinstance(value, Mapping):
        return value.get(step, MISSING)
    if not isinstance(value, list) or not re.fullmatch(r"-?\d{1,6}", step):
        return MISSING
    index = int(step)
    return value[index] if -len(value) <= index < len(value) else MISSING
