"""Gates on mean scores: what samples without a score count as, and when they leave a gate open."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.evaluation.gates import parse_gate
from tests.evaluation.gating import ERROR, INVALID, MISSING, Ending, cases_with, decide


@pytest.mark.parametrize(
    ("text", "endings", "status", "reason"),
    [
        ("all/ssim mean >= 0.7", [0.6, 0.8], "holds", "0.7000 (mean of 2 scores)"),
        ("all/ssim mean > 0.7", [0.6, 0.8], "breached", "0.7000 (mean of 2 scores)"),
        ("all/ssim mean <= 0.7", [0.6, 0.8], "holds", "0.7000 (mean of 2 scores)"),
        ("all/psnr mean >= 30", [20.0, 41.5], "holds", "30.7500 (mean of 2 scores)"),
        ("all/psnr mean >= 30", [20.0, math.inf], "holds", "inf (mean of 2 scores)"),
        # An unusable answer is the model's fault: it has the worst score that there is.
        ("all/ssim mean >= 0.1", [0.6, INVALID], "breached", "-0.2000 (mean of 1 score, 1 unusable answer as -1)"),
        ("all/psnr mean >= 15", [30.0, INVALID], "holds", "15.0000 (mean of 1 score, 1 unusable answer as 0)"),
        # What was lost could not have saved it.
        ("all/ssim mean >= 0.9", [0.6, ERROR], "breached", "0.6000 (mean of 1 score of 2 samples)"),
        ("all/ssim mean >= 0.9", [0.6, MISSING], "breached", "0.6000 (mean of 1 score of 2 samples)"),
        (
            "all/ssim mean >= 0.7",
            [0.6, MISSING],
            "incomplete",
            "0.6000 (mean of 1 score of 2 samples); 1 planned sample never finished",
        ),
        (
            "all/ssim mean >= 0.7",
            [0.6, ERROR],
            "inconclusive",
            "0.6000 (mean of 1 score of 2 samples); 1 error, more than the 0.00% allowed",
        ),
        ("all/ssim mean >= 0.7", [ERROR], "inconclusive", "no score; 1 error, more than the 0.00% allowed"),
    ],
)
def test_a_mean_is_looked_at_from_both_ends(text: str, endings: list[Ending], status: str, reason: str) -> None:
    verdict = decide(text, cases_with(endings, metric=parse_gate(text).metric))

    assert (verdict.status.value, verdict.reason) == (status, reason)


@pytest.mark.parametrize(
    ("bound", "status", "reason"),
    [
        ("-0.3", "holds", "0.6000 (mean of 1 score of 2 samples); 1 error"),
        (
            "0.5",
            "inconclusive",
            "0.6000 (mean of 1 score of 2 samples); anything from -0.2000 to 0.8000 but for 1 error",
        ),
        ("0.9", "breached", "0.6000 (mean of 1 score of 2 samples)"),
    ],
)
def test_errors_that_are_allowed_may_have_had_any_score(bound: str, status: str, reason: str) -> None:
    verdict = decide(f"all/ssim mean >= {bound}", cases_with([0.6, ERROR]), max_error_rate=0.5)

    assert (verdict.status.value, verdict.reason) == (status, reason)


@pytest.mark.parametrize(
    ("text", "endings", "status"),
    [
        ("all/lpips mean <= 0.5", [0.25, 0.75], "holds"),
        ("all/lpips mean <= 0.4", [0.25, 0.75], "breached"),
        # No score of this metric is the worst: an unusable answer leaves the gate open, unless it misses it anyway.
        ("all/lpips mean <= 0.5", [0.25, INVALID], "inconclusive"),
        ("all/lpips mean <= 0.5", [0.75, INVALID], "breached"),
        ("all/lpips mean <= 0.5", [INVALID], "inconclusive"),
    ],
)
def test_a_metric_without_a_worst_score_leaves_unusable_answers_open(
    text: str, endings: list[Ending], status: str
) -> None:
    assert decide(text, cases_with(endings, metric="lpips")).status.value == status


def test_the_reason_says_why_an_unusable_answer_leaves_it_open() -> None:
    verdict = decide("all/lpips mean <= 0.5", cases_with([0.25, INVALID], metric="lpips"))

    assert verdict.reason.endswith("; an unusable answer has no score, and lpips no worst one")


@pytest.mark.parametrize(("aggregate", "mean"), [("mean", 0.4), ("all", 0.3), ("any", 0.5)])
def test_a_sample_with_repeats_has_one_score(aggregate: str, mean: float) -> None:
    verdict = decide("all/ssim mean >= 0", cases_with([0.2, 0.6, 0.4, 0.4], repeats=2), aggregate=aggregate)

    assert verdict.measured == pytest.approx(mean)
    assert verdict.reason == f"{mean:.4f} (mean of 2 scores)"


def test_an_error_of_one_repeat_is_one_of_its_sample() -> None:
    verdict = decide("all/ssim mean >= 0", cases_with([0.2, ERROR, 0.4, 0.4], repeats=2))

    assert verdict.reason == "0.4000 (mean of 1 score of 2 samples); 1 error, more than the 0.00% allowed"


def test_a_metric_without_a_threshold_has_a_mean() -> None:
    verdict = decide("all/ms_ssim mean >= 0.5", cases_with([0.5, 0.7], metric="ms_ssim"))

    assert (verdict.status.value, verdict.measured) == ("holds", 0.6)


def test_too_few_scores_are_inconclusive() -> None:
    verdict = decide("all/ssim mean >= 0.5", cases_with([0.6, 0.8]), min_samples=3)

    assert verdict.reason == "0.7000 (mean of 2 scores); fewer than 3 judged samples"


ENDINGS = st.lists(
    st.floats(min_value=-1, max_value=1) | st.sampled_from([INVALID, ERROR, MISSING]), min_size=1, max_size=12
)


@settings(deadline=None)
@given(ENDINGS, st.floats(min_value=-1, max_value=1), st.sampled_from([">=", "<="]))
def test_a_mean_that_holds_with_errors_holds_whatever_they_would_have_been(
    endings: list[Ending], score: float, sign: str
) -> None:
    text = f"all/ssim mean {sign} 0.25"
    before = decide(text, cases_with(endings), max_error_rate=1.0)

    after = decide(text, cases_with([score if one == ERROR else one for one in endings]), max_error_rate=1.0)

    assert before.status.value != "holds" or after.status.value == "holds"
    assert before.status.value != "breached" or after.status.value == "breached"
