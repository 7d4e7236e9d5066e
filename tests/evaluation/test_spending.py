"""Spending: sums over what answers say, in which unknown is not zero."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output import Timing, Usage
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.evaluation.spending import Amount, cost_of, judge_spending_of, spending_of
from tests.evaluation.records import plan, record

if TYPE_CHECKING:
    from medgen_pytest.domain.result import NotAsked, Status


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


@pytest.mark.parametrize(("said", "total"), [(None, 0.0), (0.5, 0.5)])
def test_an_answer_of_a_model_that_is_free_cost_nothing_unless_it_says_so(said: float | None, total: float) -> None:
    answers = [answer(1, model="mine", usage=Usage(cost=said)), answer(2, model="mine"), answer(1, model="other")]

    mine, other = spending_of(answers, free={"mine"})

    assert (mine.cost, other.cost) == (Amount(total, 2), Amount(None, 0))
    assert mine.says_anything == bool(said)


def test_a_model_that_is_free_and_was_not_asked_says_no_cost() -> None:
    (found,) = spending_of([answer(1, model="mine", not_asked="budget")], free={"mine"})

    assert (found.asked, found.cost) == (0, Amount(None, 0))


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


def said(
    cost: float | None = 0.5,
    *,
    judge: str = "judge",
    replicate: int = 0,
    finished: str = "10:00",
    overall: float | None = 8.0,
    output: str = "o1",
) -> Judgement:
    return Judgement(
        judge=judge,
        tier="with_reference",
        replicate=replicate,
        overall=overall,
        usage=Usage(input_tokens=100, cost=cost),
        timing=Timing(requests=2, first_try=1.0, working=3.0, waiting=0.25),
        digests={"judge": "j", "rubric": "r", "output": output, "sample": "s"},
        finished=finished,
    )


def judged(*judgements: Judgement, number: int = 1, cost: float | None = None) -> SampleResult:
    usage = Usage(cost=cost) if cost is not None else None
    return replace(answer(number, usage=usage), judgements=judgements)


def test_judgements_are_summed_by_judge_errors_included() -> None:
    found = judge_spending_of(
        [
            judged(said(0.5, judge="b"), said(0.25, judge="a"), number=1),
            judged(said(None, judge="b", overall=None), said(0.25, judge="a"), number=2),
        ]
    )

    assert [(one.model, one.asked) for one in found] == [("a", 2), ("b", 2)]
    a, b = found
    assert (a.cost, b.cost) == (Amount(0.5, 2), Amount(0.5, 1))
    assert (b.input_tokens, b.requests, b.working, b.waiting) == (
        Amount(200, 2),
        Amount(4, 2),
        Amount(6.0, 2),
        Amount(0.5, 2),
    )
    assert b.first_try_within(0.5) == 1.0


def test_answers_that_nobody_judged_cost_no_judge_anything() -> None:
    assert judge_spending_of([answer(1, usage=Usage(cost=0.5))]) == []


def test_a_judge_that_does_not_say_what_it_costs_is_not_free() -> None:
    (found,) = judge_spending_of([judged(said(None))])

    assert found.cost == Amount(None, 0)


def test_a_judgement_that_stands_in_several_records_is_paid_for_once() -> None:
    first, second = said(replicate=0), said(replicate=1, finished="10:01")

    (found,) = judge_spending_of([judged(first), judged(first, second)])

    assert (found.asked, found.cost) == (2, Amount(1.0, 2))


def test_a_judgement_is_the_same_one_after_it_was_stored() -> None:
    fresh = judged(said())
    stored = SampleResult.from_dict(json.loads(json.dumps(fresh.to_dict())))

    (found,) = judge_spending_of([fresh, stored])

    assert found.asked == 1


@pytest.mark.parametrize(
    "again",
    [
        judged(said(finished="11:00")),
        judged(said(output="o2")),
        judged(said(replicate=1)),
        judged(said(), number=2),
    ],
    ids=["asked again", "of another output", "another repeat", "of another sample"],
)
def test_a_judgement_that_was_asked_for_again_is_paid_for_again(again: SampleResult) -> None:
    (found,) = judge_spending_of([judged(said(None, overall=None)), again])

    assert found.asked == 2


def test_the_cost_of_a_run_holds_answers_and_judgements() -> None:
    assert cost_of([judged(said(0.5), cost=0.25), answer(2, usage=Usage(cost=1.0))]) == 1.75


def test_of_records_that_were_judged_anew_the_judgements_count_and_the_answers_do_not() -> None:
    before = judged(said(0.5), cost=0.25)
    after = judged(said(0.75, finished="11:00"), cost=0.25)

    assert cost_of([after], rejudged=[before]) == 0.25 + 0.5 + 0.75
    assert cost_of([after], rejudged=[after]) == 0.25 + 0.75


COSTS = st.lists(st.integers(0, 8).map(lambda eighths: eighths / 8), max_size=6)


@given(COSTS, st.lists(st.integers(0, 5), max_size=8))
def test_whatever_records_hold_them_each_judgement_is_paid_for_once(costs: list[float], shown: list[int]) -> None:
    made = [said(cost, replicate=number) for number, cost in enumerate(costs)]
    records = [judged(*made), *(judged(*made[:number]) for number in shown)]

    assert cost_of(records[:1], rejudged=records[1:]) == sum(costs)
