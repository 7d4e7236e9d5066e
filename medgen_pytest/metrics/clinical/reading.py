"""Reading: which clinical entities a text names, and whether it asserts, denies or doubts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.metrics.clinical.forms import COLON, COMMA, STOP, STOPS
from medgen_pytest.metrics.clinical.lexicon import Meaning
from medgen_pytest.metrics.clinical.polarity import Part, Polarity, polarities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.metrics.clinical.lexicon import Group, Lexicon

_LONGEST_ANSWER = 3
_DENIABLE = frozenset({"finding", "device"})


class EntityMention(NamedTuple):
    """An entity as a text names it: its words there, and what the text says of it."""

    entity: str
    group: Group
    polarity: Polarity
    words: str


class Statement(NamedTuple):
    """What a text says of an entity, however often and in whatever words."""

    entity: str
    polarity: Polarity


def read_mentions(text: str, lexicon: Lexicon) -> list[EntityMention]:
    """Every entity that a text names, in order.

    Organs and modalities say where and how, and are always `present`; findings and devices are `present`,
    `absent` or `uncertain`.
    """
    forms = lexicon.spelling.forms(text)
    found: list[EntityMention] = []
    for clause in _clauses(forms, lexicon):
        for part, polarity in zip(clause, polarities(clause), strict=True):
            if part.entity is not None:
                name, group = part.entity
                said: Polarity = polarity if group in _DENIABLE else "present"
                found.append(EntityMention(name, group, said, " ".join(forms[part.first : part.last + 1])))
    return found


def read_statements(text: str, lexicon: Lexicon) -> frozenset[Statement]:
    """What a text says of entities, as a set."""
    return frozenset(Statement(mention.entity, mention.polarity) for mention in read_mentions(text, lexicon))


def _clauses(forms: Sequence[str], lexicon: Lexicon) -> Iterator[list[Part]]:
    clause: list[Part] = []
    for part in _parts(forms, lexicon):
        if part.roles or part.entity is not None or forms[part.first] not in {STOP, COLON}:
            clause.append(part)
        elif clause:
            yield clause
            clause = []
    if clause:
        yield clause


def _parts(forms: Sequence[str], lexicon: Lexicon) -> Iterator[Part]:
    index = 0
    while index < len(forms):
        meaning, length = _meaning_at(forms, index, lexicon)
        yield Part(
            entity=meaning.entity if meaning else None,
            roles=frozenset(meaning.roles) if meaning else frozenset(),
            first=index,
            last=index + length - 1,
        )
        index += length


def _meaning_at(forms: Sequence[str], index: int, lexicon: Lexicon) -> tuple[Meaning | None, int]:
    form, after = forms[index], forms[index + 1] if index + 1 < len(forms) else STOP
    if form == COLON:
        return _answer_at(forms, index, lexicon)
    if form == "no" and after == COMMA:  # "No, there is an effusion": an answer, not a denial of what follows
        return None, 1
    meaning, length = lexicon.longest(forms, index)
    if length == 1 and form == "not" and after.endswith("ly"):
        # "Not clearly seen" is "not seen".
        without, others = lexicon.longest([form, *forms[index + 2 : index + 6]], 0)
        return (without, others + 1) if others > 1 else (meaning, 1)
    if meaning is None and form.endswith("ly"):
        return Meaning(roles={"filler"}), 1
    return meaning, length


def _answer_at(forms: Sequence[str], index: int, lexicon: Lexicon) -> tuple[Meaning | None, int]:
    """The answer that fills the place between a colon and the next stop, as a cue for what stands before."""
    words: list[str] = []
    for form in forms[index + 1 : index + _LONGEST_ANSWER + 2]:
        if form in STOPS:
            break
        words.append(form)
    role = lexicon.answers.get(tuple(words))
    if role is None:
        return None, 1
    return Meaning(roles={"denies before" if role == "answers no" else "doubts before"}), len(words) + 1
