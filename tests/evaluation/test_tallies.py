"""Tallies: counts of outcomes and the rates made of them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.tally import Tally

OUTCOMES = st.lists(st.sampled_from(Outcome), max_size=40)
TALLIES = OUTCOMES.map(Tally.of)


def test_rates_have_the_planned_and_the_judged_samples_as_denominators() -> None:
    tally = Tally(accurate=6, inaccurate=1, invalid=1, error=1, missing=1)

    assert (tally.planned, tally.judged) == (10, 8)
    assert (tally.rate, tally.rate_of_judged) == (0.6, 0.75)
    assert (tally.best_rate, tally.error_rate) == (0.8, 0.1)


def test_without_samples_there_is_no_rate() -> None:
    tally = Tally.of([])

    assert (tally.rate, tally.rate_of_judged, tally.best_rate, tally.error_rate) == (None, None, None, None)


def test_without_judged_samples_the_rate_of_judged_is_unknown() -> None:
    tally = Tally(error=2, missing=1)

    assert (tally.rate, tally.rate_of_judged, tally.best_rate) == (0.0, None, 1.0)


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_is_counted_under_its_name(outcome: Outcome) -> None:
    tally = Tally.of([outcome, outcome])

    assert {name: getattr(tally, name) for name in Tally.__slots__} == {
        other.value: 2 if other is outcome else 0 for other in Outcome
    }


@settings(deadline=None)
@given(OUTCOMES)
def test_counts_add_up_to_the_planned_samples(outcomes: list[Outcome]) -> None:
    tally = Tally.of(outcomes)

    assert tally.planned == len(outcomes)
    assert tally.judged == tally.planned - tally.error - tally.missing
    assert Tally.from_counts(Counter(outcomes)) == tally


@settings(deadline=None)
@given(TALLIES)
def test_rates_lie_between_zero_and_one_in_order(tally: Tally) -> None:
    if tally.rate is None or tally.best_rate is None:
        assert tally.planned == 0
        return

    assert 0 <= tally.rate <= tally.best_rate <= 1
    if tally.rate_of_judged is not None:
        assert tally.rate <= tally.rate_of_judged <= tally.best_rate or tally.judged < tally.planned


@settings(deadline=None)
@given(OUTCOMES)
def test_the_order_of_outcomes_does_not_matter(outcomes: list[Outcome]) -> None:
    assert Tally.of(sorted(outcomes)) == Tally.of(outcomes)


@settings(deadline=None)
@given(OUTCOMES)
def test_a_lost_sample_never_raises_the_rate(outcomes: list[Outcome]) -> None:
    before = Tally.of([*outcomes, Outcome.INACCURATE])

    for lost in (Outcome.ERROR, Outcome.MISSING, Outcome.INVALID):
        assert Tally.of([*outcomes, lost]).rate == before.rate


def test_a_tally_is_plain_values_for_reports() -> None:
    assert Tally(accurate=1, inaccurate=2, error=1).to_dict() == {
        "planned": 4,
        "judged": 3,
        "accurate": 1,
        "inaccurate": 2,
        "invalid": 0,
        "error": 1,
        "missing": 0,
        "accuracy_rate": 0.25,
        "accuracy_rate_of_judged": 1 / 3,
    }
