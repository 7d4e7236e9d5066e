"""Distributions of scores: every value in one bin, and the threshold between bins."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case, judge_cases
from medgen_pytest.evaluation.distribution import bin_edges, distributions
from medgen_pytest.evaluation.profile import load_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

Direction = Literal["higher", "lower"]
PROFILE = load_profile("medgen-2026.08", root=Path())
FINITE = st.floats(min_value=-1e300, max_value=1e300)


def cases_of(
    values: Sequence[float | None], *, metric: str = "ssim", model: str = "m", direction: Direction = "higher"
) -> list[Case]:
    planned = [
        PlannedSample(model=model, sample_id=f"s{number}", task=Task.STYLE_TRANSFER, modality=Modality.CT)
        for number in range(len(values))
    ]
    results = {
        sample.key: SampleResult(
            model=model,
            sample_id=sample.sample_id,
            task=sample.task,
            modality=sample.modality,
            status="answered",
            scores={metric: Score(metric=metric, value=value, direction=direction, convention="c@1")},
        )
        for sample, value in zip(planned, values, strict=True)
    }
    return judge_cases(planned, results, PROFILE)


@given(
    values=st.lists(FINITE, min_size=1), threshold=st.none() | FINITE, direction=st.sampled_from(["higher", "lower"])
)
def test_every_value_lies_in_exactly_one_bin(
    values: list[float], threshold: float | None, direction: Direction
) -> None:
    edges = bin_edges(values, threshold=threshold, direction=direction)

    assert list(edges) == sorted(set(edges))
    assert 1 <= len(edges) - 1 <= 25
    for value in values:
        if direction == "higher":
            assert edges[0] <= value < edges[-1]
        else:
            assert edges[0] < value <= edges[-1]


@example(values=[5e-324], threshold=0.0, direction="higher")
@given(
    values=st.lists(st.floats(0, 1), min_size=1),
    threshold=st.floats(0, 1),
    direction=st.sampled_from(["higher", "lower"]),
)
def test_the_threshold_is_an_edge(values: list[float], threshold: float, direction: Direction) -> None:
    assert threshold in bin_edges(values, threshold=threshold, direction=direction)


@given(values=st.lists(st.floats(-1, 1) | st.sampled_from([0.7, math.inf, -math.inf, math.nan]), min_size=1))
def test_bins_on_the_good_side_count_what_meets_the_threshold(values: list[float]) -> None:
    [found] = distributions(cases_of(values), PROFILE)
    [scores] = found.models

    met = sum(count for place, count in enumerate(scores.counts) if found.meets(place))

    assert met + scores.above == sum(value >= 0.7 for value in values)
    assert scores.scored + scores.unscored == len(values)


def test_a_score_that_equals_the_threshold_meets_it_where_less_is_better_too() -> None:
    cases = cases_of([0.1, 0.1000001, 0.0], metric="hallucination_rate", direction="lower")

    [found] = distributions(cases, PROFILE)

    met = sum(count for place, count in enumerate(found.models[0].counts) if found.meets(place))
    assert (found.threshold, met) == (0.1, 2)


def test_the_worst_value_there_can_be_is_where_the_bins_begin() -> None:
    [found] = distributions(cases_of([0.0, 0.4], metric="bleu"), PROFILE)

    assert found.edges[0] == 0.0


def test_a_score_beyond_what_there_can_be_is_counted_all_the_same() -> None:
    [found] = distributions(cases_of([-3.0, 0.9]), PROFILE)

    assert found.models[0].scored == 2
    assert found.edges[0] <= -3.0


@pytest.mark.parametrize("value", [0.0, 5.0, -2.5])
def test_equal_scores_lie_in_one_bin_of_a_width_that_can_be_seen(value: float) -> None:
    edges = bin_edges([value, value], threshold=None, direction="higher")

    assert len(edges) == 2
    assert edges[1] - edges[0] >= 0.1


def test_models_share_the_bins_of_a_metric() -> None:
    cases = [*cases_of([0.1, None], model="a"), *cases_of([0.9], model="b")]

    [found] = distributions(cases, PROFILE)

    assert [(scores.model, sum(scores.counts), scores.unscored) for scores in found.models] == [
        ("a", 1, 1),
        ("b", 1, 0),
    ]


def test_metrics_come_in_the_order_of_the_registry_and_unknown_ones_last() -> None:
    cases = [case for name in ("no_longer_known", "bleu", "ssim") for case in cases_of([0.5], metric=name, model=name)]

    assert [found.metric for found in distributions(cases, PROFILE)] == ["ssim", "bleu", "no_longer_known"]


def test_without_results_there_is_no_distribution() -> None:
    assert distributions([], PROFILE) == []
    assert bin_edges([], threshold=0.5, direction="higher") == ()
