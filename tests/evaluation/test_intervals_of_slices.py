"""The intervals of the rates and means of every slice of a run."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case, judge_cases
from medgen_pytest.evaluation.slices import Slice, summarise, summarise_slice
from medgen_pytest.evaluation.statistics import mean_interval, rate_interval
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.statistics import Interval

SAMPLES = st.lists(
    st.tuples(
        st.sampled_from([Task.STYLE_TRANSFER, Task.MULTIPLE_CHOICE]),
        st.sampled_from([Modality.CT, Modality.MRI]),
        st.none() | st.sampled_from(["p", "q", "r"]),
        st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
        st.sampled_from(["answered", "answered", "answered", "error"]),
    ),
    min_size=1,
    max_size=25,
)


def edits(values: Sequence[float | None], clusters: Sequence[str | None] | None = None) -> list[Case]:
    """Editing samples of one model with these SSIMs; None is an error. They are accurate from 0.7 on."""
    planned = [
        replace(plan(number=number), cluster=clusters[number - 1] if clusters else None)
        for number in range(1, len(values) + 1)
    ]
    results = [
        record(one, status="error", reason="down") if value is None else record(one, ssim=value, psnr=30.0)
        for one, value in zip(planned, values, strict=True)
    ]
    return judge_cases(planned, by_key(results), PROFILE)


def ends(interval: Interval | None) -> tuple[float, float] | None:
    return (interval.low, interval.high) if interval else None


def test_a_rate_has_its_clustered_wilson_interval_and_a_mean_its_bootstrap_interval() -> None:
    values = [0.05 * (number % 20) for number in range(60)]
    clusters = [f"patient {number // 4}" for number in range(60)]

    summary = summarise_slice(edits(values, clusters))

    accurate = [float(value >= 0.7) for value in values]
    assert ends(summary.interval) == pytest.approx(ends(rate_interval(accurate, clusters)))
    assert ends(summary.metrics["ssim"].interval) == pytest.approx(ends(rate_interval(accurate, clusters)))
    assert ends(summary.metrics["ssim"].mean_interval) == pytest.approx(ends(mean_interval(values, clusters)))
    assert ends(summary.interval) != pytest.approx(ends(rate_interval(accurate)))


def test_samples_that_could_not_be_judged_widen_the_interval_at_both_ends() -> None:
    summary = summarise_slice(edits([0.9] * 6 + [0.1] * 2 + [None] * 2))

    none, all_of_them = rate_interval([1.0] * 6 + [0.0] * 4), rate_interval([1.0] * 8 + [0.0] * 2)
    assert none is not None
    assert all_of_them is not None
    assert ends(summary.interval) == pytest.approx((none.low, all_of_them.high))


def test_a_mean_over_an_infinite_score_has_no_interval_and_other_slices_keep_theirs() -> None:
    planned = [plan(number=number, modality=Modality.CT if number > 3 else Modality.MRI) for number in range(1, 7)]
    results = [
        record(one, ssim=0.9, psnr=math.inf if one is planned[0] else 30.0 + place) for place, one in enumerate(planned)
    ]

    slices = summarise(judge_cases(planned, by_key(results), PROFILE))

    assert slices[Slice(model="my-model")].metrics["psnr"].mean_interval is None
    assert slices[Slice(model="my-model", where=(("modality", "MRI"),))].metrics["psnr"].mean_interval is None
    assert slices[Slice(model="my-model", where=(("modality", "CT"),))].metrics["psnr"].mean_interval is not None


def test_no_interval_of_a_mean_leaves_the_range_of_its_metric() -> None:
    bare = summarise_slice(edits([0.2, 0.9])).metrics["ssim"].mean_interval
    bound = summarise_slice(edits([0.2, 0.9]), metrics=PROFILE.metrics).metrics["ssim"].mean_interval

    assert bare is not None
    assert bare.high > 1
    assert ends(bound) == (-1.0, 1.0)


def test_one_sample_has_an_interval_of_its_rate_and_none_of_its_mean() -> None:
    summary = summarise_slice(edits([0.9]))

    assert ends(summary.interval) == pytest.approx(ends(rate_interval([1.0])))
    assert summary.metrics["ssim"].mean_interval is None


def test_a_metric_without_threshold_has_no_interval_of_a_rate() -> None:
    planned = [plan(Task.QUESTION_ANSWERING, number=number) for number in (1, 2)]
    results = [record(one, bleu=0.5, token_f1=0.1 * number) for number, one in enumerate(planned)]

    metric = summarise_slice(judge_cases(planned, by_key(results), PROFILE)).metrics["token_f1"]

    assert metric.interval is None
    assert metric.mean_interval is not None


@pytest.mark.parametrize("aggregate", ["mean", "all", "any"])
def test_repeats_of_a_sample_are_one_draw(aggregate: Aggregation) -> None:
    planned = [plan(number=number, repeat=repeat) for number in range(1, 9) for repeat in range(2)]
    values = [0.9 if (one.repeat or number % 3) else 0.1 for number, one in enumerate(planned)]
    results = [record(one, ssim=value, psnr=30.0) for one, value in zip(planned, values, strict=True)]

    summary = summarise_slice(judge_cases(planned, by_key(results), PROFILE), aggregate=aggregate)

    ways: dict[str, Callable[[list[float]], float]] = {"mean": lambda pair: sum(pair) / 2, "all": min, "any": max}
    join = ways[aggregate]
    shares = [join([float(value >= 0.7) for value in values[start : start + 2]]) for start in range(0, 16, 2)]
    assert ends(summary.interval) == pytest.approx(ends(rate_interval(shares)))


@settings(deadline=None, max_examples=30)
@given(SAMPLES)
def test_the_intervals_of_each_slice_are_those_of_its_cases_taken_alone(
    samples: list[tuple[Task, Modality, str | None, float, str]],
) -> None:
    planned = [
        replace(plan(task, number=number, modality=modality), cluster=cluster)
        for number, (task, modality, cluster, _, _) in enumerate(samples, start=1)
    ]
    results = [
        record(one, status="error", reason="down")
        if status == "error"
        else record(one, ssim=value, psnr=30.0, bleu=value)
        for one, (_, _, _, value, status) in zip(planned, samples, strict=True)
    ]
    cases = judge_cases(planned, by_key(results), PROFILE)

    for part, summary in summarise(cases).items():
        where = dict(part.where)
        inside = [
            case
            for case in cases
            if where.get("task", case.planned.task.value) == case.planned.task.value
            and where.get("format", case.planned.format.value) == case.planned.format.value
            and where.get("modality", case.planned.modality.value) == case.planned.modality.value
        ]
        alone = summarise_slice(inside)
        assert ends(summary.interval) == pytest.approx(ends(alone.interval))
        for name, metric in summary.metrics.items():
            assert ends(metric.interval) == pytest.approx(ends(alone.metrics[name].interval))
            assert ends(metric.mean_interval) == pytest.approx(ends(alone.metrics[name].mean_interval))
