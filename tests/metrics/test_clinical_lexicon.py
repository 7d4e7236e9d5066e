"""The clinical lexicon is well formed."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from medgen_pytest.metrics.clinical.entries import parse_entries, read_entries
from medgen_pytest.metrics.clinical.forms import STOPS
from medgen_pytest.metrics.clinical.lexicon import Group, Role, load_lexicon, plural
from medgen_pytest.metrics.clinical.reading import read_mentions

LEXICON = load_lexicon()
GROUPS = get_args(Group)
TERMS = [
    (term, name, group)
    for group in GROUPS
    for name, variants in read_entries(group).items()
    for term in (name, *variants)
]
CUES = read_entries("cues")


def phrase(term: str) -> tuple[str, ...]:
    return tuple(LEXICON.spelling.forms(term))


def test_each_group_has_entities() -> None:
    assert {group: len(read_entries(group)) >= 50 for group in GROUPS} == dict.fromkeys(GROUPS, True)


def test_no_entity_stands_in_two_groups() -> None:
    uses = Counter(name for group in GROUPS for name in read_entries(group))

    assert [name for name, count in uses.items() if count > 1] == []


def test_no_term_names_two_entities_and_none_is_listed_twice() -> None:
    uses = Counter(phrase(term) for term, _, _ in TERMS)

    assert [term for term, count in uses.items() if count > 1] == []


def test_terms_are_written_as_they_are_compared() -> None:
    assert [term for term, _, _ in TERMS if term != " ".join(phrase(term)) or STOPS & set(phrase(term))] == []


def test_regular_plurals_are_not_listed() -> None:
    terms = {phrase(term) for term, _, _ in TERMS}

    made = {(*term[:-1], plural(term[-1])) for term in terms if plural(term[-1]) != term[-1]}

    assert sorted(terms & made) == []


def test_no_term_is_a_cue() -> None:
    cues = {phrase(cue) for role in get_args(Role) for cue in CUES[role]}

    assert [term for term, _, _ in TERMS if phrase(term) in cues] == []


def test_every_role_of_a_cue_is_known_and_has_cues() -> None:
    assert tuple(sorted(CUES)) == tuple(sorted(get_args(Role)))
    assert all(CUES.values())


@pytest.mark.parametrize("role", get_args(Role))
def test_no_cue_is_listed_twice_in_its_role(role: Role) -> None:
    uses = Counter(phrase(cue) for cue in CUES[role])

    assert [cue for cue, count in uses.items() if count > 1] == []


def test_every_term_is_read_as_its_entity() -> None:
    wrong = [
        (term, name)
        for term, name, group in TERMS
        if [(mention.entity, mention.group) for mention in read_mentions(f"{term.upper()}.", LEXICON)]
        != [(name, group)]
    ]

    assert wrong == []


def test_every_term_is_read_in_the_plural() -> None:
    wrong = [
        (term, name)
        for term, name, _ in TERMS
        if [
            mention.entity
            for mention in read_mentions(" ".join((*phrase(term)[:-1], plural(phrase(term)[-1]))), LEXICON)
        ]
        != [name]
    ]

    assert wrong == []


def test_the_digest_is_that_of_the_content() -> None:
    assert load_lexicon().digest == LEXICON.digest
    assert len(LEXICON.digest) == 64


def test_entries_may_go_on_in_indented_lines_and_hold_a_quoted_comma() -> None:
    text = '# a comment\n\nends: but, ",",\n  "," a\nheart:\n'

    assert parse_entries(text) == {"ends": ("but", ",", ", a"), "heart": ()}


@pytest.mark.parametrize(("text", "said"), [("lung", "not an entry"), ("lung: a\nlung: b", "comes twice")])
def test_a_file_that_is_no_lexicon_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_entries(text)
