"""Planning: how many samples a difference takes, and what the first samples of a dataset can show."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.planning import PlannedStratum, Question, effective_sizes, plan_samples
from medgen_pytest.evaluation.statistics import (
    detectable_difference,
    samples_for_rate,
    samples_for_rates,
    samples_to_detect,
)

VQA, EDITING = Format.VQA, Format.IMAGE_EDITING


def dataset(number: int, *, cluster_size: int = 0) -> list[PlannedStratum]:
    """Samples of two formats by turns, in clusters of a size, or each alone."""
    return [
        PlannedStratum(
            format=VQA if index % 2 else EDITING, cluster=str(index // cluster_size) if cluster_size else None
        )
        for index in range(number)
    ]


def test_the_number_of_samples_is_that_of_mcnemars_test() -> None:
    plan = plan_samples(Question(detect=0.03, discordant=(0.2,)))

    [need] = plan.needs
    assert (need.discordant, need.samples, need.limit) == (0.2, samples_to_detect(0.03, discordant=0.2), None)


def test_one_direction_takes_fewer() -> None:
    [need] = plan_samples(Question(detect=0.03, discordant=(0.2,), sides=1)).needs

    assert need.samples == samples_to_detect(0.03, discordant=0.2, sides=1)
    assert need.samples < samples_to_detect(0.03, discordant=0.2)


def test_where_nobody_knows_how_many_samples_differ_several_shares_are_told() -> None:
    plan = plan_samples(Question(detect=0.07))

    assert [need.discordant for need in plan.needs] == [0.07, 0.1, 0.2, 0.3, 0.5]
    assert [need.samples for need in plan.needs] == sorted(need.samples for need in plan.needs)
    assert (plan.apart, plan.against_bound) == (None, None)


def test_with_a_rate_independent_answers_and_other_designs_are_told() -> None:
    plan = plan_samples(Question(detect=0.1, rate=0.6))

    assert any(need.discordant == pytest.approx(0.6 * 0.5 + 0.5 * 0.4) for need in plan.needs)
    assert plan.apart == samples_for_rates(0.6, 0.5)
    assert plan.against_bound == samples_for_rate(0.6, 0.5)


def test_clusters_multiply_the_samples_that_are_needed() -> None:
    alone, alike, apart = (
        plan_samples(Question(detect=0.05, discordant=(0.2,), rate=0.5, cluster_size=size, icc=icc))
        for size, icc in ((1.0, 1.0), (3.0, 1.0), (3.0, 0.0))
    )

    assert alike.needs[0].samples == 3 * alone.needs[0].samples
    assert apart.needs == alone.needs
    assert alone.apart is not None
    assert alike.apart == 3 * alone.apart


def test_a_limit_is_the_shortest_beginning_that_is_worth_as_many() -> None:
    question = Question(detect=0.1, discordant=(0.2,))
    needed = samples_to_detect(0.1, discordant=0.2)

    [alone] = plan_samples(question, dataset(1000)).needs
    [pairs] = plan_samples(question, dataset(1000, cluster_size=2)).needs
    [few] = plan_samples(question, dataset(needed - 1)).needs

    assert (alone.limit, pairs.limit, few.limit) == (needed, 2 * needed, None)
    assert pairs.samples == needed


def test_beginnings_find_what_their_size_allows_over_all_and_by_format() -> None:
    plan = plan_samples(Question(detect=0.1, discordant=(0.2,)), dataset(300))

    assert [one.limit for one in plan.beginnings] == [50, 100, 155, 200, 300]
    assert plan.needs[0].limit == 155
    last = plan.beginnings[-1]
    assert last.detects == pytest.approx(detectable_difference(300, discordant=0.2))
    assert last.by_format == pytest.approx(dict.fromkeys((EDITING, VQA), detectable_difference(150, discordant=0.2)))
    assert plan.beginnings[2].detects == pytest.approx(0.1, abs=0.001)


def test_what_is_found_where_nobody_knows_how_many_differ_is_told_for_a_fifth() -> None:
    assert plan_samples(Question(detect=0.1)).discordant == 0.2
    assert plan_samples(Question(detect=0.3)).discordant == 0.3


def test_samples_of_one_cluster_are_worth_one_at_worst() -> None:
    samples = [PlannedStratum(format=VQA, cluster="a")] * 5 + [PlannedStratum(format=VQA, cluster=None)]

    sizes = effective_sizes(samples, Question(detect=0.1))

    assert sizes[:5] == [1.0] * 5
    assert sizes[5] == pytest.approx(36 / 26)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=30), st.floats(min_value=0, max_value=1))
def test_samples_are_worth_at_least_one_and_at_most_their_number(clusters: list[str | None], icc: float) -> None:
    samples = [PlannedStratum(format=VQA, cluster=cluster) for cluster in clusters]

    for number, size in enumerate(effective_sizes(samples, Question(detect=0.1, icc=icc)), start=1):
        assert 1 - 1e-9 <= size <= number + 1e-9


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question(detect=0.0), "--detect 0: a share above 0, at most 1 is needed"),
        (Question(detect=float("nan")), "--detect nan: a share above 0, at most 1 is needed"),
        (Question(detect=0.1, discordant=(2.0,)), "--discordant 2: a share above 0, at most 1 is needed"),
        (Question(detect=0.1, level=1.0), "--level 1: a confidence between 0 and 1 is needed"),
        (Question(detect=0.1, power=1.0), "--power 1: a chance above 0.05, below 1 is needed"),
        (Question(detect=0.1, power=0.05), "--power 0.05: a chance above 0.05, below 1 is needed"),
        (Question(detect=0.1, rate=0.05), "--rate 0.05: a rate from --detect to 1 is needed"),
        (Question(detect=0.1, icc=1.5), "--icc 1.5: a likeness from 0 to 1 is needed"),
        (Question(detect=0.1, cluster_size=0.5), "--cluster-size 0.5: a number from 1 is needed"),
        (Question(detect=0.1, cluster_size=float("inf")), "--cluster-size inf: a number from 1 is needed"),
    ],
)
def test_a_question_without_an_answer_is_refused(question: Question, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_samples(question)

    assert str(caught.value) == message
