"""Polarity: whether a clause asserts, denies or doubts the entities that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.clinical.lexicon import Entity, Role

Polarity = Literal["present", "absent", "uncertain"]
"""What a text says of an entity."""

_ENDING: frozenset[Role] = frozenset({"ends", "no denial", "denies before", "doubts before"})
_CUES: frozenset[Role] = _ENDING | {"denies after", "doubts after", "verb"}


class Part(NamedTuple):
    """A piece of a clause, from word `first` to word `last`: an entity, a cue, or a word that is neither."""

    entity: Entity | None
    roles: frozenset[Role]
    first: int
    last: int


@dataclass(slots=True)
class _Scope:
    """What the words so far do to the entities that follow: they deny or doubt them.

    `near`: nothing but verbs and small words has come since the last cue.
    """

    denied: bool = False
    doubted: bool = False
    near: bool = False

    def deny(self) -> None:
        # "Not without", "does not deny": two denials with nothing between them cancel.
        self.denied = not (self.denied and self.near)
        self.near = True

    def doubt(self) -> None:
        self.doubted = self.near = True

    def end(self) -> None:
        self.denied = self.doubted = self.near = False


def polarities(clause: Sequence[Part]) -> list[Polarity]:
    """The polarity of each part of a clause; that of parts that are no entities means nothing.

    A denial outweighs a doubt.
    """
    denied, doubted = set[int](), set[int]()
    scope = _Scope()
    for index, part in enumerate(clause):
        if part.entity is not None:
            denied |= {index} if scope.denied else set()
            doubted |= {index} if scope.doubted else set()
            scope.near = False
        else:
            before = _entities_before(clause, index)
            denied |= before if "denies before" in part.roles else set()
            doubted |= before if "doubts before" in part.roles else set()
            _follow(scope, part, met=bool(before))
    return [
        "absent" if index in denied else "uncertain" if index in doubted else "present" for index in range(len(clause))
    ]


def _follow(scope: _Scope, part: Part, *, met: bool) -> None:
    """Goes over a part that is no entity. `met`: entities stand before it that it would speak of."""
    roles = part.roles
    if _ENDING & roles and not ("denies after" in roles and not met):
        # "Absent" denies what stands before it ("the tube is absent"), or else what follows ("absent tube").
        scope.end()
    if "doubts after" in roles:
        scope.doubt()
    elif "denies after" in roles and not met:
        scope.deny()
    elif "ends doubts" in roles:
        scope.doubted = scope.near = False
    elif "verb" in roles and not scope.near:
        scope.end()
    elif not roles & {"verb", "filler"}:
        scope.near = False


def _entities_before(clause: Sequence[Part], index: int) -> set[int]:
    """The entities that a cue looks back on: over the verb before it, to the verb or cue before that."""
    if not clause[index].roles & {"denies before", "doubts before"}:
        return set()
    place = index - 1
    while place >= 0 and clause[place].roles & {"verb", "filler"}:
        place -= 1
    found: set[int] = set()
    while place >= 0 and not clause[place].roles & _CUES:
        if clause[place].entity is not None:
            found.add(place)
        place -= 1
    return found
