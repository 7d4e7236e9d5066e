"""Repeats: what several answers to one sample say about it, in rates, means and gates."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.planned import Aggregation
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case, judge_cases
from medgen_pytest.evaluation.gates import GateStatus, parse_gate
from medgen_pytest.evaluation.outcome import Outcome, Verdict
from medgen_pytest.evaluation.repeats import Repeats, by_sample, score_of, shares_of, tally_of
from medgen_pytest.evaluation.run_result import ExitCode, GatePolicy, RunResult, evaluate_run
from medgen_pytest.evaluation.slices import Slice, summarise, summarise_slice
from medgen_pytest.evaluation.tally import Tally, count_text
from tests.evaluation.gating import decide
from tests.evaluation.records import PROFILE, by_key, cases_of, plan, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.score import Direction

AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)
A, N, I, E, M = (  # noqa: E741 - the initials, which make the tables readable
    Outcome.ACCURATE,
    Outcome.INACCURATE,
    Outcome.INVALID,
    Outcome.ERROR,
    Outcome.MISSING,
)
REPEATS = st.lists(st.sampled_from(Outcome), min_size=1, max_size=6)
JUDGED_REPEATS = st.lists(st.sampled_from([A, N, I]), min_size=1, max_size=6)
SAMPLES = st.lists(REPEATS, max_size=12)


def repeated(samples: Sequence[Sequence[Outcome]]) -> list[Case]:
    """A case for each outcome of each sample."""
    return [
        Case(
            planned=plan(Task.STYLE_TRANSFER, number=number, repeat=repeat),
            result=None,
            verdict=Verdict(outcome=outcome),
            metrics={"ssim": outcome},
        )
        for number, outcomes in enumerate(samples, start=1)
        for repeat, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("outcomes", "mean", "every", "some"),
    [
        ([A, A, A], {A: 1}, A, A),
        ([A, N, A], {A: Fraction(2, 3), N: Fraction(1, 3)}, N, A),
        ([N, I, A], {A: Fraction(1, 3), N: Fraction(1, 3), I: Fraction(1, 3)}, N, A),
        ([I, A], {A: Fraction(1, 2), I: Fraction(1, 2)}, I, A),
        ([N, I], {N: Fraction(1, 2), I: Fraction(1, 2)}, N, N),
        ([I, I], {I: 1}, I, I),
        ([A, E], {E: 1}, E, A),
        ([N, E], {E: 1}, N, E),
        ([E, E], {E: 1}, E, E),
        ([A, M], {M: 1}, M, A),
        ([N, M], {M: 1}, N, M),
        ([E, M], {M: 1}, M, M),
        ([A, N, E, M], {M: 1}, N, A),
    ],
)
def test_repeats_come_to_one_verdict(
    outcomes: list[Outcome], mean: dict[Outcome, Fraction], every: Outcome, some: Outcome
) -> None:
    assert shares_of(outcomes, "mean") == mean
    assert shares_of(outcomes, "all") == {every: 1}
    assert shares_of(outcomes, "any") == {some: 1}


@pytest.mark.parametrize("aggregate", AGGREGATIONS)
@pytest.mark.parametrize("outcome", Outcome)
def test_a_single_repeat_counts_as_it_ended(outcome: Outcome, aggregate: Aggregation) -> None:
    assert shares_of([outcome], aggregate) == {outcome: 1}


@settings(deadline=None)
@given(REPEATS, st.sampled_from(AGGREGATIONS))
def test_the_parts_of_a_sample_add_up_to_one(outcomes: list[Outcome], aggregate: Aggregation) -> None:
    assert sum(shares_of(outcomes, aggregate).values()) == 1


@settings(deadline=None)
@given(REPEATS, st.sampled_from(AGGREGATIONS), st.data())
def test_the_order_of_repeats_does_not_matter(
    outcomes: list[Outcome], aggregate: Aggregation, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(outcomes))

    assert shares_of(shuffled, aggregate) == shares_of(outcomes, aggregate)


@settings(deadline=None)
@given(SAMPLES)
def test_any_is_at_least_the_mean_and_the_mean_at_least_all(samples: list[list[Outcome]]) -> None:
    cases = repeated(samples)

    some, mean, every = (tally_of(cases, aggregate=name).rate for name in ("any", "mean", "all"))

    if not samples:
        assert (some, mean, every) == (None, None, None)
        return
    assert some is not None
    assert mean is not None
    assert every is not None
    assert 1 >= some >= mean >= every >= 0


@settings(deadline=None)
@given(SAMPLES, st.sampled_from(AGGREGATIONS))
def test_the_denominator_is_the_samples_planned_however_often_they_are_asked(
    samples: list[list[Outcome]], aggregate: Aggregation
) -> None:
    tally = tally_of(repeated(samples), aggregate=aggregate)

    assert tally.planned == len(samples)
    assert tally.judged + tally.error + tally.missing == len(samples)


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=30), st.integers(min_value=1, max_value=7), st.data())
def test_the_mean_is_the_rate_over_all_repeats_where_nothing_went_wrong(
    samples: int, repeats: int, data: st.DataObject
) -> None:
    outcomes = data.draw(
        st.lists(
            st.lists(st.sampled_from([A, N, I]), min_size=repeats, max_size=repeats),
            min_size=samples,
            max_size=samples,
        )
    )

    tally = tally_of(repeated(outcomes), aggregate="mean")

    accurate = sum(some.count(A) for some in outcomes)
    assert tally.accurate == Fraction(accurate, repeats)
    assert tally.rate == accurate / (samples * repeats)


@settings(deadline=None)
@given(JUDGED_REPEATS, st.sampled_from([E, M]), st.sampled_from(AGGREGATIONS))
def test_a_repeat_without_verdict_never_raises_the_rate_and_what_it_leaves_open_holds_the_truth(
    outcomes: list[Outcome], lost: Outcome, aggregate: Aggregation
) -> None:
    tally = tally_of(repeated([[*outcomes, lost]]), aggregate=aggregate)
    possible = [tally_of(repeated([[*outcomes, end]]), aggregate=aggregate).rate for end in (A, N, I)]

    assert tally.rate is not None
    assert tally.best_rate is not None
    assert all(rate is not None and tally.rate <= rate <= tally.best_rate for rate in possible)


@settings(deadline=None)
@given(st.lists(st.sampled_from(Outcome), max_size=20), st.sampled_from(AGGREGATIONS))
def test_with_one_repeat_every_aggregation_counts_as_ever(outcomes: list[Outcome], aggregate: Aggregation) -> None:
    cases = cases_of(outcomes)

    assert tally_of(cases, aggregate=aggregate) == Tally.of(outcomes)
    assert summarise(cases, aggregate=aggregate) == summarise(cases)
    assert Repeats.of(cases, aggregate=aggregate).is_one


def scores(*values: float | None, direction: Direction = "higher") -> list[Score]:
    return [Score(metric="m", value=value, direction=direction, convention="m@1") for value in values]


@pytest.mark.parametrize(
    ("values", "direction", "mean", "every", "some"),
    [
        ((0.25, 0.75), "higher", 0.5, 0.25, 0.75),
        ((0.25, 0.75), "lower", 0.5, 0.75, 0.25),
        ((0.25, None, math.nan), "higher", 0.25, 0.25, 0.25),
        ((None, None), "higher", None, None, None),
        ((30.0, math.inf), "higher", math.inf, 30.0, math.inf),
    ],
)
def test_the_score_of_a_sample_is_the_mean_or_the_one_that_decides(
    values: tuple[float | None, ...],
    direction: Direction,
    mean: float | None,
    every: float | None,
    some: float | None,
) -> None:
    found = scores(*values, direction=direction)

    assert [score_of(found, name) for name in ("mean", "all", "any")] == [mean, every, some]


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
    st.sampled_from(["higher", "lower"]),
    st.floats(0, 1),
)
def test_the_score_that_decides_meets_a_threshold_exactly_if_the_sample_is_accurate(
    values: list[float], direction: Direction, threshold: float
) -> None:
    found = scores(*values, direction=direction)
    outcomes = [A if score.meets(threshold) else N for score in found]

    for name in ("all", "any"):
        (decisive,) = scores(score_of(found, name), direction=direction)
        assert decisive.meets(threshold) == (shares_of(outcomes, name) == {A: 1})


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=6))
def test_the_mean_lies_between_the_worst_and_the_best_score(values: list[float]) -> None:
    worst, mean, best = (score_of(scores(*values), name) for name in ("all", "mean", "any"))

    assert worst is not None
    assert mean is not None
    assert best is not None
    assert worst - 1e-9 <= mean <= best + 1e-9  # a division rounds


EDITS = [plan(number=number, repeat=repeat) for number in (1, 2) for repeat in range(3)]
EDIT_RESULTS = by_key(
    record(planned, ssim=ssim, psnr=30.0) for planned, ssim in zip(EDITS, (0.9, 0.8, 0.1, 0.9, 0.9, 0.9), strict=True)
)


def run_of(*gates: str, aggregate: Aggregation) -> RunResult:
    policy = GatePolicy(gates=tuple(parse_gate(text) for text in gates), aggregate=aggregate)
    return evaluate_run(EDITS, EDIT_RESULTS, profile=PROFILE, policy=policy, facts={})


@pytest.mark.parametrize(
    ("aggregate", "rate", "mean_ssim"),
    [("mean", 5 / 6, (0.6 + 0.9) / 2), ("all", 1 / 2, (0.1 + 0.9) / 2), ("any", 1.0, 0.9)],
)
def test_a_run_counts_a_sample_once_in_rates_metrics_and_means(
    aggregate: Aggregation, rate: float, mean_ssim: float
) -> None:
    run = run_of(aggregate=aggregate)

    summary = run.slices[Slice(model="my-model")]
    assert (run.tally.planned, run.tally.rate, summary.tally.rate) == (2, rate, rate)
    assert summary.metrics["ssim"].tally == summary.tally
    assert summary.metrics["psnr"].tally == Tally(accurate=2)
    assert summary.metrics["ssim"].scored == 2
    assert summary.metrics["ssim"].mean == pytest.approx(mean_ssim)
    assert run.tally_of_repeats == Tally(accurate=5, inaccurate=1)
    assert str(run.repeats) == f"{aggregate} of 3 repeats"
    assert len(run.cases) == 6


@pytest.mark.parametrize(
    ("aggregate", "code", "reason"),
    [
        ("mean", ExitCode.HOLDS, "0.8333 (1.67 of 2)"),
        ("all", ExitCode.BREACHED, "0.5000 (1 of 2)"),
        ("any", ExitCode.HOLDS, "1.0000 (2 of 2)"),
    ],
)
def test_gates_go_by_the_aggregated_rate(aggregate: Aggregation, code: ExitCode, reason: str) -> None:
    run = run_of("image_editing/ssim >= 0.8", aggregate=aggregate)

    assert (run.exit_code, [verdict.reason for verdict in run.gates]) == (code, [reason])


def test_a_rate_of_one_is_reached_by_parts_of_samples_exactly() -> None:
    cases = repeated([[A] * 49] * 49)

    assert decide("all/accuracy >= 1", cases, min_samples=49).status is GateStatus.HOLDS


@pytest.mark.parametrize(
    ("repeats", "aggregate", "status"),
    [
        ([A, E], "any", GateStatus.HOLDS),
        ([A, E], "mean", GateStatus.INCONCLUSIVE),
        ([A, E], "all", GateStatus.INCONCLUSIVE),
        ([N, E], "all", GateStatus.BREACHED),
        ([N, E], "any", GateStatus.INCONCLUSIVE),
        ([A, M], "any", GateStatus.HOLDS),
        ([A, M], "mean", GateStatus.INCOMPLETE),
    ],
)
def test_an_error_or_a_missing_repeat_decides_nothing(
    repeats: list[Outcome], aggregate: Aggregation, status: GateStatus
) -> None:
    assert decide("all/accuracy >= 1", repeated([repeats]), aggregate=aggregate).status is status


def test_a_sample_that_one_model_answered_is_another_for_the_next_model() -> None:
    planned = [plan(model=model, repeat=repeat) for model in ("a", "b") for repeat in range(2)]
    cases = judge_cases(planned, by_key([record(planned[0], ssim=0.9, psnr=30.0)]), PROFILE)

    assert [[case.planned.repeat for case in repeats] for repeats in by_sample(cases)] == [[0, 1], [0, 1]]
    slices = summarise(cases, aggregate="any")
    assert slices[Slice(model="a")].tally == Tally(accurate=1)
    assert slices[Slice(model="b")].tally == Tally(missing=1)


def test_samples_that_were_asked_differently_often_count_alike() -> None:
    cases = repeated([[A, N], [A]])

    assert tally_of(cases, aggregate="mean").rate == 0.75
    assert str(Repeats.of(cases, aggregate="mean")) == "mean of 1 to 2 repeats"


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from(list(Task)), st.sampled_from(list(Modality)), REPEATS), max_size=8),
    st.sampled_from(AGGREGATIONS),
)
def test_the_summary_of_each_slice_is_that_of_its_samples(
    samples: list[tuple[Task, Modality, list[Outcome]]], aggregate: Aggregation
) -> None:
    cases = [
        Case(
            planned=plan(task, number=number, modality=modality, repeat=repeat),
            result=None,
            verdict=Verdict(outcome=outcome),
            metrics={},
        )
        for number, (task, modality, outcomes) in enumerate(samples, start=1)
        for repeat, outcome in enumerate(outcomes)
    ]

    for part, summary in summarise(cases, aggregate=aggregate).items():
        where = dict(part.where)
        inside = [
            case
            for case in cases
            if where.get("task", case.planned.task.value) == case.planned.task.value
            and where.get("format", case.planned.format.value) == case.planned.format.value
            and where.get("modality", case.planned.modality.value) == case.planned.modality.value
        ]
        assert summary == summarise_slice(inside, aggregate=aggregate)


def test_parts_of_samples_are_plain_numbers_in_reports() -> None:
    tally = Tally(accurate=Fraction(8, 3), inaccurate=Fraction(1, 3), invalid=Fraction(2, 2), error=1)

    assert tally.to_dict() == {
        "planned": 5,
        "judged": 4,
        "accurate": 8 / 3,
        "inaccurate": 1 / 3,
        "invalid": 1,
        "error": 1,
        "missing": 0,
        "accuracy_rate": 8 / 15,
        "accuracy_rate_of_judged": 2 / 3,
    }
    assert [count_text(count) for count in (tally.accurate, tally.invalid, 7)] == ["2.67", "1", "7"]
