"""Comparisons of runs: only what both finished is paired, and the numbers are those of the statistics."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.baseline import baseline_of
from medgen_pytest.evaluation.comparison import MetricComparison, RunComparison, Side, compare_runs
from medgen_pytest.evaluation.comparison.flips import outcome_text
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.run_result import GatePolicy, evaluate_run
from medgen_pytest.evaluation.statistics import compare_means, compare_rates
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.result import SampleResult

GOOD, BAD = {"ssim": 0.9, "psnr": 30.0}, {"ssim": 0.5, "psnr": 30.0}
INFINITE = float("inf")


def side(
    results: Sequence[SampleResult | PlannedSample], *, letter: str = "A", aggregate: Aggregation = "mean"
) -> Side:
    """A side of these results; a planned sample stands for one that never finished."""
    finished = [one for one in results if not hasattr(one, "nodeids")]
    planned = [plan_of(one) for one in results]
    run = evaluate_run(
        planned,
        by_key(finished),
        profile=PROFILE,
        policy=GatePolicy(aggregate=aggregate),
        facts={},
        measured={"ssim", "psnr", "bleu"},
    )
    return Side(letter=letter, name="runs/a", model=results[0].model, run=run)


def plan_of(one: SampleResult | PlannedSample) -> PlannedSample:
    known = plan(one.task, modality=one.modality, model=one.model, subtask=one.subtask, repeat=one.repeat)
    return replace(known, sample_id=one.sample_id, cluster=getattr(one, "cluster", None))


def edit(number: int, scores: Mapping[str, float | None] = GOOD, **changes: object) -> SampleResult:
    """The result of an edited image."""
    kind = {name: changes.pop(name) for name in ("modality", "repeat", "model") if name in changes}
    return record(plan(Task.STYLE_TRANSFER, number=number, **kind), **{**scores, **changes})  # type: ignore[arg-type]  # by name


def metric(comparison: RunComparison, name: str, kind: str = "rate") -> MetricComparison:
    (found,) = [one for one in comparison.metrics if (one.metric, one.kind) == (name, kind)]
    return found


def test_the_numbers_are_those_of_the_statistics_on_what_both_finished() -> None:
    scores = [0.5, 0.6, 0.75, 0.8, 0.95]
    first = side([edit(number, {"ssim": score, "psnr": 30.0}) for number, score in enumerate(scores, start=1)])
    second = side([edit(number, {"ssim": score + 0.1, "psnr": 30.0}) for number, score in enumerate(scores, start=1)])

    comparison = compare_runs(first, second)

    better = [score + 0.1 for score in scores]
    assert comparison.pairs == 5
    assert metric(comparison, "accuracy").whole == compare_rates([0, 0, 1, 1, 1], [0, 1, 1, 1, 1])
    assert metric(comparison, "ssim").whole == compare_rates([0, 0, 1, 1, 1], [0, 1, 1, 1, 1])
    assert metric(comparison, "ssim", "mean").whole == compare_means(scores, better)
    assert metric(comparison, "accuracy").whole.difference == pytest.approx(0.2)


@given(st.lists(st.lists(st.floats(0, 1), min_size=2, max_size=2), min_size=1, max_size=4))
@settings(max_examples=30)
def test_a_run_and_its_own_baseline_differ_in_nothing(scores: list[list[float]]) -> None:
    now = side(
        [
            edit(number, {"ssim": score, "psnr": 30.0}, repeat=repeat)
            for number, repeats in enumerate(scores, start=1)
            for repeat, score in enumerate(repeats)
        ]
    )
    facts = {"metrics": {name: f"{name}/upstream@1" for name in ("ssim", "psnr", "bleu")}}
    before = replace(now, run=baseline_of(replace(now.run, facts=facts)).to_run())

    comparison = compare_runs(before, now)

    assert metric(comparison, "ssim", "mean").whole.difference == 0
    assert metric(comparison, "ssim", "mean").whole.only_first == 0


def test_errors_missing_and_unshared_samples_are_left_out_and_counted() -> None:
    first = side([edit(1), edit(2, status="error"), plan(number=3), edit(4, status="error"), edit(5), edit(6), edit(9)])
    second = side(
        [edit(1), edit(2), edit(3), plan(number=4), edit(5, status="error"), plan(number=6), edit(8), edit(7)]
    )

    comparison = compare_runs(first, second)

    assert comparison.pairs == 1
    assert comparison.left_out == {
        "first error": 2,
        "first missing": 1,
        "only first": 1,
        "only second": 2,
        "second error": 1,
        "second missing": 1,
    }
    assert metric(comparison, "accuracy").whole.pairs == 1


def test_an_invalid_output_is_not_accurate_and_has_no_score() -> None:
    first, second = side([edit(1), edit(2)]), side([edit(1, {}, status="invalid"), edit(2)])

    comparison = compare_runs(first, second)

    assert metric(comparison, "ssim").whole.difference == -0.5
    assert (metric(comparison, "ssim", "mean").whole.pairs, metric(comparison, "ssim", "mean").left_out) == (1, 1)


def test_an_infinite_score_counts_in_the_rate_and_is_left_out_of_the_mean() -> None:
    first = side([edit(1, {"ssim": 1.0, "psnr": INFINITE}), edit(2)])
    second = side([edit(1, {"ssim": 1.0, "psnr": INFINITE}), edit(2)])

    comparison = compare_runs(first, second)

    assert metric(comparison, "psnr").whole.pairs == 2
    assert (metric(comparison, "psnr", "mean").whole.pairs, metric(comparison, "psnr", "mean").left_out) == (1, 1)


def test_a_score_that_is_no_number_is_left_out_like_one_that_is_not_there() -> None:
    first = side([edit(1, {**GOOD, "bleu": float("nan")}), edit(2, {**GOOD, "bleu": 0.5})])
    second = side([edit(1, {**GOOD, "bleu": 0.5}), edit(2, {**GOOD, "bleu": 0.5})])

    comparison = compare_runs(first, second)

    assert (metric(comparison, "bleu", "mean").whole.pairs, metric(comparison, "bleu", "mean").left_out) == (1, 1)


def test_one_sample_is_compared_without_an_interval_of_its_mean() -> None:
    comparison = compare_runs(side([edit(1, BAD)]), side([edit(1)]))

    assert metric(comparison, "accuracy").whole.p_value == 1.0
    assert metric(comparison, "ssim", "mean").whole.interval is None
    assert metric(comparison, "ssim", "mean").is_better is None


def test_slices_are_compared_by_themselves_and_their_p_values_corrected() -> None:
    kinds = [Modality.CT, Modality.MRI, Modality.X_RAY]
    before = [edit(number, BAD, modality=kinds[number % 3]) for number in range(1, 31)]
    after = [edit(number, GOOD if number < 20 else BAD, modality=kinds[number % 3]) for number in range(1, 31)]

    comparison = compare_runs(side(before), side(after), by=[("modality",)])

    slices = metric(comparison, "accuracy").slices
    assert [one.where for one in slices] == [(("modality", name),) for name in ("CT", "MRI", "X-Ray")]
    assert [one.numbers.pairs for one in slices] == [10, 10, 10]
    p_values = [one.numbers.p_value or 0.0 for one in slices]
    assert [one.p_corrected for one in slices] == pytest.approx(list(multipletests(p_values, method="holm")[1]))


def test_dimensions_together_make_slices_and_those_without_pairs_are_none() -> None:
    results = [edit(1, modality=Modality.CT), edit(2, modality=Modality.MRI, status="error")]

    comparison = compare_runs(side(results), side(results), by=[("task", "modality"), ("subtask",)])

    assert [one.where for one in metric(comparison, "accuracy").slices] == [
        (("task", "style-transfer"), ("modality", "CT"))
    ]


def test_samples_that_belong_together_are_one_piece_of_evidence() -> None:
    def made(scores: Mapping[str, float]) -> Side:
        found = side([edit(number, scores) for number in range(1, 9)])
        cases = [case._replace(cluster="one" if number < 4 else None) for number, case in enumerate(found.run.cases)]
        return Side(letter="A", name="a", model=found.model, run=replace(found.run, cases=cases))

    comparison = compare_runs(made(BAD), made(GOOD))

    clusters = ["one"] * 4 + [None] * 4
    assert metric(comparison, "accuracy").whole == compare_rates([0] * 8, [1] * 8, clusters)
    assert metric(comparison, "accuracy").whole.clusters == 5


def test_flips_are_told_losses_first_with_outcomes_scores_and_reasons() -> None:
    first = side([edit(1), edit(2, BAD), edit(3), edit(4)])
    second = side([edit(1), edit(2), edit(3, {}, status="invalid", reason="it is blank"), edit(4, BAD)])

    flips = compare_runs(first, second).flips

    assert [flip.planned.sample_id[-1] for flip in flips] == ["3", "4", "2"]
    assert [(flip.before, flip.after) for flip in flips] == [
        ([Outcome.ACCURATE], [Outcome.INVALID]),
        ([Outcome.ACCURATE], [Outcome.INACCURATE]),
        ([Outcome.INACCURATE], [Outcome.ACCURATE]),
    ]
    assert flips[0].scores == {"ssim": (0.9, None), "psnr": (30.0, None)}
    assert flips[0].reasons == (None, "it is blank")
    assert flips[2].reasons == ("ssim 0.5, needs >= 0.7", None)


def test_repeats_count_in_parts_and_flip_by_parts() -> None:
    first = side([edit(1, repeat=0), edit(1, repeat=1)])
    second = side([edit(1, repeat=0), edit(1, BAD, repeat=1)])

    comparison = compare_runs(first, second)

    (flip,) = comparison.flips
    assert metric(comparison, "accuracy").whole.difference == -0.5
    assert (flip.change, outcome_text(flip.before), outcome_text(flip.after)) == (-0.5, "accurate", "1 of 2 accurate")


def test_under_all_a_sample_with_one_bad_repeat_is_lost_whole() -> None:
    first = side([edit(1, repeat=0), edit(1, repeat=1)], aggregate="all")
    second = side([edit(1, repeat=0), edit(1, BAD, repeat=1)], aggregate="all")

    assert metric(compare_runs(first, second), "accuracy").whole.difference == -1.0


def test_metrics_that_one_side_alone_measured_are_told_and_not_compared() -> None:
    first = side([edit(1)], letter="A")
    second = side([edit(1, {**GOOD, "lpips": 0.1})], letter="B")

    comparison = compare_runs(first, second)

    assert comparison.unshared == {"lpips": "B"}
    assert {one.metric for one in comparison.metrics} == {"accuracy", "ssim", "psnr"}


def test_only_wanted_metrics_are_compared() -> None:
    found = side([edit(1)])

    comparison = compare_runs(found, found, metrics=["psnr"])

    assert [(one.metric, one.kind) for one in comparison.metrics] == [("psnr", "rate"), ("psnr", "mean")]


@pytest.mark.parametrize(("direction", "is_better"), [("higher", True), ("lower", False)])
def test_what_is_better_depends_on_the_metric(direction: str, is_better: bool) -> None:  # noqa: FBT001 - a parameter of the test
    def turned(scores: Sequence[float]) -> Side:
        results = [edit(number, {"ssim": 0.9, "psnr": score}) for number, score in enumerate(scores, start=1)]
        found = [
            replace(one, scores={name: replace(score, direction=direction) for name, score in one.scores.items()})  # type: ignore[arg-type]  # a direction
            for one in results
        ]
        return side(found)

    low = [20.0 + number / 10 for number in range(12)]
    comparison = compare_runs(turned(low), turned([value + 1 for value in low]))

    assert metric(comparison, "psnr", "mean").is_better is is_better
    assert metric(comparison, "ssim", "mean").is_better is None


def test_sides_without_any_sample_in_common_compare_nothing() -> None:
    comparison = compare_runs(side([edit(1)]), side([edit(2)]))

    assert (comparison.pairs, comparison.flips) == (0, [])
    assert metric(comparison, "accuracy").whole.p_value is None
    assert metric(comparison, "accuracy").is_better is None


@pytest.mark.parametrize("scores", [GOOD, BAD])
def test_all_accurate_and_none_accurate_do_not_differ(scores: Mapping[str, float]) -> None:
    found = side([edit(number, scores) for number in range(1, 6)])

    comparison = compare_runs(found, found)

    assert metric(comparison, "accuracy").whole.difference == 0
    assert comparison.flips == []


outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=12)


@settings(deadline=None)
@given(outcomes)
def test_turning_the_sides_round_turns_every_difference_and_flip_round(pairs: list[tuple[bool, bool]]) -> None:
    first = side([edit(number, GOOD if one else BAD) for number, (one, _) in enumerate(pairs, start=1)])
    second = side([edit(number, GOOD if two else BAD) for number, (_, two) in enumerate(pairs, start=1)])

    there, back = (compare_runs(*sides, metrics=["accuracy"]) for sides in ((first, second), (second, first)))

    difference = metric(there, "accuracy").whole.difference
    assert difference == -(metric(back, "accuracy").whole.difference or 0.0)
    assert (len(there.lost), len(there.won)) == (len(back.won), len(back.lost))
    assert difference == pytest.approx((len(there.won) - len(there.lost)) / len(pairs))
