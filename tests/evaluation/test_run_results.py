"""Run results: a pure function of plan, records and settings, and the code a run ends with."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.evaluation.gates import Gate, GateStatus, GateVerdict, parse_gate
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.run_result import ExitCode, GatePolicy, RunResult, evaluate_run
from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.evaluation.tally import Tally
from tests.evaluation.records import PROFILE, by_key, cases_of, plan, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult

PLANNED = [plan(number=1, model="b"), plan(number=2, model="b"), plan(Task.QUESTION_ANSWERING, model="a")]
RESULTS = by_key(
    [
        record(PLANNED[0], ssim=0.9, psnr=30.0),
        record(PLANNED[1], ssim=0.1, psnr=30.0),
        record(PLANNED[2], bleu=0.5, token_f1=0.5),
    ]
)


def _evaluate(*gates: str, max_error_rate: float = 0.0) -> RunResult:
    policy = GatePolicy(gates=tuple(parse_gate(text) for text in gates), max_error_rate=max_error_rate)
    return evaluate_run(PLANNED, RESULTS, profile=PROFILE, policy=policy, facts={"run_id": "r1"})


def test_a_run_result_holds_cases_slices_and_gates() -> None:
    run = _evaluate("all/accuracy >= 0.5")

    assert [case.planned for case in run.cases] == PLANNED
    assert run.models == ["a", "b"]
    assert run.tally == Tally(accurate=2, inaccurate=1)
    assert run.slices[Slice(model="b")].tally == Tally(accurate=1, inaccurate=1)
    assert [(verdict.model, verdict.status) for verdict in run.gates] == [
        ("a", GateStatus.HOLDS),
        ("b", GateStatus.HOLDS),
    ]
    assert run.facts == {"run_id": "r1"}
    assert (run.profile, run.policy.min_samples) == (PROFILE, 1)


@pytest.mark.parametrize(("results", "code"), [(RESULTS, ExitCode.HOLDS), ({}, ExitCode.INCOMPLETE)])
def test_a_shard_leaves_its_gates_to_the_whole_run(results: Mapping[ResultKey, SampleResult], code: ExitCode) -> None:
    policy = GatePolicy(gates=(parse_gate("all/accuracy >= 1"),))
    facts = {"shard": {"index": 3, "count": 8}}

    run = evaluate_run(PLANNED, results, profile=PROFILE, policy=policy, facts=facts)

    assert (run.gates, run.exit_code, run.leaves_gates_open) == ([], None, True)
    assert (str(run.shard), run.session_code) == ("3/8", code)


def test_a_shard_without_gates_and_a_whole_run_leave_nothing_open() -> None:
    facts = {"shard": {"index": 3, "count": 8}}
    shard = evaluate_run(PLANNED, RESULTS, profile=PROFILE, policy=GatePolicy(), facts=facts)
    whole = _evaluate("all/accuracy >= 1")

    assert (shard.leaves_gates_open, shard.session_code) == (False, None)
    assert (whole.leaves_gates_open, whole.session_code) == (False, ExitCode.BREACHED)


def test_evaluating_twice_gives_the_same_and_changes_nothing() -> None:
    planned, results = copy.deepcopy(PLANNED), copy.deepcopy(RESULTS)

    first, second = _evaluate("all/accuracy >= 0.5"), _evaluate("all/accuracy >= 0.5")

    assert first == second
    assert list(first.slices) == list(second.slices)
    assert (planned, results) == (PLANNED, RESULTS)


def test_the_order_of_the_records_does_not_matter() -> None:
    backwards = dict(reversed(RESULTS.items()))

    run = evaluate_run(PLANNED, backwards, profile=PROFILE, policy=GatePolicy(), facts={"run_id": "r1"})

    assert run == _evaluate()


def test_a_record_that_was_not_planned_is_left_out() -> None:
    stray = record(plan(number=99), ssim=1.0, psnr=40.0)

    run = evaluate_run(
        PLANNED, {**RESULTS, stray.key: stray}, profile=PROFILE, policy=GatePolicy(), facts={"run_id": "r1"}
    )

    assert run == _evaluate()


def test_the_same_records_under_another_profile_are_decided_anew() -> None:
    lenient = PROFILE.override(thresholds={"ssim": 0.1})

    run = evaluate_run(PLANNED, RESULTS, profile=lenient, policy=GatePolicy(), facts={})

    assert run.tally == Tally(accurate=3)


def test_a_gate_whose_samples_were_deselected_is_inconclusive() -> None:
    run = _evaluate("multimodal_generation/accuracy >= 0.5")

    assert {(gate.status, gate.reason) for gate in run.gates} == {(GateStatus.INCONCLUSIVE, "no samples")}
    assert run.exit_code is not ExitCode.HOLDS


def test_an_empty_plan_has_no_models_and_no_exit_code() -> None:
    run = evaluate_run([], {}, profile=PROFILE, policy=GatePolicy(), facts={})

    assert (run.models, run.tally, run.exit_code) == ([], Tally(), None)


def _run(statuses: list[GateStatus], outcomes: list[Outcome], *, max_error_rate: float = 0.0) -> RunResult:
    gate: Gate = parse_gate("all/accuracy >= 0.5")
    verdicts = [
        GateVerdict(gate=gate.text, model="m", status=status, tally=Tally(accurate=1), reason="") for status in statuses
    ]
    policy = GatePolicy(gates=(gate,), max_error_rate=max_error_rate)
    run = evaluate_run([], {}, profile=PROFILE, policy=GatePolicy(), facts={})
    return replace(run, policy=policy, cases=cases_of(outcomes), gates=verdicts)


HOLDS, BREACHED = GateStatus.HOLDS, GateStatus.BREACHED
INCONCLUSIVE, INCOMPLETE = GateStatus.INCONCLUSIVE, GateStatus.INCOMPLETE
OK = [Outcome.ACCURATE]


@pytest.mark.parametrize(
    ("statuses", "outcomes", "code"),
    [
        ([HOLDS, HOLDS], OK, ExitCode.HOLDS),
        ([HOLDS, BREACHED], OK, ExitCode.BREACHED),
        ([INCONCLUSIVE, HOLDS], OK, ExitCode.INCONCLUSIVE),
        ([INCOMPLETE, HOLDS], OK, ExitCode.INCOMPLETE),
        ([INCONCLUSIVE, INCOMPLETE], OK, ExitCode.INCOMPLETE),
        ([INCONCLUSIVE, INCOMPLETE, BREACHED], OK, ExitCode.BREACHED),
        # What no gate looks at counts too: a run that is not what was planned does not pass.
        ([HOLDS], [*OK, Outcome.MISSING], ExitCode.INCOMPLETE),
        ([HOLDS], [*OK, Outcome.ERROR], ExitCode.INCONCLUSIVE),
        ([HOLDS], [*OK, Outcome.ERROR, Outcome.MISSING], ExitCode.INCOMPLETE),
        ([BREACHED], [*OK, Outcome.ERROR, Outcome.MISSING], ExitCode.BREACHED),
        ([HOLDS], [*OK, Outcome.INACCURATE, Outcome.INVALID], ExitCode.HOLDS),
        ([], [*OK, Outcome.ERROR], None),
    ],
)
def test_the_exit_code_is_that_of_the_worst_gate_or_of_lost_samples(
    statuses: list[GateStatus], outcomes: list[Outcome], code: ExitCode | None
) -> None:
    assert _run(statuses, outcomes).exit_code == code


@pytest.mark.parametrize("status", [BREACHED, INCONCLUSIVE, INCOMPLETE])
def test_an_advisory_gate_decides_nothing(status: GateStatus) -> None:
    run = _run([HOLDS, status], OK)
    first, second = run.gates

    told = replace(run, gates=[first, replace(second, tier="advisory")])
    alone = replace(run, gates=[replace(second, tier="advisory")])

    assert (told.exit_code, alone.exit_code) == (ExitCode.HOLDS, None)


def test_an_advisory_gate_that_holds_excuses_nothing() -> None:
    run = _run([BREACHED, HOLDS], OK)
    first, second = run.gates

    assert replace(run, gates=[first, replace(second, tier="advisory")]).exit_code is ExitCode.BREACHED


def test_errors_within_what_is_allowed_leave_the_exit_code_alone() -> None:
    run = _run([HOLDS], [*OK, Outcome.ERROR], max_error_rate=0.5)

    assert run.exit_code is ExitCode.HOLDS


def test_exit_codes_stay_clear_of_those_of_pytest() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "HOLDS": 0,
        "BREACHED": 1,
        "USAGE_ERROR": 4,
        "INCONCLUSIVE": 10,
        "INCOMPLETE": 11,
    }


@pytest.mark.parametrize(
    ("gates", "code"),
    [
        ((), None),
        (("all/accuracy >= 0.5",), ExitCode.HOLDS),
        (("all/accuracy >= 0.5", "image_editing/ssim >= 0.6"), ExitCode.BREACHED),
    ],
)
def test_gates_decide_the_exit_code_of_a_whole_run(gates: tuple[str, ...], code: ExitCode | None) -> None:
    assert _evaluate(*gates).exit_code == code


def _big_run(*, samples: int) -> tuple[list[PlannedSample], list[SampleResult]]:
    tasks, modalities = list(Task), list(Modality)
    planned = [
        plan(
            tasks[number % len(tasks)],
            number=number + 1,
            model=f"model-{number % 3}",
            modality=modalities[number % len(modalities)],
            subtask=f"subtask {number % 28}",
        )
        for number in range(samples)
    ]
    results = [_score_all(sample) for sample in planned]
    return planned, results


def _score_all(sample: PlannedSample) -> SampleResult:
    if sample.format is Format.VQA:
        return record(sample, bleu=0.5, token_f1=0.5, exact_match=1.0)
    if sample.format is Format.IMAGE_EDITING:
        return record(sample, ssim=0.5, psnr=30.0)
    return record(sample, ssim=0.5, psnr=30.0, bleu=0.5, token_f1=0.5)


def test_three_models_on_the_whole_benchmark_are_evaluated_in_seconds() -> None:
    planned, results = _big_run(samples=19_869)
    gates = tuple(parse_gate(text) for text in ("all/accuracy >= 0.5", "image_editing[modality=CT]/ssim >= 0.8"))

    started = time.process_time()
    run = evaluate_run(planned, by_key(results), profile=PROFILE, policy=GatePolicy(gates=gates), facts={})

    # Measured at about one second of processor time; the bound leaves room for slower machines.
    assert time.process_time() - started < 10
    assert run.tally.planned == 19_869
