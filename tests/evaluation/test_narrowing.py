"""Narrowing: a slice of a run has the numbers of that slice, and no verdict of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.narrowing import failures, narrow
from medgen_pytest.evaluation.run_result import GatePolicy, evaluate_run
from medgen_pytest.evaluation.slices import Slice
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult

PLANNED = [
    plan(number=1, modality=Modality.CT),
    plan(number=2, modality=Modality.CT),
    plan(number=3, modality=Modality.MRI),
    plan(number=4, modality=Modality.MRI),
    plan(number=5, modality=Modality.MRI),
    plan(Task.QUESTION_ANSWERING, number=1, modality=Modality.CT, model="other"),
]
RESULTS = by_key(
    [
        record(PLANNED[0], ssim=0.9, psnr=30.0),
        record(PLANNED[1], ssim=0.1, psnr=30.0),
        record(PLANNED[2], ssim=0.5, psnr=10.0),
        record(PLANNED[3], status="invalid", reason="it is blank"),
        record(PLANNED[5], bleu=0.5),
    ]
)


def run() -> RunResult:
    policy = GatePolicy(gates=(parse_gate("all/accuracy >= 0.5"),))
    return evaluate_run(PLANNED, RESULTS, profile=PROFILE, policy=policy, facts={}, measured={"ssim", "psnr", "bleu"})


def numbers(cases: object) -> list[int]:
    return [int(case.planned.sample_id[-1]) for case in cases]  # type: ignore[attr-defined]  # cases


def test_a_slice_is_evaluated_by_itself() -> None:
    part = narrow(run(), where=(("format", "image_editing"), ("modality", "CT")))

    assert (part.tally.planned, part.tally.accurate) == (2, 1)
    assert list(part.slices) == [one for one in part.slices if one.model == "my-model"]
    assert part.slices[Slice(model="my-model")].metrics["ssim"].mean == 0.5


def test_everything_narrowed_has_the_slices_of_the_whole_run_with_their_intervals() -> None:
    whole = run()

    assert whole.slices[Slice(model="my-model")].metrics["psnr"].mean_interval is not None
    assert narrow(whole).slices == whole.slices


def test_an_interval_of_a_part_stays_within_the_range_of_its_metric() -> None:
    part = narrow(run(), where=(("modality", "CT"),))

    interval = part.slices[Slice(model="my-model")].metrics["ssim"].mean_interval
    assert interval is not None
    assert (interval.low, interval.high) == (-1.0, 1.0)


def test_a_part_has_no_gates_that_were_meant_for_the_whole() -> None:
    whole, part = run(), narrow(run(), models=["my-model"])

    assert (len(whole.gates), part.gates, part.policy.gates, part.exit_code) == (2, [], (), None)
    assert part.models == ["my-model"]


def test_nothing_named_is_the_whole_run_and_an_empty_slice_is_empty() -> None:
    assert narrow(run()).tally == run().tally
    assert narrow(run(), where=(("subtask", "none"),)).cases == []


def test_failures_stand_worst_first_and_leave_out_what_is_accurate() -> None:
    found = failures(run().cases, PROFILE)

    assert numbers(found) == [4, 3, 2, 5]


def test_failures_of_one_metric_stand_in_the_order_of_its_scores() -> None:
    assert numbers(failures(run().cases, PROFILE, metric="ssim")) == [4, 2, 3, 5]
    assert numbers(failures(run().cases, PROFILE, metric="bleu")) == []
