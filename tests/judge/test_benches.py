"""The bench: which judgements an output gets, which are due, and how they become scores and conventions."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.config.settings import Combination
from medgen_pytest.domain.judgement import JUDGE_METRICS, Judgement
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.judge.bench import Bench, Seat, output_digest
from medgen_pytest.judge.judge import Judge
from medgen_pytest.judge.rubric import rubric_from_dict
from tests.judge.asking import CLINICAL, HOLISTIC, Asked, make_bench, says

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from medgen_pytest.judge.rubric import Rubric

WITH, WITHOUT = JUDGE_METRICS["with_reference"], JUDGE_METRICS["without_reference"]
TEXTS = st.text(max_size=12)
MARKS = st.integers(2, 20).map(lambda halves: halves / 2)


class Named(Asked):
    """A judge that is never asked, of one model and revision."""

    def __init__(self, model: str = "judge-model") -> None:
        super().__init__(says())
        self.model = model

    @property
    def identity(self) -> Mapping[str, object]:
        return {"adapter": "named", "model": self.model}


def bench_of(*names: str, rubric: Rubric = HOLISTIC, **rules: Any) -> Bench:
    """A bench of judges by these names, each of a model called the same."""
    return make_bench({name: Named(name) for name in names or ("judge",)}, rubric=rubric, **rules)


RESULT = SampleResult(
    model="my-vlm",
    sample_id="vqa:question-answering:000001",
    task=Task.QUESTION_ANSWERING,
    modality=Modality.CT,
    status="answered",
    output=StoredOutput(text="A nodule."),
    digests={"sample": "s1", "model": "m1"},
)


def said(bench: Bench, seat: Seat, overall: float | None = 8.0, *, of: SampleResult = RESULT, **more: Any) -> Judgement:
    """What the judge of a seat said of a result; an error without a score."""
    reason = "down" if overall is None else None
    fields = {"overall": overall, "reason": reason, "digests": bench.digests(seat, of), **more}
    return Judgement(**seat._asdict(), **fields)


def all_said(bench: Bench, overall: float | None = 8.0) -> tuple[Judgement, ...]:
    return tuple(said(bench, seat, overall) for seat in bench.seats)


def judged(*judgements: Judgement) -> SampleResult:
    return replace(RESULT, judgements=judgements)


def test_seats_come_by_judge_tier_and_repeat() -> None:
    assert bench_of("b", "a", repeats=2).seats == [
        Seat(judge, tier, replicate, swapped=False)
        for judge in ("b", "a")
        for tier in ("with_reference", "without_reference")
        for replicate in (0, 1)
    ]


def test_both_orders_are_asked_only_where_there_is_a_reference_to_change_places_with() -> None:
    seats = bench_of(swap=True).seats

    assert [(seat.tier, seat.swapped) for seat in seats] == [
        ("with_reference", False),
        ("with_reference", True),
        ("without_reference", False),
    ]


def test_a_usable_output_that_nobody_judged_is_due_in_every_seat() -> None:
    bench = bench_of("a", "b", repeats=3, swap=True)

    assert bench.due(RESULT) == bench.seats


@pytest.mark.parametrize("status", ["invalid", "error"])
def test_an_output_that_is_not_usable_is_never_due(status: Any) -> None:
    assert bench_of().due(replace(RESULT, status=status)) == []


def test_what_was_judged_is_not_due_and_an_error_is_due_again() -> None:
    bench = bench_of(repeats=2, tiers=("with_reference",))
    first, second = bench.seats

    assert bench.due(judged(said(bench, first), said(bench, second))) == []
    assert bench.due(judged(said(bench, first), said(bench, second, None))) == [second]


@pytest.mark.parametrize(
    "changed",
    [
        replace(RESULT, output=StoredOutput(text="Another answer.")),
        replace(RESULT, output=StoredOutput(text="A nodule.", image="0" * 64 + ".png")),
        replace(RESULT, digests={"sample": "s2", "model": "m1"}),
        replace(RESULT, digests={}),
    ],
    ids=["text", "image", "sample", "no digest"],
)
def test_an_output_or_a_sample_that_changed_is_judged_anew(changed: SampleResult) -> None:
    bench = bench_of()

    assert bench.due(replace(changed, judgements=all_said(bench))) == bench.seats


def test_an_output_of_another_revision_that_is_the_same_is_not_judged_again() -> None:
    bench = bench_of()
    other = replace(RESULT, digests={"sample": "s1", "model": "m2"}, judgements=all_said(bench))

    assert bench.due(other) == []


@pytest.mark.parametrize("other", [bench_of("another"), bench_of(rubric=CLINICAL)], ids=["judge", "rubric"])
def test_what_another_judge_or_rubric_said_does_not_count(other: Bench) -> None:
    bench = bench_of()

    assert bench.due(judged(*all_said(other))) == bench.seats
    assert bench.merge(judged(*all_said(other)), ()) == ()


def test_a_judge_under_the_same_name_that_is_another_model_judges_anew() -> None:
    bench = bench_of()
    other = replace(bench, judges={"judge": Judge("judge", Named("judge-model-2"), HOLISTIC)})

    assert other.due(judged(*all_said(bench))) == other.seats


def test_other_rules_make_use_of_the_same_judgements() -> None:
    bench = bench_of(repeats=2)
    result = judged(*all_said(bench))

    fewer, more = replace(bench, repeats=1, combine="median"), replace(bench, repeats=3)

    assert fewer.due(result) == []
    assert {seat.replicate for seat in more.due(result)} == {2}


def test_merging_puts_judgements_in_the_order_of_the_seats_and_fresh_ones_before_known_ones() -> None:
    bench = bench_of("b", "a", tiers=("with_reference",), repeats=2)
    known = [said(bench, seat, 3.0) for seat in reversed(bench.seats)]
    fresh = [said(bench, bench.seats[2], 9.0)]

    merged = bench.merge(judged(*known), fresh)

    assert [one.slot for one in merged] == bench.seats
    assert [one.overall for one in merged] == [3.0, 3.0, 9.0, 3.0]


def test_merging_keeps_known_errors_and_leaves_out_seats_that_are_no_more() -> None:
    bench = bench_of(tiers=("with_reference",), repeats=3)
    first, second, third = bench.seats
    known = judged(said(bench, first), said(bench, second, None), said(bench, third))

    merged = replace(bench, repeats=2).merge(known, ())

    assert [(one.replicate, one.overall) for one in merged] == [(0, 8.0), (1, None)]


SAYINGS = st.lists(st.tuples(st.sampled_from("abx"), st.integers(0, 3), st.none() | MARKS, st.booleans()), max_size=12)


@settings(deadline=None)
@given(SAYINGS, SAYINGS)
def test_whatever_is_merged_each_seat_has_one_judgement_at_most_and_nothing_that_is_due_counts(
    before: list[tuple[str, int, float | None, bool]], now: list[tuple[str, int, float | None, bool]]
) -> None:
    bench = bench_of("a", "b", tiers=("with_reference",), repeats=2)
    wide = bench_of("a", "b", "x")

    def made(told: list[tuple[str, int, float | None, bool]]) -> list[Judgement]:
        return [
            said(
                wide, Seat(judge, "with_reference", replicate, swapped=False), overall, finished="then" if old else None
            )
            for judge, replicate, overall, old in told
        ]

    known, fresh = made(before), made(now)
    merged = bench.merge(judged(*known), fresh)
    after = judged(*merged)

    slots = [one.slot for one in merged]
    assert slots == [seat for seat in bench.seats if seat in set(slots)]
    assert all(one in [*known, *fresh] for one in merged)
    assert bench.merge(after, ()) == merged
    missing = {seat for seat in bench.seats if seat not in slots}
    errors = {one.slot for one in merged if one.is_error}
    assert set(bench.due(after)) == missing | errors
    assert bench.scores(merged)[WITH].is_scored == (not bench.due(after))


def test_each_tier_has_a_score_of_its_own() -> None:
    bench = bench_of()
    marks = {"with_reference": 9.0, "without_reference": 4.0}

    scores = bench.scores([said(bench, seat, marks[seat.tier]) for seat in bench.seats])

    assert {name: (score.value, score.direction) for name, score in scores.items()} == {
        WITH: (9.0, "higher"),
        WITHOUT: (4.0, "higher"),
    }
    assert {name: score.convention for name, score in scores.items()} == bench.conventions


def test_a_bench_of_one_tier_gives_one_metric() -> None:
    bench = bench_of(tiers=("without_reference",))

    assert set(bench.scores(all_said(bench))) == set(bench.conventions) == {WITHOUT}


@pytest.mark.parametrize("how", get_args(Combination))
@pytest.mark.parametrize("rule", get_args(Combination))
def test_an_error_is_never_a_number_whatever_the_rules(how: Combination, rule: Combination) -> None:
    bench = bench_of("a", "b", repeats=3, combine=how, rule=rule)
    marks = iter([8.0] * 5 + [None] + [8.0] * 6)

    score = bench.scores([said(bench, seat, next(marks)) for seat in bench.seats])[WITHOUT]

    assert (score.value, score.reason) == (None, "judge a: down")
    assert not score.is_scored


def test_a_score_says_which_judge_was_not_asked_and_an_error_without_a_reason_says_so() -> None:
    bench = bench_of("a", "b", tiers=("with_reference",))
    first, second = bench.seats

    unasked = bench.scores([said(bench, first)])[WITH]
    silent = bench.scores([said(bench, first), said(bench, second, None, reason=None)])[WITH]

    assert unasked.reason == "judge b was not asked"
    assert silent.reason == "judge b: it gave no reason"


def test_nothing_at_all_is_no_score() -> None:
    scores = bench_of().scores(())

    assert {score.value for score in scores.values()} == {None}
    assert {score.reason for score in scores.values()} == {"judge judge was not asked"}


PANELS = st.lists(st.lists(MARKS, min_size=3, max_size=3), min_size=1, max_size=4)
COMBINED: dict[Combination, Callable[[Sequence[float]], float]] = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "majority": lambda marks: sorted(marks)[(len(marks) - 1) // 2],
}


@settings(deadline=None)
@given(PANELS, st.sampled_from(get_args(Combination)), st.sampled_from(get_args(Combination)), st.randoms())
def test_the_repeats_of_each_judge_become_one_and_then_the_judges_in_whatever_order_they_spoke(
    panel: list[list[float]], how: Combination, rule: Combination, random: Any
) -> None:
    names = "abcd"[: len(panel)]
    bench = bench_of(*names, tiers=("with_reference",), repeats=3, combine=how, rule=rule)
    judgements = [said(bench, seat, panel[names.index(seat.judge)][seat.replicate]) for seat in bench.seats]
    random.shuffle(judgements)

    score = bench.scores(judgements)[WITH]

    assert score.value == pytest.approx(COMBINED[rule]([COMBINED[how](marks) for marks in panel]))


@given(st.lists(MARKS, min_size=1, max_size=7), MARKS)
def test_a_majority_of_repeats_meets_a_threshold_exactly_if_more_than_half_of_them_do(
    marks: list[float], threshold: float
) -> None:
    bench = bench_of(tiers=("with_reference",), repeats=len(marks), combine="majority")

    score = bench.scores([said(bench, seat, marks[seat.replicate]) for seat in bench.seats])[WITH]

    assert score.meets(threshold) == (2 * sum(mark >= threshold for mark in marks) > len(marks))


@given(st.lists(MARKS, min_size=1, max_size=5), MARKS)
def test_a_panel_by_majority_accepts_exactly_what_more_than_half_of_its_judges_accept(
    marks: list[float], threshold: float
) -> None:
    names = "abcde"[: len(marks)]
    bench = bench_of(*names, tiers=("with_reference",), rule="majority")

    score = bench.scores([said(bench, seat, marks[names.index(seat.judge)]) for seat in bench.seats])[WITH]

    assert score.meets(threshold) == (2 * sum(mark >= threshold for mark in marks) > len(marks))


def test_a_judge_with_many_repeats_has_no_more_weight_than_one_whose_repeats_agree() -> None:
    bench = bench_of("a", "b", tiers=("with_reference",), swap=True)
    marks = {("a", False): 2.0, ("a", True): 4.0, ("b", False): 9.0, ("b", True): 9.0}

    score = bench.scores([said(bench, seat, marks[seat.judge, seat.swapped]) for seat in bench.seats])[WITH]

    assert score.value == 6.0


def test_a_score_tells_what_may_steer_and_what_judges_noted_each_once() -> None:
    bench = bench_of(tiers=("with_reference",), repeats=2)
    told = [
        said(bench, bench.seats[0], steering=("score_request",), notes=("the output text was cut",)),
        said(bench, bench.seats[1], None, steering=("delimiter", "score_request"), notes=("the output text was cut",)),
    ]

    assert bench.scores(told)[WITH].notes == (
        "the output may steer the judge: delimiter, score_request",
        "the output text was cut",
    )


CHANGES: dict[str, Bench] = {
    "another judge": bench_of("other"),
    "a second judge": bench_of("judge", "other"),
    "another rubric": bench_of(rubric=CLINICAL),
    "another scale": bench_of(rubric=rubric_from_dict({**HOLISTIC.to_dict(), "scale": {"low": 1, "high": 5}})),
    "another overall score": bench_of(rubric=rubric_from_dict({**HOLISTIC.to_dict(), "overall": "lowest"})),
    "more repeats": bench_of(repeats=3),
    "another combination": bench_of(combine="median"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_makes_scores_another_thing_changes_convention_and_digest(change: str) -> None:
    plain, changed = bench_of(), CHANGES[change]

    assert {changed.conventions[name] == plain.conventions[name] for name in plain.conventions} == {False}
    assert changed.digest != plain.digest


def test_what_changes_no_score_changes_no_convention() -> None:
    plain = bench_of("a")

    other = replace(plain, margin=0.5, timeout=5.0, rule="majority", warnings=("of the same family",))

    assert (other.conventions, other.digest) == (plain.conventions, plain.digest)
    assert bench_of("a", "b").conventions == bench_of("b", "a").conventions


def test_the_rule_of_a_panel_counts_and_the_orders_count_where_there_are_two() -> None:
    panel, by_median = bench_of("a", "b"), bench_of("a", "b", rule="median")
    straight, both = bench_of(), bench_of(swap=True)

    assert panel.conventions[WITH] != by_median.conventions[WITH]
    assert straight.conventions[WITH] != both.conventions[WITH]
    assert straight.conventions[WITHOUT] == both.conventions[WITHOUT]


def test_a_convention_names_metric_rubric_judges_and_rules() -> None:
    bench = bench_of("a", "b", repeats=3, combine="majority", rule="median", swap=True)
    judges = "+".join(f"{name}-{judge.digest[:8]}" for name, judge in bench.judges.items())

    assert bench.conventions[WITH] == (
        f"judge_with_reference/medgen-holistic-{HOLISTIC.digest[:8]}@{HOLISTIC.version}+{judges}"
        "+3-majority+swap+panel-median"
    )


def test_facts_are_plain_values_that_say_how_is_judged() -> None:
    bench = bench_of("a", "b", repeats=2, margin=0.5, warnings=("of the same family",))

    facts: Any = json.loads(json.dumps(bench.facts(), allow_nan=False))

    assert {name: judge["digest"] for name, judge in facts["judges"].items()} == {
        name: judge.digest for name, judge in bench.judges.items()
    }
    assert facts["judges"]["a"]["model"] == {"adapter": "named", "model": "a"}
    assert (facts["repeats"], facts["combine"], facts["rule"], facts["margin"]) == (2, "mean", "mean", 0.5)
    assert facts["conventions"] == bench.conventions
    assert facts["warnings"] == ["of the same family"]
    rubric = facts["rubric"]
    assert (rubric["name"], rubric["digest"], rubric["low"], rubric["high"]) == (
        "medgen-holistic",
        HOLISTIC.digest,
        1.0,
        10.0,
    )
    assert [one["name"] for one in rubric["dimensions"]] == [one.name for one in HOLISTIC.dimensions]


@given(TEXTS, st.none() | TEXTS, TEXTS, st.none() | TEXTS)
def test_outputs_have_one_digest_exactly_if_a_judge_sees_the_same(
    text: str, image: str | None, other_text: str, other_image: str | None
) -> None:
    first = StoredOutput(text=text, image=image, raw="raw", seconds=1.0)
    second = StoredOutput(text=other_text, image=other_image, finish_reason="stop")

    assert (output_digest(first) == output_digest(second)) == ((text, image) == (other_text, other_image))


@pytest.mark.parametrize("text", [None, "", "half \ud800", "影"])
def test_every_text_has_a_digest(text: str | None) -> None:
    assert len(output_digest(StoredOutput(text=text))) == 64
