"""Gates on drops: not inferior to a baseline, on the samples that both have."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.baseline import Baseline, baseline_of
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.gates import (
    GateStatus,
    GateVerdict,
    check_baseline_samples,
    check_baselines,
    decide_gates,
    parse_gate,
)
from medgen_pytest.evaluation.run_result import GatePolicy, evaluate_run
from medgen_pytest.evaluation.statistics import compare_rates, drop_bound, lower_mean_bound, upper_mean_bound
from tests.evaluation.gating import ERROR, INVALID, MISSING, Ending, answered, cases_with
from tests.evaluation.records import PROFILE, by_key, plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.case import Case

GOOD, BAD = 0.9, 0.1
FACTS = {"dataset": {"fingerprint": "f" * 64}, "metrics": {"ssim": "ssim/upstream@1", "psnr": "psnr/upstream@1"}}


def baseline_with(endings: Sequence[Ending], *, metric: str = "ssim", model: str = "my-model") -> Baseline:
    """A baseline of one model on samples with these scores."""
    planned = [plan(Task.STYLE_TRANSFER, number=number, model=model) for number in range(1, len(endings) + 1)]
    results = [
        answered(sample, ending, metric=metric)
        for sample, ending in zip(planned, endings, strict=True)
        if ending != MISSING
    ]
    facts = {**FACTS, "metrics": {**FACTS["metrics"], metric: "ssim/upstream@1"}}
    run = evaluate_run(planned, by_key(results), profile=PROFILE, policy=GatePolicy(), facts=facts)
    return baseline_of(run)


def decide(
    text: str, before: Sequence[Ending], now: Sequence[Ending], *, max_error_rate: float = 0.0, min_samples: int = 1
) -> GateVerdict:
    gate = parse_gate(f"{text} against main.json")
    baseline = baseline_with(before, metric=gate.metric)
    policy = GatePolicy(
        gates=(gate,), max_error_rate=max_error_rate, min_samples=min_samples, baselines={"main.json": baseline}
    )
    (verdict,) = decide_gates(policy, cases_with(list(now), metric=gate.metric))
    return verdict


BEFORE: list[Ending] = [*[GOOD] * 150, *[BAD] * 50]
SAME: list[Ending] = list(BEFORE)
A_BIT_WORSE: list[Ending] = [*[GOOD] * 146, *[BAD] * 54]
MUCH_WORSE: list[Ending] = [*[GOOD] * 100, *[BAD] * 100]
BETTER: list[Ending] = [*[GOOD] * 180, *[BAD] * 20]


@pytest.mark.parametrize(
    ("text", "now", "status", "reason"),
    [
        (
            "all/ssim drop <= 2%",
            SAME,
            "holds",
            (
                "0.0000 (from 0.7500 to 0.7500 on 200 samples), bounds -0.0179 and 0.0179 at 95%,"
                " shows a drop of 0.0306 in 80 of 100 cases"
            ),
        ),
        ("all/ssim drop <= 1%", SAME, "inconclusive", None),
        ("all/ssim drop <= 5%", A_BIT_WORSE, "holds", None),
        ("all/ssim drop <= 5% at 99%", A_BIT_WORSE, "inconclusive", None),
        ("all/ssim drop <= 2%", A_BIT_WORSE, "inconclusive", None),
        ("all/ssim drop <= 0", A_BIT_WORSE, "breached", None),
        ("all/ssim drop <= 2%", MUCH_WORSE, "breached", None),
        ("all/ssim drop <= 0", BETTER, "holds", None),
        ("all/ssim drop <= 2%", [*MUCH_WORSE[:-1], MISSING], "breached", None),
        ("all/ssim drop <= 2%", [*MUCH_WORSE[:-1], ERROR], "breached", None),
        ("all/ssim drop <= 2%", [*BETTER[:-1], MISSING], "incomplete", None),
        ("all/ssim drop <= 2%", [*BETTER[:-1], ERROR], "inconclusive", None),
        ("all/ssim drop <= 2%", [*[INVALID] * 20, *SAME[20:]], "breached", None),
    ],
)
def test_a_drop_is_decided_by_what_is_sure(text: str, now: list[Ending], status: str, reason: str | None) -> None:
    verdict = decide(text, BEFORE, now)

    assert verdict.status.value == status
    assert reason is None or verdict.reason == reason


def test_an_open_drop_says_how_many_more_samples_would_decide() -> None:
    verdict = decide("all/ssim drop <= 2%", BEFORE, A_BIT_WORSE)

    assert verdict.needed is not None
    assert verdict.needed > 0
    assert verdict.reason.endswith(f"; {verdict.needed} more samples like these would decide")


def test_its_interval_has_the_one_sided_bounds_as_ends() -> None:
    verdict = decide("all/ssim drop <= 2% at 99%", BEFORE, A_BIT_WORSE)

    before, now = ([float(score == GOOD) for score in scores] for scores in (BEFORE, A_BIT_WORSE))
    rise = drop_bound(now, before, level=0.99)
    assert verdict.measured == pytest.approx(0.02)
    assert verdict.interval is not None
    assert rise is not None
    assert verdict.interval.high == pytest.approx(drop_bound(before, now, level=0.99), rel=1e-9)
    assert verdict.interval.low == pytest.approx(-rise, rel=1e-9)
    assert verdict.interval.level == 0.98
    assert verdict.detectable == compare_rates(before, now, level=0.98).detectable


def test_errors_that_are_allowed_may_have_been_anything() -> None:
    now: list[Ending] = [*[ERROR] * 10, *SAME[10:]]

    verdict = decide("all/ssim drop <= 3%", BEFORE, now, max_error_rate=0.1)

    assert (verdict.status, verdict.needed) == (GateStatus.INCONCLUSIVE, None)
    assert verdict.reason.endswith("; decided but for 10 errors")


def test_what_the_baseline_lacks_is_left_out_and_told() -> None:
    before: list[Ending] = [*[ERROR] * 3, MISSING, *BEFORE[4:]]

    verdict = decide("all/ssim drop <= 2%", before, SAME)

    assert verdict.status is GateStatus.HOLDS
    assert "(from 0.7449 to 0.7449 on 196 samples, 4 more without a verdict in the baseline)" in verdict.reason
    assert verdict.tally.planned == 196


def test_samples_that_are_not_in_the_baseline_are_left_out_and_told() -> None:
    verdict = decide("all/ssim drop <= 2%", BEFORE, [*SAME, *[BAD] * 50])

    assert verdict.status is GateStatus.HOLDS
    assert "on 200 samples, 50 more without a verdict in the baseline)" in verdict.reason


def test_a_baseline_with_none_of_the_samples_decides_nothing() -> None:
    verdict = decide("all/ssim drop <= 2%", [ERROR, MISSING], [GOOD, GOOD])

    assert (verdict.status, verdict.reason) == (
        GateStatus.INCONCLUSIVE,
        "baseline main.json has none of its samples",
    )


def test_too_few_pairs_are_inconclusive() -> None:
    verdict = decide("all/ssim drop <= 50%", BEFORE, SAME, min_samples=201)

    assert (verdict.status, verdict.needed) == (GateStatus.INCONCLUSIVE, 1)


def test_samples_that_belong_together_are_less_sure() -> None:
    gate = parse_gate("all/ssim drop <= 5% against main.json")
    policy = GatePolicy(gates=(gate,), baselines={"main.json": baseline_with(BEFORE)})
    alone = cases_with(A_BIT_WORSE)
    together = [case._replace(cluster=f"patient {number // 4}") for number, case in enumerate(alone)]

    (apart,), (clustered,) = decide_gates(policy, alone), decide_gates(policy, together)

    assert (apart.status, clustered.status) == (GateStatus.HOLDS, GateStatus.INCONCLUSIVE)


STEADY: list[Ending] = [0.5 + (number % 10) / 20 for number in range(400)]
LOWER: list[Ending] = [float(score) - 0.05 - (number % 3) / 100 for number, score in enumerate(STEADY)]


@pytest.mark.parametrize(
    ("text", "before", "now", "status"),
    [
        ("all/ssim mean drop <= 0.1", STEADY, LOWER, "holds"),
        ("all/ssim mean drop <= 0.06", STEADY, LOWER, "inconclusive"),
        ("all/ssim mean drop <= 0.02", STEADY, LOWER, "breached"),
        # What no pair shows may yet be there: one that falls from 1 to -1.
        ("all/ssim mean drop <= 0.02", STEADY, STEADY, "holds"),
        ("all/ssim mean drop <= 0.01", STEADY, STEADY, "inconclusive"),
        ("all/ssim mean drop <= 0", LOWER, STEADY, "holds"),
        # Of LPIPS less is better: it fell where its scores rose.
        ("all/lpips mean drop <= 0.02", LOWER, STEADY, "breached"),
        ("all/lpips mean drop <= 0.02", STEADY, LOWER, "holds"),
        ("all/psnr mean drop <= 1", [30.0, 31.0, math.inf], [30.0, 31.0, 31.0], "inconclusive"),
        ("all/ssim mean drop <= 0.02", STEADY, [*STEADY[:-1], INVALID], "inconclusive"),
        ("all/ssim mean drop <= 0.5", [*STEADY[:-1], INVALID], STEADY, "holds"),
        ("all/lpips mean drop <= 0.5", [*STEADY[:-1], INVALID], STEADY, "holds"),
        ("all/lpips mean drop <= 0.5", STEADY, [*STEADY[:-1], INVALID], "inconclusive"),
        ("all/ssim mean drop <= 0.1", [0.9], [0.9], "inconclusive"),
    ],
)
def test_a_drop_of_a_mean_is_decided_by_what_is_sure(
    text: str, before: list[Ending], now: list[Ending], status: str
) -> None:
    assert decide(text, before, now).status.value == status


def test_a_drop_of_a_mean_has_the_bounds_of_the_mean_of_its_differences() -> None:
    verdict = decide("all/ssim mean drop <= 0.1", STEADY, LOWER)

    fell = [float(before) - float(now) for before, now in zip(STEADY, LOWER, strict=True)]
    assert verdict.measured == pytest.approx(0.06, abs=0.001)
    assert verdict.interval is not None
    # The scores of a baseline are rounded to six decimals.
    assert verdict.interval.high == pytest.approx(upper_mean_bound(fell, end=2.0), abs=1e-6)
    assert verdict.interval.low == pytest.approx(lower_mean_bound(fell, end=-2.0), abs=1e-6)
    assert verdict.interval.method == "gaffke"


@pytest.mark.parametrize(
    ("text", "highest", "lowest"),
    [
        # As far as from the best score of the baseline, 0.95, to the worst there is, or from its worst to the best.
        ("all/psnr mean drop <= 0.1", 0.95, -math.inf),
        ("all/lpips mean drop <= 0.1", math.inf, -0.95),
    ],
)
def test_where_a_metric_has_no_end_the_baseline_says_how_far_a_score_can_fall(
    text: str, highest: float, lowest: float
) -> None:
    verdict = decide(text, STEADY, LOWER)

    sign = 1 if "psnr" in text else -1
    fell = [sign * (float(before) - float(now)) for before, now in zip(STEADY, LOWER, strict=True)]
    assert verdict.interval is not None
    assert verdict.interval.high == pytest.approx(upper_mean_bound(fell, end=highest), abs=1e-6)
    assert verdict.interval.low == pytest.approx(lower_mean_bound(fell, end=lowest), abs=1e-6)


def test_the_drop_that_so_many_samples_show_is_one_that_a_gate_mostly_lets_hold() -> None:
    shown = decide("all/ssim mean drop <= 0.1", STEADY, STEADY).detectable

    assert shown is not None
    assert shown == pytest.approx(0.01492, abs=1e-5)
    assert decide("all/ssim mean drop <= 0.01493", STEADY, STEADY).status is GateStatus.HOLDS


def test_each_model_is_compared_with_its_own_earlier_self() -> None:
    gate = parse_gate("all/ssim drop <= 2% against main.json")
    good, bad = baseline_with(BEFORE, model="a"), baseline_with([BAD] * 200, model="b")
    both = replace(good, planned=(*good.planned, *bad.planned), results={**good.results, **bad.results})
    cases = [_renamed(case, model) for model in ("a", "b") for case in cases_with([BAD] * 200)]

    verdicts = decide_gates(GatePolicy(gates=(gate,), baselines={"main.json": both}), cases)

    assert [(verdict.model, verdict.status.value) for verdict in verdicts] == [("a", "breached"), ("b", "holds")]


def test_several_models_are_compared_with_the_only_one_there_is() -> None:
    gate = parse_gate("all/ssim drop <= 2% against main.json")
    cases = [_renamed(case, model) for model in ("a", "b") for case in cases_with(SAME)]

    verdicts = decide_gates(GatePolicy(gates=(gate,), baselines={"main.json": baseline_with(BEFORE)}), cases)

    assert [(verdict.model, verdict.status.value) for verdict in verdicts] == [("a", "holds"), ("b", "holds")]


def _renamed(case: Case, model: str) -> Case:
    result = replace(case.result, model=model) if case.result is not None else None
    return case._replace(planned=replace(case.planned, model=model), result=result)


ENDINGS = st.lists(st.sampled_from([GOOD, BAD, INVALID, ERROR, MISSING]), min_size=1, max_size=15)


@settings(deadline=None)
@given(ENDINGS, ENDINGS, st.integers(0, 20))
def test_what_holds_or_is_breached_stays_so_whatever_errors_would_have_been(
    before: list[Ending], now: list[Ending], twentieths: int
) -> None:
    text = f"all/ssim drop <= {twentieths * 5}% at 75%"
    found = decide(text, before, now, max_error_rate=1.0).status

    for settled in (GOOD, BAD):
        after = decide(text, before, [settled if one == ERROR else one for one in now], max_error_rate=1.0).status
        assert found is not GateStatus.HOLDS or after is GateStatus.HOLDS
        assert found is not GateStatus.BREACHED or after is GateStatus.BREACHED


def conditions(**changes: object) -> Conditions:
    return Conditions.of({**FACTS, **changes}, PROFILE)


@pytest.mark.parametrize(
    ("here", "message"),
    [
        (
            conditions(dataset={"fingerprint": "9" * 64}),
            (
                "baseline and run cannot be compared: other datasets (fingerprints ffffffffffff and 999999999999);"
                " save a run that shares them: medgen baseline save RUN main.json"
            ),
        ),
        (
            replace(conditions(), profile="own", profile_digest="x"),
            "other profiles (medgen-2026.08 and own)",
        ),
        (
            conditions(metrics={"ssim": "ssim/canonical@1", "psnr": "psnr/upstream@1"}),
            "other conventions of ssim (ssim/upstream@1 and ssim/canonical@1)",
        ),
        (
            replace(conditions(dataset=None, metrics={}), profile="own", profile_digest="x"),
            (
                "other datasets (fingerprints ffffffffffff and unknown); other profiles (medgen-2026.08 and own);"
                " other conventions of ssim (ssim/upstream@1 and not measured)"
            ),
        ),
    ],
)
def test_a_baseline_of_other_conditions_is_refused_with_what_differs(here: Conditions, message: str) -> None:
    gate = parse_gate("all/ssim drop <= 2% against main.json")
    policy = GatePolicy(gates=(gate,), baselines={"main.json": baseline_with([GOOD])})

    with pytest.raises(ConfigError) as caught:
        check_baselines(policy, here)

    assert str(caught.value).startswith(f"gate {gate.text!r}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("gate", "metrics", "is_refused"),
    [
        ("all/ssim drop <= 2%", {"ssim": "ssim/upstream@1", "psnr": "psnr/canonical@1"}, False),
        ("all/psnr drop <= 2%", {"ssim": "ssim/upstream@1", "psnr": "psnr/canonical@1"}, True),
        ("all/accuracy drop <= 2%", {"ssim": "ssim/upstream@1", "psnr": "psnr/canonical@1"}, True),
        ("all/accuracy drop <= 2%", {"ssim": "ssim/upstream@1", "psnr": "psnr/upstream@1", "bleu": "x"}, False),
    ],
)
def test_only_what_a_gate_compares_must_be_alike(gate: str, metrics: dict[str, str], *, is_refused: bool) -> None:
    policy = GatePolicy(
        gates=(parse_gate(f"{gate} against main.json"),), baselines={"main.json": baseline_with([GOOD])}
    )

    try:
        check_baselines(policy, conditions(metrics=metrics))
    except ConfigError:
        refused = True
    else:
        refused = False

    assert refused == is_refused


@pytest.mark.parametrize(
    ("planned", "message"),
    [
        ([plan(number=3)], "of the samples that this run plans in its slice, baseline main.json holds none"),
        (
            [plan(number=1), plan(number=3, model="other")],
            "of the samples that this run plans in its slice, baseline main.json holds none",
        ),
    ],
)
def test_a_baseline_without_any_sample_to_compare_is_refused(planned: list[object], message: str) -> None:
    gate = parse_gate("all/ssim drop <= 2% against main.json")
    policy = GatePolicy(gates=(gate,), baselines={"main.json": baseline_with([GOOD, GOOD])})

    with pytest.raises(ConfigError) as caught:
        check_baseline_samples(policy, planned)  # type: ignore[arg-type]  # planned samples, all of them

    remedy = "save a run of these samples: medgen baseline save RUN main.json"
    assert str(caught.value) == f"gate {gate.text!r}: {message}; {remedy}"


def test_a_baseline_without_the_model_is_refused_with_what_to_do() -> None:
    gate = parse_gate("all/ssim drop <= 2% against main.json")
    first, second = baseline_with([GOOD], model="a"), baseline_with([GOOD], model="b")
    both = replace(first, planned=(*first.planned, *second.planned))

    with pytest.raises(ConfigError) as caught:
        check_baseline_samples(GatePolicy(gates=(gate,), baselines={"main.json": both}), [plan(model="c")])

    assert str(caught.value) == (
        f"gate {gate.text!r}: baseline main.json holds a, b, but not c; save one model alone to"
        " compare every model with it: medgen baseline save RUN main.json --model NAME"
    )
