"""The formulas of the clinical entity metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.clinical import agreement
from medgen_pytest.metrics.clinical.reading import Statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.metrics.clinical.polarity import Polarity
    from medgen_pytest.metrics.making import Measured

    Formula = Callable[["Sets", "Sets"], Measured]

Sets = frozenset[Statement]
FORMULAS = [
    agreement.entity_precision,
    agreement.entity_recall,
    agreement.entity_f1,
    agreement.hallucination_rate,
    agreement.omission_rate,
    agreement.factual_precision,
]
POLARITIES: list[Polarity] = ["present", "absent", "uncertain"]
STATEMENTS = st.builds(Statement, st.sampled_from("abcde"), st.sampled_from(POLARITIES))
ANY = st.frozensets(STATEMENTS, max_size=8)
SOME = ANY.filter(bool)
EMPTY: Sets = frozenset()


def said(text: str) -> Sets:
    """Statements in short: `a` is present, `-a` absent, `?a` uncertain."""
    signs: dict[str, Polarity] = {"-": "absent", "?": "uncertain"}
    return frozenset(Statement(word.lstrip("-?"), signs.get(word[0], "present")) for word in text.split())


def confusion(preds: Sets, target: Sets) -> tuple[float, float, float]:
    """Precision, recall and F1 by counting one statement after the other."""
    hits = misses = extras = 0
    for statement in sorted(preds | target):
        if statement in preds and statement in target:
            hits += 1
        elif statement in target:
            misses += 1
        else:
            extras += 1
    precision = hits / (hits + extras) if hits + extras else 0.0
    recall = hits / (hits + misses)
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


@given(ANY, SOME)
def test_precision_recall_and_f1_are_those_of_a_count(preds: Sets, target: Sets) -> None:
    values = [formula(preds, target).value for formula in FORMULAS[:3]]

    assert values == pytest.approx(confusion(preds, target), abs=1e-15)


@pytest.mark.parametrize("formula", FORMULAS)
@given(preds=ANY, target=SOME)
def test_every_value_lies_between_zero_and_one(formula: Formula, preds: Sets, target: Sets) -> None:
    assert 0 <= formula(preds, target).value <= 1


@given(SOME)
def test_a_text_agrees_with_itself(statements: Sets) -> None:
    values = [formula(statements, statements).value for formula in FORMULAS]

    assert values == [1, 1, 1, 0, 0, 1]


@given(SOME, SOME)
def test_the_precision_of_one_is_the_recall_of_the_other_and_f1_is_symmetric(first: Sets, second: Sets) -> None:
    assert agreement.entity_precision(first, second).value == agreement.entity_recall(second, first).value
    assert agreement.entity_f1(first, second) == agreement.entity_f1(second, first)
    assert agreement.hallucination_rate(first, second).value == agreement.omission_rate(second, first).value


@given(ANY, SOME, st.sampled_from("xyz"))
def test_asserting_what_the_reference_does_not_know_never_lowers_hallucination(
    preds: Sets, target: Sets, entity: str
) -> None:
    before = agreement.hallucination_rate(preds, target).value

    assert agreement.hallucination_rate(preds | {Statement(entity, "present")}, target).value >= before


@given(ANY, SOME, st.sampled_from("xyz"), st.sampled_from(POLARITIES))
def test_entities_that_the_reference_does_not_speak_of_leave_factual_precision_alone(
    preds: Sets, target: Sets, entity: str, polarity: Polarity
) -> None:
    more = preds | {Statement(entity, polarity)}

    assert agreement.factual_precision(more, target) == agreement.factual_precision(preds, target)


@pytest.mark.parametrize(
    ("preds", "target", "values"),
    [
        # precision, recall, F1, hallucination, omission, factual precision
        ("a b", "a c", (1 / 2, 1 / 2, 1 / 2, 1 / 2, 1 / 2, 1)),
        ("a -b", "a b", (1 / 2, 1 / 2, 1 / 2, 0, 1 / 2, 1 / 2)),
        ("a b", "a -b", (1 / 2, 1 / 2, 1 / 2, 1 / 2, 0, 1 / 2)),
        ("a", "?a", (0, 0, 0, 1, 0, 0)),
        ("?a", "a", (0, 0, 0, 0, 1, 0)),
        ("-a", "-a", (1, 1, 1, 0, 0, 1)),
        ("a -a", "a", (1 / 2, 1, 2 / 3, 0, 0, 1 / 2)),
        ("x", "a", (0, 0, 0, 1, 1, 0)),
        ("", "a", (0, 0, 0, 0, 1, 0)),
    ],
)
def test_the_values_of_known_statements(preds: str, target: str, values: tuple[float, ...]) -> None:
    assert [formula(said(preds), said(target)).value for formula in FORMULAS] == pytest.approx(values)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("preds", [EMPTY, said("a")])
def test_a_reference_without_entities_measures_nothing(formula: Formula, preds: Sets) -> None:
    with pytest.raises(MetricError, match="the reference names no clinical entity"):
        formula(preds, EMPTY)


@pytest.mark.parametrize(
    ("formula", "preds", "target", "note"),
    [
        (agreement.entity_precision, "", "a", agreement.NO_ENTITY),
        (agreement.entity_recall, "", "a", agreement.NO_ENTITY),
        (agreement.entity_f1, "", "a", agreement.NO_ENTITY),
        (agreement.hallucination_rate, "-a ?b", "a", agreement.NONE_ASSERTED),
        (agreement.omission_rate, "a", "-a ?b", agreement.NONE_TO_OMIT),
        (agreement.factual_precision, "x", "a", agreement.NONE_IN_COMMON),
    ],
)
def test_a_share_of_nothing_has_a_note(formula: Formula, preds: str, target: str, note: str) -> None:
    assert formula(said(preds), said(target)).notes == (note,)
