"""Runs that end early: what a part of the samples decides, and what a run says that asked no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.random_order import random_place
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.early_stop import check_early_stop
from medgen_pytest.evaluation.gates import GateStatus, parse_gate
from medgen_pytest.evaluation.gates.trials import Trials
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.run_result import ExitCode, GatePolicy, RunResult, evaluate_run
from medgen_pytest.reports.json_report import report_dict, report_schema
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import PlannedSample

GOOD, BAD = 0.9, 0.1
"""Structural similarities, of which the profile takes one."""


def policy_of(
    *gates: str, early_stop: float | None = 0.05, max_error_rate: float = 0.0, min_samples: int = 1
) -> GatePolicy:
    return GatePolicy(
        gates=tuple(parse_gate(text) for text in gates),
        early_stop=early_stop,
        max_error_rate=max_error_rate,
        min_samples=min_samples,
    )


def planned_of(number: int, *, model: str = "my-model") -> list[PlannedSample]:
    """So many planned samples, in the random order."""
    planned = [plan(number=one, model=model) for one in range(1, number + 1)]
    return sorted(planned, key=lambda sample: random_place(sample.sample_id))


def run_of(planned: Sequence[PlannedSample], policy: GatePolicy, values: Sequence[float | None]) -> RunResult:
    """A run whose first samples have these similarities; None is one that nothing could be scored of."""
    results = [
        record(sample, status="error", reason="it is down") if value is None else record(sample, ssim=value, psnr=40.0)
        for sample, value in zip(planned, values, strict=False)
    ]
    return evaluate_run(planned, by_key(results), profile=PROFILE, policy=policy, facts={})


def test_a_clear_gate_is_decided_by_a_few_samples_and_the_others_are_not_missing() -> None:
    planned = planned_of(1000)

    run = run_of(planned, policy_of("all/ssim >= 0.5"), [GOOD] * 30)

    (verdict,) = run.gates
    stop = run.early_stop
    assert stop is not None
    assert (run.exit_code, verdict.status) == (ExitCode.HOLDS, GateStatus.HOLDS)
    assert (run.tally.planned, run.tally.missing) == (30, 0)
    assert (stop.samples, stop.planned, stop.saved) == (30, 1000, 970)
    assert 2 < stop.decided[0].samples < 30
    after = f"decided after {stop.decided[0].samples} of 1,000 samples at level 5%"
    assert verdict.reason == f"1.0000 (30 of 30); {after}"


def test_the_report_of_a_run_that_ended_early_fits_its_schema() -> None:
    run = run_of(planned_of(1000), policy_of("all/ssim >= 0.5"), [GOOD] * 30)

    report = report_dict(run)

    jsonschema.Draft202012Validator(report_schema()).validate(report)
    assert run.early_stop is not None
    assert report["early_stop"] == run.early_stop.to_dict()


def test_a_gate_that_is_missed_is_breached_early() -> None:
    run = run_of(planned_of(1000), policy_of("all/ssim >= 0.5"), [BAD] * 30)

    assert run.exit_code is ExitCode.BREACHED
    assert run.gates[0].reason.startswith("0.0000 (0 of 30); decided after ")


def test_samples_of_a_run_that_decides_nothing_are_missing() -> None:
    run = run_of(planned_of(1000), policy_of("all/ssim >= 0.5"), [GOOD, BAD] * 15)

    assert run.early_stop is not None
    assert (run.exit_code, run.tally.missing) == (ExitCode.INCOMPLETE, 970)
    assert (run.early_stop.saved, run.early_stop.decided) == (0, ())


def test_a_run_that_may_not_end_early_has_missing_samples() -> None:
    run = run_of(planned_of(1000), policy_of("all/ssim >= 0.5", early_stop=None), [GOOD] * 30)

    assert (run.exit_code, run.tally.missing) == (ExitCode.INCOMPLETE, 970)


def test_a_whole_run_is_decided_as_ever() -> None:
    run = run_of(planned_of(60), policy_of("all/ssim >= 0.5"), [GOOD] * 30 + [BAD] * 30)

    assert run.early_stop is not None
    assert (run.gates[0].status, run.gates[0].reason) == (GateStatus.HOLDS, "0.5000 (30 of 60)")
    assert run.early_stop.saved == 0


def test_only_samples_count_before_which_none_is_unfinished() -> None:
    first, *others = planned_of(1000)

    run = run_of([*others, first], policy_of("all/ssim >= 0.5"), [GOOD] * 900)

    assert run.exit_code is ExitCode.INCOMPLETE
    assert run.early_stop is not None
    assert run.early_stop.decided == ()


def test_errors_may_have_been_accurate_or_not() -> None:
    planned, policy = planned_of(1000), policy_of("all/ssim >= 0.5", max_error_rate=1.0)

    run = run_of(planned, policy, [None] * 400)

    assert run.exit_code is ExitCode.INCOMPLETE


@pytest.mark.parametrize(("max_error_rate", "expected"), [(0.05, ExitCode.HOLDS), (0.01, ExitCode.INCOMPLETE)])
def test_more_errors_than_are_allowed_let_no_gate_hold_early(max_error_rate: float, expected: ExitCode) -> None:
    values = [None, *[GOOD] * 49]

    run = run_of(planned_of(1000), policy_of("all/ssim >= 0.5", max_error_rate=max_error_rate), values)

    assert run.exit_code is expected


def test_a_gate_that_needs_more_judged_samples_goes_on() -> None:
    run = run_of(planned_of(1000), policy_of("all/ssim >= 0.5", min_samples=40), [GOOD] * 30)

    assert run.exit_code is ExitCode.INCOMPLETE


def test_gates_on_errors_and_cost_are_decided_on_what_was_asked() -> None:
    policy = policy_of("all/ssim >= 0.5", "all/ssim errors <= 5%", max_error_rate=0.5)

    sound, unsound = (run_of(planned_of(1000), policy, [*[None] * errors, *[GOOD] * 60]) for errors in (1, 9))

    assert [gate.status for gate in sound.gates] == [GateStatus.HOLDS, GateStatus.HOLDS]
    assert sound.gates[1].reason == "0.0164 (1 error of 61)"
    assert unsound.gates[1].status is GateStatus.BREACHED


def test_nobody_waits_for_advisory_gates_which_stay_open() -> None:
    policy = policy_of("all/ssim >= 0.5", "advisory: all/ssim mean >= 0.5", "advisory: all/psnr >= 0.5")

    run = run_of(planned_of(1000), policy, [GOOD] * 30)

    assert run.exit_code is ExitCode.HOLDS
    assert [gate.status for gate in run.gates] == [GateStatus.HOLDS, GateStatus.INCOMPLETE, GateStatus.HOLDS]
    assert run.gates[1].reason.endswith("970 planned samples never finished, as the run ended early")


def test_a_model_stays_incomplete_whose_gates_are_open() -> None:
    one, other = planned_of(1000, model="one"), planned_of(1000, model="other")
    results = by_key(
        [*(record(sample, ssim=GOOD, psnr=40.0) for sample in one[:30]), record(other[0], ssim=GOOD, psnr=40.0)]
    )

    run = evaluate_run([*one, *other], results, profile=PROFILE, policy=policy_of("all/ssim >= 0.5"), facts={})

    assert [(gate.model, gate.status.value) for gate in run.gates] == [("one", "holds"), ("other", "incomplete")]
    assert (run.exit_code, run.tally.missing) == (ExitCode.INCOMPLETE, 999)


def test_a_model_without_blocking_gates_is_asked_for_everything() -> None:
    trials = Trials(planned_of(9), policy_of("all[model=another]/ssim >= 0.5"), level=0.05)

    assert not trials.needs_no_more("my-model")


def test_a_gate_waits_for_its_own_slice_alone() -> None:
    covered = [plan(Task.STYLE_TRANSFER, number=number) for number in range(1, 101)]
    outside = [plan(Task.MULTIPLE_CHOICE, number=number) for number in range(1, 101)]
    trials = Trials([*covered, *outside], policy_of("style-transfer/ssim >= 0.5"), level=0.05)

    for sample in covered:
        trials.add("my-model", sample.sample_id, {"ssim": Outcome.ACCURATE})

    assert trials.needs_no_more("my-model")
    assert trials.decisions[0].planned == 100


@given(
    outcomes=st.lists(st.sampled_from([*Outcome]).filter(lambda one: one is not Outcome.MISSING), min_size=40),
    order=st.randoms(use_true_random=False),
)
def test_in_whatever_order_samples_finish_the_same_is_decided(outcomes: list[Outcome], order: object) -> None:
    planned = planned_of(len(outcomes))
    finished = list(zip(planned, outcomes, strict=True))
    shuffled = list(finished)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # what Hypothesis gives is a Random
    policy = policy_of("all/ssim >= 0.5", "all/ssim < 0.3", max_error_rate=0.2)
    straight, mixed = (Trials(planned, policy, level=0.3) for _ in range(2))

    for trials, samples in ((straight, finished), (mixed, shuffled)):
        for sample, outcome in samples:
            trials.add("my-model", sample.sample_id, {"ssim": outcome})

    assert straight.decisions == mixed.decisions
    assert mixed.needs_no_more("my-model")


@pytest.mark.parametrize(
    ("gates", "repeats", "is_shard", "message"),
    [
        (["all/accuracy >= 0.5"], 1, True, "a shard decides no gates"),
        (["all/accuracy >= 0.5"], 2, False, "each sample is asked once"),
        ([], 1, False, "no blocking gate is on a rate"),
        (["errors <= 1%", "cost <= 5"], 1, False, "no blocking gate is on a rate"),
        (["advisory: all/accuracy >= 0.5"], 1, False, "no blocking gate is on a rate"),
        (["all/accuracy >= 0.5", "image_editing/psnr mean >= 20"], 1, False, "cannot decide gate 'image_editing/psnr"),
        (["all/accuracy lower bound >= 0.5"], 1, False, "cannot decide gate 'all/accuracy lower bound"),
        (["all/accuracy drop <= 1% against a.json"], 1, False, "cannot decide gate 'all/accuracy drop"),
    ],
)
def test_a_run_that_cannot_end_early_is_refused(
    gates: list[str], repeats: int, *, is_shard: bool, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_early_stop(policy_of(*gates), repeats=repeats, is_shard=is_shard)


def test_a_run_on_rates_errors_and_cost_may_end_early() -> None:
    policy = policy_of("all/accuracy >= 0.5", "errors <= 1%", "cost <= 5", "advisory: all/ssim mean >= 0.5")

    check_early_stop(policy, repeats=1, is_shard=False)
