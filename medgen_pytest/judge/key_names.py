"""Key names: the keys of a judge's reply, however it writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.errors import JudgementError
from medgen_pytest.models.replies import excerpt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_BETWEEN_WORDS = re.compile(r"[\s_\-\u2010-\u2015]+")
_OTHER_NAMES = {"overall_score": "overall"}
_MOST_SHOWN = 5


class KnownKeys(NamedTuple):
    """The members whose keys are known, under their right names; the keys of the others; what was tolerated."""

    values: dict[str, object]
    others: tuple[str, ...]
    notes: tuple[str, ...]


def plain_name(key: str) -> str:
    """A key without regard to case and to what stands between its words.

    >>> plain_name("Visual-Textual Alignment")
    'visual_textual_alignment'
    """
    return _BETWEEN_WORDS.sub("_", key.strip()).lower()


def known_keys(members: Mapping[str, object], names: Collection[str]) -> KnownKeys:
    """The members of an object by the `names` that their keys mean; `overall_score` means `overall`.

    Raises JudgementError where two keys mean one name: which of them counts is not guessed.
    """
    right = {plain_name(name): name for name in names}
    values: dict[str, object] = {}
    others: list[str] = []
    notes: list[str] = []
    for key, value in members.items():
        plain = plain_name(key)
        name = right.get(plain) or right.get(_OTHER_NAMES.get(plain, plain))
        if name is None:
            others.append(key)
            continue
        if name in values:
            raise JudgementError(f"the reply gives {name!r} twice")
        values[name] = value
        if key != name:
            notes.append(f"the key {excerpt(key)} read as {name}")
    return KnownKeys(values, tuple(others), tuple(notes))


def show_keys(keys: Collection[str]) -> str:
    """The first few of some keys, sorted, on one line and bounded; "none" without any."""
    if not keys:
        return "none"
    more = ", ..." if len(keys) > _MOST_SHOWN else ""
    return excerpt(", ".join(sorted(keys)[:_MOST_SHOWN]) + more, length=200)
