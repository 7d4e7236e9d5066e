"""Forecasts of judging: how often each judge is asked about outputs that are there and those that are not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.judgement import TIERS, Judgement
from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.sample import Target
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.models.contract import Estimate
from medgen_pytest.runs.judge_forecast import judging_forecast
from tests.judge.asking import Asked, make_bench, says
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.sample import Request, Sample

ANSWER, EDIT = make_sample(Task.QUESTION_ANSWERING), make_sample(Task.NOISE_RECONSTRUCTION)


@dataclass
class Counting(Asked):
    """A judge that expects a token for each character of its prompt, two for its answer, and a price for each."""

    price: float | None = 0.5

    def estimate(self, request: Request) -> Estimate:
        return Estimate(
            images_sent=len(request.inputs), input_tokens=len(request.instruction), output_tokens=2, cost=self.price
        )


def plan(*samples: Sample, models: Sequence[str] = ("m",)) -> list[PlannedSample]:
    return [PlannedSample.of(sample, model=model) for model in models for sample in samples]


def by_id(*samples: Sample) -> Mapping[str, Sample]:
    return {sample.sample_id: sample for sample in samples}


def result_of(sample: Sample, **fields: Any) -> SampleResult:
    return SampleResult(
        model="m",
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        **{"status": "answered", "output": StoredOutput(text="yes"), **fields},
    )


@given(
    tiers=st.sampled_from([TIERS, TIERS[:1], TIERS[1:]]),
    repeats=st.integers(1, 5),
    swap=st.booleans(),
    judges=st.integers(1, 3),
    models=st.integers(1, 2),
)
def test_requests_are_outputs_times_tiers_times_repeats_and_once_more_for_the_other_order(
    tiers: Any, repeats: int, swap: Any, judges: int, models: int
) -> None:
    made = make_bench({f"j{number}": Counting(says()) for number in range(judges)})
    panel = replace(made, tiers=tiers, repeats=repeats, swap=swap)
    planned = plan(ANSWER, EDIT, models=[f"m{number}" for number in range(models)])

    found = judging_forecast(panel, planned, by_id(ANSWER, EDIT), answered={})

    seats = repeats * (len(tiers) + (swap and "with_reference" in tiers))
    assert [one.model for one in found.judges] == [f"j{number}" for number in range(judges)]
    assert {(one.samples, one.requests) for one in found.judges} == {(2 * models, 2 * models * seats)}
    assert {one.cost for one in found.judges} == {models * seats}
    assert (found.rubric, found.tiers, found.repeats, found.swap) == ("medgen-holistic@1", tiers, repeats, swap)


def test_an_answer_is_reckoned_with_its_own_text_and_one_that_is_not_there_with_the_reference() -> None:
    judge, planned = Counting(says()), plan(ANSWER)
    longer = result_of(ANSWER, output=StoredOutput(text=f"{ANSWER.target.text} and more"))

    def tokens(answered: Mapping[Any, SampleResult]) -> int:
        (found,) = judging_forecast(make_bench({"j": judge}), planned, by_id(ANSWER), answered=answered).judges
        assert found.input_tokens is not None
        return found.input_tokens

    assert tokens({longer.key: longer}) - tokens({}) == len(TIERS) * len(" and more")


def test_what_an_answer_has_been_judged_for_is_not_counted_again() -> None:
    court = make_bench({"j": Counting(says())})
    answer = result_of(EDIT)
    first, second = court.seats
    given_one = Judgement(**first._asdict(), overall=8.0, digests=court.digests(first, answer))
    failed = Judgement(**second._asdict(), reason="down", digests=court.digests(second, answer))
    judged, invalid = replace(answer, judgements=(given_one, failed)), result_of(ANSWER, status="invalid", reason="-")
    known = {judged.key: judged, invalid.key: invalid}

    (found,) = judging_forecast(court, plan(ANSWER, EDIT), by_id(ANSWER, EDIT), answered=known).judges

    assert (found.samples, found.finished, found.requests) == (1, 1, 1)


def test_a_sample_without_a_reference_is_judged_without_it_alone() -> None:
    bare = replace(ANSWER, target=Target())

    (found,) = judging_forecast(make_bench({"j": Counting(says())}), plan(bare), by_id(bare), answered={}).judges

    assert (found.samples, found.requests) == (1, 1)


@pytest.mark.parametrize("judge", [Counting(says(), price=None), Asked(says())])
def test_a_cost_that_a_judge_does_not_say_is_unknown_and_its_requests_are_not(judge: Any) -> None:
    (found,) = judging_forecast(make_bench({"j": judge}), plan(EDIT), by_id(EDIT), answered={}).judges

    assert (found.requests, found.images_sent, found.cost) == (2, 4, None)
