"""Lexicon: clinical entities with all their names, and the words that deny or doubt them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from medgen_pytest.metrics.clinical.entries import read_entries
from medgen_pytest.metrics.clinical.forms import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.metrics.clinical.entries import Entries

Group = Literal["organ", "finding", "device", "modality"]
"""What kind of thing an entity is; each group is a file of the lexicon."""

Role = Literal[
    "denies after",
    "denies before",
    "doubts after",
    "doubts before",
    "answers no",
    "answers perhaps",
    "no denial",
    "ends",
    "ends doubts",
    "verb",
    "filler",
]
"""What a word that is no entity does to the entities around it; each role is an entry of `cues.txt`."""

_SHORTEST_WITH_PLURAL = 3
_SIBILANTS = ("s", "x", "z", "ch", "sh")


class Entity(NamedTuple):
    """An organ, finding, device or modality, under the one name by which it is compared."""

    name: str
    group: Group


@dataclass(slots=True, kw_only=True)
class Meaning:
    """What a phrase stands for: an entity, or what it does to entities."""

    entity: Entity | None = None
    roles: set[Role] = field(default_factory=set)


Phrase = tuple[str, ...]
"""The words of a term, as `Spelling.forms` gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Entities and cues by their phrases.

    `phrases` holds all that begin with a word, longest first; `answers` those that answer a question. The
    `digest` is SHA-256 over everything that the files say.
    """

    spelling: Spelling
    phrases: Mapping[str, Sequence[tuple[Phrase, Meaning]]]
    answers: Mapping[Phrase, Role]
    digest: str

    def longest(self, forms: Sequence[str], index: int) -> tuple[Meaning | None, int]:
        """The meaning of the longest phrase that begins at a word and its length; (None, 1) for none."""
        for phrase, meaning in self.phrases.get(forms[index], ()):
            if tuple(forms[index : index + len(phrase)]) == phrase:
                return meaning, len(phrase)
        return None, 1


def load_lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    groups = {group: read_entries(group) for group in get_args(Group)}
    cues, spellings = read_entries("cues"), read_entries("spellings")
    spelling = Spelling.of({other: same for same, others in spellings.items() for other in others})
    meanings: dict[Phrase, Meaning] = {}
    for group, entries in groups.items():
        for phrase, name in _entity_phrases(entries, spelling):
            meanings.setdefault(phrase, Meaning(entity=Entity(name, group)))
    answers: dict[Phrase, Role] = {}
    for role in get_args(Role):
        for cue in cues[role]:
            phrase = tuple(spelling.forms(cue))
            if role in {"answers no", "answers perhaps"}:
                answers[phrase] = role
            else:
                meanings.setdefault(phrase, Meaning()).roles.add(role)
    content = json.dumps([groups, cues, spellings], sort_keys=True)
    return Lexicon(
        spelling=spelling,
        phrases=_by_first_word(meanings),
        answers=answers,
        digest=hashlib.sha256(content.encode("utf-8")).hexdigest(),
    )


def _entity_phrases(entries: Entries, spelling: Spelling) -> Iterator[tuple[Phrase, str]]:
    """All phrases of a group with the names of their entities: listed ones before plurals made by rule."""
    listed = [(tuple(spelling.forms(term)), name) for name, variants in entries.items() for term in (name, *variants)]
    yield from listed
    for phrase, name in listed:
        yield (*phrase[:-1], plural(phrase[-1])), name


def plural(word: str) -> str:
    """The regular plural of a word; short words and those with digits, mostly abbreviations, have none.

    >>> [plural(word) for word in ("effusion", "mass", "opacity", "metastasis", "et")]
    ['effusions', 'masses', 'opacities', 'metastases', 'et']
    """
    if len(word) < _SHORTEST_WITH_PLURAL or not word.isalpha():
        return word
    if word.endswith("sis"):
        return f"{word[:-2]}es"
    if word.endswith(_SIBILANTS):
        return f"{word}es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def _by_first_word(meanings: Mapping[Phrase, Meaning]) -> dict[str, list[tuple[Phrase, Meaning]]]:
    found: dict[str, list[tuple[Phrase, Meaning]]] = defaultdict(list)
    for phrase, meaning in sorted(meanings.items(), key=lambda entry: (-len(entry[0]), entry[0])):
        found[phrase[0]].append((phrase, meaning))
    return dict(found)
