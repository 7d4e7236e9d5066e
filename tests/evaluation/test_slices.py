"""Slices: every breakdown of a run, with rates, means and counts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case, judge_cases
from medgen_pytest.evaluation.slices import (
    BREAKDOWNS,
    DIMENSIONS,
    MetricSummary,
    Slice,
    SliceSummary,
    summarise,
    summarise_slice,
    value_of,
)
from medgen_pytest.evaluation.tally import Tally
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from medgen_pytest.domain.result import SampleResult


def _cases(*results: SampleResult) -> list[Case]:
    planned = [
        plan(result.task, number=number, model=result.model, modality=result.modality, subtask=result.subtask)
        for number, result in enumerate(results, start=1)
    ]
    return judge_cases(
        planned,
        {sample.key: result for sample, result in zip(planned, results, strict=True)},
        PROFILE,
    )


def _without_intervals(summary: SliceSummary) -> SliceSummary:
    metrics = {name: replace(metric, interval=None, mean_interval=None) for name, metric in summary.metrics.items()}
    return replace(summary, metrics=metrics, interval=None)


EDIT_CT = plan(Task.STYLE_TRANSFER, modality=Modality.CT, subtask="Dye style")
EDIT_MRI = plan(Task.ARTIFACT_REMOVAL, modality=Modality.MRI)
ANSWER = plan(Task.QUESTION_ANSWERING, modality=Modality.CT)


def test_a_sample_lies_in_a_slice_of_every_breakdown() -> None:
    (case,) = _cases(record(EDIT_CT, ssim=0.9, psnr=30.0))

    found = [part.where for part in summarise([case])]

    assert found == [
        (),
        (("format", "image_editing"),),
        (("format", "image_editing"), ("task", "style-transfer")),
        (("format", "image_editing"), ("task", "style-transfer"), ("subtask", "Dye style")),
        (("format", "image_editing"), ("modality", "CT")),
        (("format", "image_editing"), ("task", "style-transfer"), ("modality", "CT")),
        (("modality", "CT"),),
    ]
    assert len(found) == len(BREAKDOWNS)


def test_a_sample_without_subtask_lies_in_no_slice_of_subtasks() -> None:
    slices = summarise(_cases(record(EDIT_MRI, ssim=0.9, psnr=30.0)))

    assert all(part.value("subtask") is None for part in slices)
    assert len(slices) == len(BREAKDOWNS) - 1


def test_slices_come_sorted_by_model_breakdown_and_value() -> None:
    cases = _cases(
        record(plan(model="b"), ssim=0.9, psnr=30.0),
        record(plan(Task.QUESTION_ANSWERING, model="a"), bleu=0.5),
        record(plan(Task.ARTIFACT_REMOVAL, model="a", modality=Modality.MRI), ssim=0.9, psnr=30.0),
    )

    slices = list(summarise(cases))

    assert slices == list(summarise(reversed(cases)))
    assert [part.model for part in slices] == sorted(part.model for part in slices)
    assert slices[:3] == [
        Slice(model="a"),
        Slice(model="a", where=(("format", "image_editing"),)),
        Slice(model="a", where=(("format", "vqa"),)),
    ]


def test_a_slice_holds_the_rate_and_the_mean_of_each_metric() -> None:
    cases = _cases(
        record(EDIT_CT, ssim=0.75, psnr=30.0),
        record(EDIT_CT, ssim=0.25, psnr=None),
        record(EDIT_CT, status="invalid"),
        record(EDIT_CT, status="error"),
    )

    summary = summarise_slice(cases)

    assert _without_intervals(summary) == SliceSummary(
        tally=Tally(accurate=1, invalid=1, error=2),
        metrics={
            "psnr": MetricSummary(tally=Tally(accurate=1, invalid=1, error=2), scored=1, mean=30.0),
            "ssim": MetricSummary(tally=Tally(accurate=1, inaccurate=1, invalid=1, error=1), scored=2, mean=0.5),
        },
    )


def test_a_metric_without_threshold_has_a_mean_and_no_tally() -> None:
    cases = _cases(record(ANSWER, bleu=0.5, token_f1=0.25), record(ANSWER, bleu=0.5, token_f1=0.75))

    summary = summarise_slice(cases)

    assert _without_intervals(summary).metrics["token_f1"] == MetricSummary(tally=None, scored=2, mean=0.5)
    assert summary.metrics["bleu"].tally == Tally(accurate=2)


def test_a_metric_without_threshold_that_was_never_scored_is_still_shown() -> None:
    summary = summarise_slice(_cases(record(ANSWER, bleu=0.5, token_f1=None)))

    assert summary.metrics["token_f1"] == MetricSummary(tally=None, scored=0, mean=None)


def test_a_metric_counts_only_where_it_applies() -> None:
    summary = summarise_slice(_cases(record(ANSWER, bleu=0.5), record(EDIT_CT, ssim=0.9, psnr=30.0)))

    assert summary.tally == Tally(accurate=2)
    assert {name: metric.tally for name, metric in summary.metrics.items()} == {
        "bleu": Tally(accurate=1),
        "psnr": Tally(accurate=1),
        "ssim": Tally(accurate=1),
    }


def test_a_missing_sample_counts_under_its_metrics() -> None:
    planned = [EDIT_CT]

    summary = summarise_slice(judge_cases(planned, {}, PROFILE))

    assert _without_intervals(summary).metrics["ssim"] == MetricSummary(tally=Tally(missing=1), scored=0, mean=None)


def test_an_infinite_score_makes_the_mean_infinite_and_nan_is_left_out() -> None:
    summary = summarise_slice(
        _cases(record(EDIT_CT, ssim=0.9, psnr=math.inf), record(EDIT_CT, ssim=math.nan, psnr=30.0))
    )

    assert summary.metrics["psnr"].mean == math.inf
    assert summary.metrics["ssim"].mean == 0.9
    assert summary.metrics["ssim"].scored == 1


def test_no_cases_make_no_slices() -> None:
    assert summarise([]) == {}


def test_every_dimension_of_a_planned_sample_has_its_value() -> None:
    values = {dimension: value_of(EDIT_CT, dimension) for dimension in DIMENSIONS}

    assert values == {
        "model": "my-model",
        "format": "image_editing",
        "task": "style-transfer",
        "subtask": "Dye style",
        "modality": "CT",
    }


@st.composite
def _results(draw: st.DrawFn) -> SampleResult:
    planned = plan(
        draw(st.sampled_from([Task.STYLE_TRANSFER, Task.MULTIPLE_CHOICE, Task.ORGANIC_REMOVAL])),
        model=draw(st.sampled_from(["a", "b"])),
        modality=draw(st.sampled_from([Modality.CT, Modality.MRI])),
        subtask=draw(st.sampled_from([None, "x", "y"])),
    )
    values = st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0])
    return record(
        planned,
        status=draw(st.sampled_from(["answered", "invalid", "error"])),
        ssim=draw(values),
        bleu=draw(values),
        token_f1=draw(values),
    )


@settings(deadline=None, max_examples=50)
@given(st.lists(_results(), max_size=12))
def test_the_summary_of_each_slice_is_that_of_its_cases_taken_alone(results: list[SampleResult]) -> None:
    cases = _cases(*results)

    for part, summary in summarise(cases).items():
        inside = [
            case
            for case in cases
            if case.planned.model == part.model
            and all(value_of(case.planned, dimension) == value for dimension, value in part.where)
        ]
        assert summary == summarise_slice(inside)


@settings(deadline=None, max_examples=50)
@given(st.lists(_results(), max_size=12))
def test_the_parts_of_a_breakdown_add_up_to_the_whole(results: list[SampleResult]) -> None:
    slices = summarise(_cases(*results))

    for model in {part.model for part in slices}:
        whole = slices[Slice(model=model)].tally
        for breakdown in (("format",), ("format", "task"), ("modality",)):
            parts = [
                summary.tally
                for part, summary in slices.items()
                if part.model == model and tuple(name for name, _ in part.where) == breakdown
            ]
            assert sum(tally.accurate for tally in parts) == whole.accurate
            assert sum(tally.planned for tally in parts) == whole.planned


def test_a_plan_of_several_models_is_looked_up_by_key() -> None:
    planned = [plan(model="a"), plan(model="b")]

    slices = summarise(judge_cases(planned, by_key([record(planned[1], ssim=0.9, psnr=30.0)]), PROFILE))

    assert slices[Slice(model="a")].tally == Tally(missing=1)
    assert slices[Slice(model="b")].tally == Tally(accurate=1)
