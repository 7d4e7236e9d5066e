"""Outcomes: what a record means under a profile."""

from __future__ import annotations

import math

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.evaluation.case import ACCURACY, judge_cases
from medgen_pytest.evaluation.outcome import Miss, Outcome, decide, decide_metrics
from tests.evaluation.records import PROFILE, by_key, plan, record

EDIT = plan(Task.NOISE_RECONSTRUCTION)
GENERATION = plan(Task.ORGANIC_REMOVAL)
CHOICE = plan(Task.MULTIPLE_CHOICE)


def test_a_sample_that_meets_all_thresholds_is_accurate() -> None:
    verdict = decide(record(EDIT, ssim=0.7, psnr=28.0), PROFILE)

    assert (verdict.outcome, verdict.misses, verdict.reason) == (Outcome.ACCURATE, (), None)


def test_a_sample_that_misses_one_threshold_is_inaccurate_and_says_by_how_much() -> None:
    verdict = decide(record(EDIT, ssim=0.61, psnr=31.0), PROFILE)

    assert verdict.outcome is Outcome.INACCURATE
    assert verdict.misses == (Miss(metric="ssim", value=0.61, threshold=0.7, sign=">="),)
    assert verdict.reason == "ssim 0.61, needs >= 0.7"


def test_every_missed_threshold_is_named_in_the_order_of_the_profile() -> None:
    verdict = decide(record(GENERATION, bleu=0.0, psnr=12.3456, ssim=0.1), PROFILE)

    assert [miss.metric for miss in verdict.misses] == ["ssim", "psnr", "bleu"]
    assert verdict.reason == "ssim 0.1, needs >= 0.7; psnr 12.35, needs >= 28; bleu 0, needs >= 0.09"


def test_a_metric_that_is_not_required_does_not_decide() -> None:
    verdict = decide(record(CHOICE, exact_match=1.0, bleu=0.0, token_f1=0.0), PROFILE)

    assert verdict.outcome is Outcome.ACCURATE


def test_a_perfect_image_meets_a_threshold_by_an_infinite_score() -> None:
    assert decide(record(EDIT, ssim=1.0, psnr=math.inf), PROFILE).outcome is Outcome.ACCURATE


def test_an_unusable_answer_is_invalid_with_its_reason() -> None:
    verdict = decide(record(EDIT, status="invalid", reason="the image is blank"), PROFILE)

    assert (verdict.outcome, verdict.reason) == (Outcome.INVALID, "the image is blank")


def test_an_unusable_answer_is_invalid_even_if_its_image_is_perfect() -> None:
    result = record(GENERATION, status="invalid", reason="the text is empty", ssim=1.0, psnr=40.0, bleu=None)

    verdict = decide(result, PROFILE)

    assert (verdict.outcome, verdict.reason) == (Outcome.INVALID, "the text is empty")
    assert decide_metrics(result, ["ssim", "bleu"], PROFILE) == {"ssim": Outcome.ACCURATE, "bleu": Outcome.INVALID}


def test_a_model_that_did_not_answer_is_an_error_with_its_reason() -> None:
    verdict = decide(record(EDIT, status="error", reason="ConnectionError: refused"), PROFILE)

    assert (verdict.outcome, verdict.reason) == (Outcome.ERROR, "ConnectionError: refused")


def test_a_required_metric_without_a_value_is_an_error_not_a_miss() -> None:
    verdict = decide(record(EDIT, ssim=None, psnr=31.0), PROFILE)

    assert (verdict.outcome, verdict.misses) == (Outcome.ERROR, ())
    assert verdict.reason == "ssim is unscored: it broke"


def test_a_required_metric_that_was_not_computed_is_an_error() -> None:
    verdict = decide(record(EDIT, psnr=31.0), PROFILE)

    assert (verdict.outcome, verdict.reason) == (Outcome.ERROR, "ssim is unscored: it was not computed")


def test_a_required_metric_that_is_not_a_number_is_an_error() -> None:
    verdict = decide(record(EDIT, ssim=math.nan, psnr=31.0), PROFILE)

    assert (verdict.outcome, verdict.reason) == (Outcome.ERROR, "ssim is unscored: no reason was given")


def test_an_unscored_metric_makes_an_error_even_if_another_is_missed() -> None:
    verdict = decide(record(EDIT, ssim=0.1, psnr=None), PROFILE)

    assert (verdict.outcome, verdict.reason) == (Outcome.ERROR, "psnr is unscored: it broke")


def test_a_metric_that_is_not_required_may_be_unscored() -> None:
    assert decide(record(CHOICE, exact_match=1.0, bleu=None), PROFILE).outcome is Outcome.ACCURATE


@pytest.mark.parametrize(
    ("status", "value", "outcome"),
    [
        ("answered", 0.7, Outcome.ACCURATE),
        ("answered", 0.69, Outcome.INACCURATE),
        ("answered", None, Outcome.ERROR),
        ("answered", math.nan, Outcome.ERROR),
        ("invalid", 0.9, Outcome.ACCURATE),
        ("invalid", 0.2, Outcome.INACCURATE),
        ("invalid", None, Outcome.INVALID),
        ("error", 0.9, Outcome.ACCURATE),
        ("error", None, Outcome.ERROR),
    ],
)
def test_the_outcome_of_a_metric_is_its_score_or_who_is_to_blame(
    status: str, value: float | None, outcome: Outcome
) -> None:
    result = record(EDIT, status=status, ssim=value)  # type: ignore[arg-type]  # the table holds statuses

    assert decide_metrics(result, ["ssim"], PROFILE) == {"ssim": outcome}


def test_a_lower_threshold_decides_the_same_record_otherwise() -> None:
    result = record(EDIT, ssim=0.61, psnr=31.0)

    lenient = PROFILE.override(thresholds={"ssim": 0.6})

    assert decide(result, PROFILE).outcome is Outcome.INACCURATE
    assert decide(result, lenient).outcome is Outcome.ACCURATE


def test_cases_follow_the_plan_and_a_sample_without_record_is_missing() -> None:
    planned = [plan(number=2), plan(number=1), plan(Task.MULTIPLE_CHOICE)]
    results = by_key([record(planned[1], ssim=0.9, psnr=30.0), record(plan(number=9), ssim=0.9, psnr=30.0)])

    cases = judge_cases(planned, results, PROFILE)

    assert [case.planned for case in cases] == planned
    assert [case.verdict.outcome for case in cases] == [Outcome.MISSING, Outcome.ACCURATE, Outcome.MISSING]
    assert cases[0].metrics == {"ssim": Outcome.MISSING, "psnr": Outcome.MISSING}
    assert cases[2].metrics == {"bleu": Outcome.MISSING, "exact_match": Outcome.MISSING}
    assert cases[0].verdict.reason == "planned, but never finished"


def test_a_case_knows_its_outcome_under_accuracy_and_under_each_metric() -> None:
    planned = plan()
    (case,) = judge_cases([planned], by_key([record(planned, ssim=0.9, psnr=20.0)]), PROFILE)

    found = {name: case.outcome_of(name) for name in (ACCURACY, "ssim", "psnr", "bleu")}

    assert found == {
        ACCURACY: Outcome.INACCURATE,
        "ssim": Outcome.ACCURATE,
        "psnr": Outcome.INACCURATE,
        "bleu": None,
    }


def test_a_metric_without_a_threshold_has_no_outcome() -> None:
    planned = plan(Task.QUESTION_ANSWERING)
    (case,) = judge_cases([planned], by_key([record(planned, bleu=0.5, token_f1=0.4)]), PROFILE)

    assert case.outcome_of("token_f1") is None
