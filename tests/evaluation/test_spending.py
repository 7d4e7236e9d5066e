"""Spending: sums over what answers say, in which unknown is not zero."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.output import Timing, Usage
from medgen_pytest.domain.result import StoredOutput
from medgen_pytest.evaluation.spending import Amount, cost_of, spending_of
from tests.evaluation.records import plan, record

if TYPE_CHECKING:
    from medgen_pytest.domain.result import NotAsked, SampleResult, Status


def answer(  # noqa: PLR0913 - each is one fact of an answer, and all have a default
    number: int = 1,
    *,
    model: str = "m",
    status: Status = "answered",
    not_asked: NotAsked | None = None,
    usage: Usage | None = None,
    timing: Timing | None = None,
    seconds: float | None = None,
) -> SampleResult:
    made = record(plan(number=number, model=model), status=status)
    return replace(made, not_asked=not_asked, output=StoredOutput(usage=usage, timing=timing, seconds=seconds))


def test_amounts_are_summed_over_the_answers_that_say_them() -> None:
    (found,) = spending_of(
        [
            answer(1, usage=Usage(input_tokens=10, cost=0.5), seconds=1.5),
            answer(2, usage=Usage(input_tokens=5, output_tokens=7), seconds=2.0),
            answer(3, seconds=0.5),
        ]
    )

    assert found.asked == 3
    assert found.input_tokens == Amount(15, 2)
    assert found.output_tokens == Amount(7, 1)
    assert found.cost == Amount(0.5, 1)
    assert found.working == Amount(4.0, 3)


def test_what_no_answer_says_is_unknown() -> None:
    (found,) = spending_of([answer(seconds=1.0)])

    assert found.requests == found.images == found.cost == found.waiting == Amount(None, 0)
    assert found.first_try_within(0.5) is None
    assert not found.says_anything


def test_errors_count_with_what_was_paid_for_them_and_samples_that_were_not_asked_do_not() -> None:
    (found,) = spending_of(
        [
            answer(1, status="error", usage=Usage(cost=0.25)),
            answer(2, status="error", not_asked="budget"),
            answer(3, status="error", not_asked="errors"),
        ]
    )

    assert (found.asked, found.cost) == (1, Amount(0.25, 1))


def test_models_stand_apart_in_their_order() -> None:
    found = spending_of([answer(model="b"), answer(model="a"), answer(2, model="b")])

    assert [(one.model, one.asked) for one in found] == [("a", 1), ("b", 2)]


def test_the_cost_of_a_run_is_that_of_all_answers_that_say_it() -> None:
    answers = [answer(1, usage=Usage(cost=0.5)), answer(2), answer(3, usage=Usage(cost=float("nan")))]

    assert cost_of(answers) == 0.5
    assert cost_of([]) == 0.0


def timed(seconds: float) -> SampleResult:
    return answer(timing=Timing(requests=2, first_try=seconds, working=2 * seconds, waiting=0.5))


def test_times_of_requests_are_summed_and_ranked() -> None:
    (found,) = spending_of([timed(seconds) for seconds in range(100, 0, -1)])

    assert found.requests == Amount(200, 100)
    assert found.waiting == Amount(50.0, 100)
    assert (found.first_try_within(0.5), found.first_try_within(0.95), found.first_try_within(1)) == (50, 95, 100)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_share_of_first_tries_is_within_one_of_them(seconds: list[float], share: float) -> None:
    (found,) = spending_of([timed(value) for value in seconds])

    within = found.first_try_within(share)

    assert within in seconds
    assert sum(value <= within for value in seconds) >= share * len(seconds) - 1e-9


def test_one_answer_is_every_percentile() -> None:
    (found,) = spending_of([timed(3.0)])

    assert found.first_try_within(0.5) == found.first_try_within(0.95) == pytest.approx(3.0)
