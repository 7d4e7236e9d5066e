"""Drawing outputs for experts: stratified, the same for the same seed, and weighted so that nothing is lost."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.result import ResultKey
from medgen_pytest.domain.sample import make_sample_id
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.expert_sample import JudgedOutput, band_of, draw_sample


def outputs(count: int, *, tasks: int = 2, modalities: int = 2) -> list[JudgedOutput]:
    kinds = list(product(list(Task)[:tasks], list(Modality)[:modalities], (3.0, 7.5, 9.5)))
    return [
        JudgedOutput(
            key=ResultKey("model", make_sample_id(kinds[number % len(kinds)][0], number + 1)),
            task=kinds[number % len(kinds)][0],
            modality=kinds[number % len(kinds)][1],
            score=kinds[number % len(kinds)][2],
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(("score", "band"), [(6.9, "low"), (7, "near"), (8, "near"), (9, "near"), (9.1, "high")])
def test_a_score_at_most_one_point_from_its_threshold_is_near(score: float, band: str) -> None:
    assert band_of(score, threshold=8, near=1) == band


@given(population=st.integers(1, 80), count=st.integers(1, 60), seed=st.integers(0, 9))
def test_every_output_is_stood_for_by_the_weights(population: int, count: int, seed: int) -> None:
    draw = draw_sample(outputs(population), count=count, seed=seed, threshold=8, near=1)

    assert len(draw.drawn) == len({item.output.key for item in draw.drawn}) == min(count, population)
    assert sum(draw.strata[item.stratum].weight for item in draw.drawn) == pytest.approx(population)
    assert [stratum.drawn for stratum in draw.strata] == [
        Counter(item.stratum for item in draw.drawn)[number] for number in range(len(draw.strata))
    ]
    assert all(1 <= stratum.drawn <= stratum.size for stratum in draw.strata)


@given(order=st.permutations(range(30)), seed=st.integers(0, 9))
def test_the_order_of_the_outputs_changes_nothing(order: list[int], seed: int) -> None:
    found = outputs(30)
    shuffled = [found[place] for place in order]

    first = draw_sample(found, count=14, seed=seed, threshold=8, near=1)

    assert draw_sample(shuffled, count=14, seed=seed, threshold=8, near=1) == first


def test_another_seed_draws_others() -> None:
    draws = [draw_sample(outputs(500), count=40, seed=seed, threshold=8, near=1) for seed in (0, 1)]

    keys = [{item.output.key for item in draw.drawn} for draw in draws]
    assert len(keys[0] & keys[1]) < 20


def test_a_stratum_is_task_modality_and_band_where_there_are_places_for_all() -> None:
    draw = draw_sample(outputs(120), count=12, seed=0, threshold=8, near=1)

    assert len(draw.strata) == 12
    assert all(set(stratum.traits) == {"task", "modality", "band"} for stratum in draw.strata)


@pytest.mark.parametrize(
    ("count", "traits"), [(11, {"task", "band"}), (5, {"format", "band"}), (2, set())], ids=["task", "format", "none"]
)
def test_strata_are_coarser_where_there_would_be_more_than_places(count: int, traits: set[str]) -> None:
    draw = draw_sample(outputs(120), count=count, seed=0, threshold=8, near=1)

    assert {frozenset(stratum.traits) for stratum in draw.strata} == {frozenset(traits)}
    assert all(stratum.drawn for stratum in draw.strata)


def test_each_output_of_a_stratum_is_as_likely_as_another() -> None:
    found = outputs(30, tasks=1, modalities=1)
    counts: Counter[ResultKey] = Counter()

    for seed in range(400):
        counts.update(item.output.key for item in draw_sample(found, count=15, seed=seed, threshold=8, near=1).drawn)

    # 400 draws of one half each: 200 expected, standard deviation 10.
    assert all(150 < counts[item.key] < 250 for item in found)
