"""Judging, summed up: who was judged, how sure the judges were, how far they agree, and what the outputs tried."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.judgement import JUDGE_METRICS, Judgement
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.evaluation.agreement import krippendorff_alpha
from medgen_pytest.evaluation.case import judge_cases
from medgen_pytest.evaluation.judging import JudgingSummary, is_uncertain, margin_of, summarise_judging
from medgen_pytest.evaluation.profile import load_profile
from tests.evaluation.records import by_key, plan, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.result import SampleResult

PROFILE = load_profile("medgen-2026.08", root=Path())
WITH, WITHOUT = JUDGE_METRICS["with_reference"], JUDGE_METRICS["without_reference"]
THRESHOLD = 8.0
MARKS = st.integers(2, 20).map(lambda halves: halves / 2)


def said(  # noqa: PLR0913 - each is one fact of a judgement, and all have a default
    overall: float | None = 9.0,
    *,
    judge: str = "judge",
    tier: Tier = "with_reference",
    replicate: int = 0,
    swapped: bool = False,
    steering: tuple[str, ...] = (),
    repaired: bool = False,
) -> Judgement:
    return Judgement(
        judge=judge,
        tier=tier,
        replicate=replicate,
        swapped=swapped,
        overall=overall,
        reason="down" if overall is None else None,
        steering=steering,
        repaired=repaired,
    )


def repeats(*marks: float | None, judge: str = "judge") -> list[Judgement]:
    return [said(mark, judge=judge, replicate=number) for number, mark in enumerate(marks)]


def judged(
    *judgements: Judgement, number: int = 1, model: str = "my-vlm", repeat: int = 0, **scores: float | None
) -> SampleResult:
    """An answer of which judges said this; `scores` are those by tier, by default the mean with reference."""
    known = [one.overall for one in judgements if one.overall is not None]
    mean = sum(known) / len(known) if len(known) == len(judgements) and known else None
    values = {JUDGE_METRICS[tier]: value for tier, value in (scores or {"with_reference": mean}).items()}  # type: ignore[index]  # tiers
    planned = plan(Task.QUESTION_ANSWERING, number=number, model=model, repeat=repeat)
    made = record(planned, bleu=0.5)
    judge_scores = {
        name: Score(metric=name, value=value, direction="higher", convention=f"{name}/test@1", reason="no")
        for name, value in values.items()
    }
    return replace(made, judgements=judgements, scores={**made.scores, **judge_scores})


def facts(*tiers: Tier, margin: float = 0.0) -> Mapping[str, object]:
    return {"judge": {"tiers": list(tiers or ("with_reference",)), "margin": margin}}


def summaries(
    *results: SampleResult, told: Mapping[str, object] | None = None, threshold: float | None = THRESHOLD
) -> list[JudgingSummary]:
    planned = [
        plan(result.task, number=int(result.sample_id[-6:]), model=result.model, repeat=result.repeat)
        for result in results
    ]
    thresholds = {name: value for name, value in PROFILE.thresholds.items() if name not in {WITH, WITHOUT}}
    more = {} if threshold is None else {WITH: threshold, WITHOUT: threshold}
    profile = replace(PROFILE, thresholds={**thresholds, **more})
    cases = judge_cases(planned, by_key(results), profile)
    return summarise_judging(cases, profile=profile, facts=facts() if told is None else told)


def summary(
    *results: SampleResult, told: Mapping[str, object] | None = None, threshold: float | None = THRESHOLD
) -> JudgingSummary:
    (found,) = summaries(*results, told=told, threshold=threshold)
    return found


@pytest.mark.parametrize("told", [{}, {"judge": None}, {"judge": {}}, {"judge": {"tiers": "with_reference"}}])
def test_a_run_that_says_of_no_judge_has_no_summary(told: Mapping[str, object]) -> None:
    assert summaries(judged(said()), told=told) == []


def test_each_model_and_tier_has_a_summary_in_order() -> None:
    results = [judged(said(), model=model) for model in ("b", "a")]

    found = summaries(*results, told=facts("without_reference", "with_reference"))

    assert [(one.model, one.metric) for one in found] == [("a", WITH), ("a", WITHOUT), ("b", WITH), ("b", WITHOUT)]


def test_usable_outputs_are_due_and_those_without_a_score_are_errors() -> None:
    found = summary(
        judged(said(), number=1),
        judged(said(None), number=2),
        judged(number=3, with_reference=None),
        replace(judged(number=4), scores={}),  # never judged: its run was stopped
        replace(judged(said(), number=5), status="invalid"),
        replace(judged(said(), number=6), status="error"),
    )

    assert (found.due, found.scored, found.errors) == (4, 1, 3)
    assert found.error_rate == 0.75


def test_a_score_that_is_not_a_number_is_an_error() -> None:
    found = summary(judged(said(), with_reference=float("nan")))

    assert (found.scored, found.errors) == (0, 1)


def test_a_model_of_which_nothing_is_usable_has_no_summary() -> None:
    assert summaries(replace(judged(said()), status="invalid")) == []


def test_repeats_of_a_model_are_counted_one_by_one() -> None:
    found = summary(judged(said(), repeat=0), judged(said(None), repeat=1))

    assert (found.due, found.scored) == (2, 1)


def test_what_outputs_try_and_what_judges_need_is_counted_by_outputs_and_tier() -> None:
    steered = [said(steering=("score_request",), replicate=number) for number in (0, 1)]
    repaired = [said(repaired=True), said(tier="without_reference", repaired=True, steering=("delimiter",))]

    with_reference, without = summaries(
        judged(*steered, number=1),
        judged(*repaired, number=2, with_reference=9.0, without_reference=9.0),
        judged(said(None, steering=("delimiter",)), number=3),
        told=facts("with_reference", "without_reference"),
    )

    assert (with_reference.steered, with_reference.repaired) == (2, 1)
    assert (without.steered, without.repaired) == (1, 1)


@pytest.mark.parametrize(
    ("marks", "margin", "uncertain"),
    [
        ([9.0], 0.0, False),
        ([8.0], 0.0, False),
        ([9.0, 8.0], 0.0, False),
        ([9.0, 7.5], 0.0, True),
        ([7.5, 7.0], 0.0, False),
        ([8.25], 0.5, True),
        ([7.75], 0.5, True),
        ([8.5], 0.5, False),
        ([8.0], 0.5, True),
        ([3.0], 4.9, False),
        ([3.0], 5.1, True),
    ],
)
def test_a_score_is_uncertain_between_both_sides_of_the_threshold_and_nearer_to_it_than_the_margin(
    marks: list[float], margin: float, *, uncertain: bool
) -> None:
    result = judged(*repeats(*marks))

    assert is_uncertain(result, WITH, threshold=THRESHOLD, margin=margin) is uncertain
    assert summary(result, told=facts(margin=margin)).uncertain == uncertain


def test_judges_who_differ_make_a_score_uncertain_as_repeats_do() -> None:
    result = judged(said(9.0, judge="a"), said(6.0, judge="b"))

    assert is_uncertain(result, WITH, threshold=THRESHOLD, margin=0.0)


def test_what_was_said_of_the_other_tier_does_not_count() -> None:
    result = judged(said(9.0), said(2.0, tier="without_reference"), with_reference=9.0, without_reference=2.0)

    assert not is_uncertain(result, WITH, threshold=THRESHOLD, margin=0.0)


@pytest.mark.parametrize(
    ("result", "threshold"),
    [
        (judged(*repeats(9.0, 2.0)), None),
        (judged(*repeats(9.0, None)), THRESHOLD),
        (replace(judged(*repeats(9.0, 2.0)), scores={}), THRESHOLD),
    ],
    ids=["no threshold", "unscored", "no score"],
)
def test_without_a_score_or_a_threshold_nothing_is_uncertain(result: SampleResult, threshold: float | None) -> None:
    assert not is_uncertain(result, WITH, threshold=threshold, margin=5.0)


@given(st.lists(MARKS, min_size=1, max_size=5), MARKS)
def test_without_a_margin_exactly_those_are_uncertain_whose_judgements_differ_in_their_verdicts(
    marks: list[float], threshold: float
) -> None:
    verdicts = {mark >= threshold for mark in marks}

    found = is_uncertain(judged(*repeats(*marks)), WITH, threshold=threshold, margin=0.0)

    assert found == (len(verdicts) == 2)


@given(st.lists(MARKS, min_size=1, max_size=5), MARKS, st.floats(0, 3), st.floats(0, 3))
def test_a_wider_margin_never_makes_a_score_certain(
    marks: list[float], threshold: float, margin: float, more: float
) -> None:
    result = judged(*repeats(*marks))

    narrow = is_uncertain(result, WITH, threshold=threshold, margin=margin)
    wide = is_uncertain(result, WITH, threshold=threshold, margin=margin + more)

    assert wide or not narrow


@pytest.mark.parametrize(
    ("told", "margin"),
    [
        ({"judge": {"margin": 0.25}}, 0.25),
        ({"judge": {"margin": 1}}, 1.0),
        ({"judge": {"margin": "wide"}}, 0.0),
        ({"judge": {}}, 0.0),
        ({"judge": "gpt"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_margin_is_that_of_the_run(told: Mapping[str, object], margin: float) -> None:
    assert margin_of(told) == margin


def test_the_shift_of_order_is_the_mean_over_outputs_that_were_shown_in_both() -> None:
    both = [
        judged(said(9.0, swapped=True), said(8.0), number=1),
        judged(said(5.0, swapped=True), said(6.0, replicate=1), said(4.0), number=2),
    ]
    half = [judged(said(1.0), said(None, swapped=True), number=3), judged(said(10.0, swapped=True), number=4)]

    assert summary(*both, *half).order_shift == pytest.approx((1.0 + 0.0) / 2)
    assert summary(*half).order_shift is None


TABLE = {"a": [9.0, 4.0, 8.0, 2.0], "b": [8.0, 5.0, 9.0, 3.0]}


def panel(table: Mapping[str, Sequence[float | None]]) -> list[SampleResult]:
    return [
        judged(*(said(marks[place], judge=judge) for judge, marks in table.items()), number=place + 1)
        for place in range(len(next(iter(table.values()))))
    ]


def test_the_agreement_of_judges_is_that_of_their_scores() -> None:
    found = summary(*panel(TABLE))

    assert found.judges is not None
    assert found.judges.raters == ("a", "b")
    assert found.judges.threshold == THRESHOLD
    assert found.judges.alpha == krippendorff_alpha(list(zip(TABLE["a"], TABLE["b"], strict=True)))
    (pair,) = found.judges.pairs
    assert (pair.items, pair.same_verdict, pair.difference) == (4, 1.0, -0.5)


def test_each_judge_has_one_score_of_an_output_the_mean_of_its_repeats() -> None:
    results = [
        judged(*repeats(mark - 1, mark + 1, judge="a"), *repeats(other, other, judge="b"), number=number)
        for number, (mark, other) in enumerate(zip(TABLE["a"], TABLE["b"], strict=True), start=1)
    ]

    once, repeated = summary(*panel(TABLE)).judges, summary(*results).judges

    assert once is not None
    assert repeated is not None
    assert repeated.alpha == once.alpha
    assert repeated.pairs == once.pairs


# The mean of three scores of 7.6 would be a little less by rounding, and so another verdict than one score of 7.6.
def test_repeats_that_are_all_the_same_have_the_verdict_of_one() -> None:
    results = [
        judged(*repeats(7.6, 7.6, 7.6, judge="a"), *repeats(7.6, judge="b"), number=1, with_reference=7.6),
        judged(*repeats(3.0, 3.0, 3.0, judge="a"), *repeats(3.0, judge="b"), number=2, with_reference=3.0),
    ]

    judges = summary(*results, threshold=7.6).judges

    assert judges is not None
    assert judges.pairs[0].same_verdict == 1.0


def test_an_error_of_a_judge_is_a_score_that_it_left_out_and_no_disagreement() -> None:
    gaps: dict[str, Sequence[float | None]] = {**TABLE, "b": [None, *TABLE["b"][1:]]}

    judges = summary(*panel(gaps)).judges

    assert judges is not None
    assert judges.pairs[0].items == 3
    assert judges.alpha == krippendorff_alpha(list(zip(gaps["a"], gaps["b"], strict=True)))


def test_one_judge_agrees_with_nobody_and_without_a_threshold_there_are_no_verdicts() -> None:
    assert summary(*panel({"a": TABLE["a"]})).judges is None
    assert summary(*panel(TABLE), threshold=None).judges is None


def test_a_judge_agrees_with_itself_as_far_as_its_repeats_do() -> None:
    wavering: list[list[float | None]] = [[9.0, 6.0], [4.0, 8.0], [7.0, None]]
    results = [
        judged(
            *repeats(*marks, judge="wavering"), *repeats(float(number), float(number), judge="steady"), number=number
        )
        for number, marks in enumerate(wavering, start=1)
    ]

    found = summary(*results).repeats

    assert list(found) == ["steady", "wavering"]
    assert found["steady"].value == pytest.approx(1.0)
    assert found["wavering"] == krippendorff_alpha(wavering)
    assert found["wavering"].items == 2


def test_a_judge_that_is_asked_once_says_nothing_of_its_own_agreement() -> None:
    assert summary(judged(said())).repeats == {}


def test_repeats_that_are_all_the_same_everywhere_define_no_agreement_and_say_why() -> None:
    found = summary(judged(*repeats(8.0, 8.0), number=1), judged(*repeats(8.0, 8.0), number=2)).repeats["judge"]

    assert found.value is None
    assert "all ratings are the same" in (found.reason or "")


JUDGEMENTS = st.builds(
    said,
    st.none() | MARKS,
    judge=st.sampled_from("ab"),
    tier=st.sampled_from(["with_reference", "without_reference"]),
    replicate=st.integers(0, 1),
    swapped=st.booleans(),
    steering=st.sampled_from([(), ("delimiter",)]),
    repaired=st.booleans(),
)


@settings(deadline=None)  # the first of them loads what measures agreement
@given(st.lists(st.lists(JUDGEMENTS, max_size=4, unique_by=lambda one: one.slot), min_size=1, max_size=5), MARKS)
def test_whatever_judges_say_the_counts_add_up_and_are_plain_json(
    told: list[list[Judgement]], threshold: float
) -> None:
    results = [judged(*judgements, number=number) for number, judgements in enumerate(told, start=1)]

    for found in summaries(*results, told=facts("with_reference", "without_reference"), threshold=threshold):
        assert found.due == found.scored + found.errors == len(results)
        assert 0 <= found.uncertain <= found.scored
        assert max(found.steered, found.repaired) <= found.due
        data: Any = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert (data["due"], data["errors"], data["error_rate"]) == (found.due, found.errors, found.error_rate)
        assert set(data["repeats"]) == set(found.repeats)
