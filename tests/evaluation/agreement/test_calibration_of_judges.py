"""What a labelled sample says about a judge."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from medgen_pytest.evaluation.agreement import Confusion, Labelled
from medgen_pytest.evaluation.agreement.bias import measure_bias
from medgen_pytest.evaluation.agreement.calibration import RunCounts, calibrate
from medgen_pytest.evaluation.agreement.proportion import make_proportion
from medgen_pytest.evaluation.agreement.suggestion import suggest_threshold
from tests.evaluation.agreement.labels import make_labelled, make_sample

RUN = {"one": RunCounts(accurate=500, judged=1000)}
NO_BETTER = "on the sample the judge is no better than chance: sensitivity + specificity is not above 1"
CONTRADICTED = (
    "the judge's rate on the run contradicts its error rates on the sample: the corrected rate would be -1.089"
)


@pytest.mark.parametrize(
    ("scores", "accurate", "split"),
    [
        ((8.0,), True, False),
        ((7.9,), False, False),
        ((9.0, 8.0, 3.0), True, False),
        ((9.0, 3.0), False, True),
        ((9.0, None, None), True, False),
        ((None, None), None, False),
    ],
)
def test_more_than_half_of_the_experts_decide(
    scores: tuple[float | None, ...],
    accurate: bool | None,  # noqa: FBT001 - an expected value
    split: bool,  # noqa: FBT001 - an expected value
) -> None:
    sample = make_labelled(5.0, *scores, name="a")

    assert sample.found_accurate(8.0) is accurate
    assert sample.is_split(8.0) is split


@pytest.mark.parametrize("change", [{"judge_score": float("nan")}, {"expert_scores": (float("inf"),)}, {"weight": 0.0}])
def test_a_labelled_sample_holds_finite_numbers(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="'a'"):
        replace(make_labelled(5.0, 6.0, name="a"), **change)  # type: ignore[arg-type]  # the wrong values are the test


def test_the_judge_is_compared_with_the_experts() -> None:
    found = calibrate(make_sample(40, 10, 5, 45), threshold=8.0)

    assert (found.samples, found.unlabelled, found.split) == (100, 0, 0)
    assert found.confusion == Confusion(
        true_accurate=40, false_accurate=10, false_inaccurate=5, true_inaccurate=45, samples=100
    )
    assert found.kappa.value == pytest.approx(0.7, abs=1e-12)
    assert (found.sensitivity.value, found.sensitivity.of) == pytest.approx((40 / 45, 45))
    assert (found.specificity.value, found.specificity.of) == pytest.approx((45 / 55, 55))
    assert found.spearman.value == pytest.approx(0.7035264706814485, abs=1e-12)


def test_the_corrected_rate_is_between_its_ends_and_says_what_it_is_made_of() -> None:
    (rate,) = calibrate(make_sample(40, 10, 5, 45), threshold=8.0, judge_rate_counts=RUN).rates

    assert (rate.model, rate.samples, rate.origin, rate.clipped, rate.reason) == ("one", 100, "run", False, None)
    assert (rate.rate, rate.judge.value) == pytest.approx((0.45, 0.5))
    assert rate.low is not None
    assert rate.high is not None
    assert 0.35 < rate.low < 0.45 < rate.high < 0.55


def test_a_sample_balanced_by_verdict_needs_no_weights_but_may_have_them() -> None:
    cells = (40, 10, 5, 45)
    counts = {"one": RunCounts(accurate=200, judged=1000)}

    (plain,) = calibrate(make_sample(*cells), threshold=8.0, judge_rate_counts=counts).rates
    weighted = calibrate(make_sample(*cells, weights=(4.0, 16.0)), threshold=8.0, judge_rate_counts=counts)

    assert plain.rate == pytest.approx(0.2 * 0.8 + 0.8 * 0.1)
    assert weighted.rates == (plain,)
    # With weights the error rates are those of the run: 160 found and 80 missed of 240.
    assert weighted.sensitivity.value == pytest.approx(2 / 3)
    assert weighted.counted.sensitivity == pytest.approx(40 / 45)


def test_unequal_weights_within_a_verdict_move_the_rate_and_widen_its_interval() -> None:
    sample = make_sample(40, 10, 5, 45)
    uneven = [replace(one, weight=3.0 if place % 2 else 1.0) for place, one in enumerate(sample)]

    (even,) = calibrate(sample, threshold=8.0, judge_rate_counts=RUN).rates
    (found,) = calibrate(uneven, threshold=8.0, judge_rate_counts=RUN).rates

    assert found.rate == pytest.approx(0.5 * (80 / 100) + 0.5 * (9 / 100), abs=1e-12)
    assert (found.high or 0) - (found.low or 0) > (even.high or 0) - (even.low or 0)


def test_a_models_rate_is_corrected_by_its_own_samples_of_the_run_and_by_all_from_elsewhere() -> None:
    own = make_sample(20, 5, 5, 20)
    others = [replace(sample, model="two") for sample in make_sample(25, 0, 0, 25)]

    (here,) = calibrate([*own, *others], threshold=8.0, judge_rate_counts=RUN).rates
    (there,) = calibrate([*own, *others], threshold=8.0, judge_rate_counts=RUN, origin="elsewhere").rates

    assert (here.samples, there.samples) == (50, 100)
    assert here.rate == pytest.approx(0.5)
    assert there.rate == pytest.approx((0.5 - 0.1) / (0.9 - 0.1))


def test_an_estimate_outside_0_to_1_is_clipped_and_says_so() -> None:
    counts = {"one": RunCounts(accurate=150, judged=1000)}

    (rate,) = calibrate(make_sample(40, 10, 5, 45), threshold=8.0, judge_rate_counts=counts, origin="elsewhere").rates

    assert (rate.rate, rate.low, rate.clipped) == (0.0, 0.0, True)
    assert 0 < (rate.high or 0) < 0.2


@pytest.mark.parametrize(
    ("cells", "accurate", "origin", "reason"),
    [
        ((0, 0, 5, 45), 500, "run", "the sample holds no output that the judge finds accurate, the run does"),
        ((40, 5, 0, 0), 500, "run", "the sample holds no output that the judge finds inaccurate, the run does"),
        ((40, 0, 5, 0), 500, "elsewhere", "the sample holds no output that the experts find inaccurate"),
        ((0, 10, 0, 5), 500, "elsewhere", "the sample holds no output that the experts find accurate"),
        ((10, 10, 10, 10), 500, "elsewhere", NO_BETTER),
        ((190, 100, 10, 100), 10, "elsewhere", CONTRADICTED),
        ((), 500, "run", "the sample holds no output that the judge finds accurate, the run does"),
    ],
)  # fmt: skip
def test_where_there_is_no_corrected_rate_it_says_why(
    cells: tuple[int, ...], accurate: int, origin: str, reason: str
) -> None:
    sample = make_sample(*cells) if cells else []
    counts = {"one": RunCounts(accurate=accurate, judged=1000)}

    (rate,) = calibrate(
        sample, threshold=8.0, judge_rate_counts=counts, origin="run" if origin == "run" else "elsewhere"
    ).rates

    assert (rate.rate, rate.low, rate.high, rate.reason) == (None, None, None, reason)


def test_a_run_without_accurate_outputs_needs_none_in_the_sample() -> None:
    counts = {"one": RunCounts(accurate=0, judged=1000)}

    (rate,) = calibrate(make_sample(0, 0, 5, 45), threshold=8.0, judge_rate_counts=counts).rates

    assert rate.rate == pytest.approx(0.1)
    assert 0.03 < (rate.low or 0) < 0.1 < (rate.high or 0) < 0.25


def test_a_sample_that_cannot_be_of_the_run_is_refused() -> None:
    with pytest.raises(ValueError, match="was not drawn from this run"):
        calibrate(
            make_sample(40, 10, 5, 45), threshold=8.0, judge_rate_counts={"one": RunCounts(accurate=30, judged=1000)}
        )


@pytest.mark.parametrize(("accurate", "judged"), [(5, 4), (-1, 4), (0, 0), (float("nan"), 4)])
def test_counts_of_a_run_that_are_none_are_refused(accurate: float, judged: float) -> None:
    with pytest.raises(ValueError, match="cannot be accurate"):
        RunCounts(accurate=accurate, judged=judged)


def test_the_suggested_threshold_has_the_highest_kappa() -> None:
    sample = [
        make_labelled(judge, expert, name=str(place))
        for place, (judge, expert) in enumerate([(9, 9), (7, 9), (6.5, 8), (6, 7), (3, 2), (8, 9), (5, 4)])
    ]

    found = suggest_threshold(sample, current=8.0)

    assert (found.threshold, found.kappa) == pytest.approx((6.5, 1.0))


def test_of_equally_good_thresholds_the_nearest_to_the_current_one_is_suggested() -> None:
    # Whatever lies above 3 and up to 9 divides these alike, and the current one is as near as can be.
    sample = [make_labelled(9, 9, name="a"), make_labelled(3, 2, name="b")]

    assert suggest_threshold(sample, current=8.0).threshold == 8.0


def test_of_equally_near_thresholds_the_higher_is_suggested() -> None:
    scores = [(9, 9), (9, 2), (8, 2), (7, 9), (7, 2)]
    sample = [make_labelled(judge, expert, name=str(place)) for place, (judge, expert) in enumerate(scores)]

    found = suggest_threshold(sample, current=8.0)

    # At 9 one of two is right and one of three wrong; at 7 all are accurate, which is kappa 0.
    assert found.threshold == 9.0
    assert found.kappa == pytest.approx(1 / 6)


def test_without_two_verdicts_no_threshold_is_suggested() -> None:
    found = suggest_threshold([make_labelled(9, 9, name="a")], current=8.0)

    assert (found.threshold, found.kappa) == (None, None)
    assert found.reason is not None


def test_bias_is_the_mean_difference_by_task_with_students_interval() -> None:
    apart = [1.0, 0.5, 2.0, -1.0, 0.0, 1.5]
    sample = [
        make_labelled(6.0 + by, 6.0, name=str(place), task="a" if place < 5 else "b") for place, by in enumerate(apart)
    ]

    first, second = measure_bias(sample, grouping="task")

    assert (first.group, first.samples) == ("a", 5)
    assert first.mean == pytest.approx(0.5)
    theirs = DescrStatsW(apart[:5]).tconfint_mean()
    assert (first.low, first.high) == pytest.approx(theirs, abs=1e-9)
    assert (second.group, second.samples, second.mean, second.low) == ("b", 1, 1.5, None)


def test_bias_counts_weights_and_the_mean_of_the_experts() -> None:
    sample = [make_labelled(8.0, 6.0, 7.0, name="a", weight=3.0), make_labelled(5.0, None, 5.0, name="b")]

    (bias,) = measure_bias(sample, grouping="all")

    assert bias.mean == pytest.approx((3 * 1.5 + 0) / 4)


@pytest.mark.parametrize(("right", "of"), [(0, 10), (3, 10), (10, 10), (441, 6422)])
def test_the_interval_of_a_proportion_is_that_of_statsmodels(right: int, of: int) -> None:
    found = make_proportion(right / of, of=of)

    assert (found.low, found.high) == pytest.approx(proportion_confint(right, of, method="wilson"), abs=1e-9)


def test_samples_that_no_expert_rated_are_left_out_and_counted() -> None:
    sample = [*make_sample(4, 1, 1, 4), make_labelled(9.0, None, name="x")]

    found = calibrate(sample, threshold=8.0)

    assert (found.samples, found.unlabelled) == (10, 1)


def test_experts_are_compared_with_each_other() -> None:
    generator = np.random.default_rng(5)
    quality = generator.uniform(1, 10, 30)
    sample = [
        make_labelled(
            float(value),
            *(float(np.clip(value + shift, 1, 10)) for shift in generator.normal(0, 1, 3)),
            name=str(place),
        )
        for place, value in enumerate(quality)
    ]

    experts = calibrate(sample, threshold=8.0, experts=["ann", "bo", "cy"]).experts

    assert experts.raters == ("ann", "bo", "cy")
    assert [(pair.first, pair.second, pair.items) for pair in experts.pairs] == [
        ("ann", "bo", 30),
        ("ann", "cy", 30),
        ("bo", "cy", 30),
    ]
    assert all(0.7 < (value.value or 0) < 1 for value in (experts.alpha, experts.icc_2_1, experts.icc_3_1))
    assert (experts.icc_2_k.value or 0) > (experts.icc_2_1.value or 0)


def test_a_single_expert_agrees_with_nobody() -> None:
    experts = calibrate(make_sample(4, 1, 1, 4), threshold=8.0).experts

    assert (experts.raters, experts.pairs, experts.alpha.value) == (("expert 1",), (), None)


def test_nothing_labelled_is_no_calibration_and_no_error() -> None:
    found = calibrate([], threshold=8.0, judge_rate_counts=RUN)

    assert (found.samples, found.kappa.value, found.spearman.value, found.sensitivity.value) == (0, None, None, None)
    assert found.rates[0].rate is None


def test_a_calibration_is_plain_values_for_strict_json() -> None:
    for sample in ([], make_sample(4, 1, 1, 4)):
        json.dumps(calibrate(sample, threshold=8.0, judge_rate_counts=RUN).to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expert_scores": (5.0, 6.0)}, "different numbers of experts"),
        ({"sample_id": "0:0"}, "more than once"),
    ],
)
def test_samples_that_do_not_belong_together_are_refused(change: dict[str, object], message: str) -> None:
    sample = make_sample(2, 0, 0, 2)
    odd: Labelled = replace(sample[-1], **change)  # type: ignore[arg-type]  # each is of its field

    with pytest.raises(ValueError, match=message):
        calibrate([*sample[:-1], odd], threshold=8.0)


@pytest.mark.parametrize("names", [["ann", "bo"], ["ann", "ann"]])
def test_names_that_do_not_fit_the_experts_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="1 experts need as many names"):
        calibrate(make_sample(2, 0, 0, 2), threshold=8.0, experts=names)
