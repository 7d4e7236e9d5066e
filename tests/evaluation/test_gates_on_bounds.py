"""Gates on confidence bounds: what is sure, what is surely not, and how many samples there is between."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.evaluation.gates import GateStatus, parse_gate
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.statistics import (
    exact_interval,
    lower_bound,
    lower_mean_bound,
    upper_bound,
    upper_mean_bound,
)
from tests.evaluation.gating import ERROR, INVALID, Ending, cases_with, decide
from tests.evaluation.records import cases_of

A, I, V, E, M = Outcome.ACCURATE, Outcome.INACCURATE, Outcome.INVALID, Outcome.ERROR, Outcome.MISSING  # noqa: E741 - letters keep the tables below readable


OF_100 = [A] * 62 + [I] * 38
BOUNDS = "0.6200 (62 of 100), bounds 0.5332 and 0.7013 at 95%"


@pytest.mark.parametrize(
    ("text", "outcomes", "status", "reason"),
    [
        ("all/accuracy lower bound >= 0.5", OF_100, "holds", BOUNDS),
        ("all/accuracy lower bound >= 0.8", OF_100, "breached", BOUNDS),
        ("all/accuracy upper bound <= 0.75", OF_100, "holds", BOUNDS),
        ("all/accuracy upper bound <= 0.5", OF_100, "breached", BOUNDS),
        (
            "all/accuracy lower bound >= 0.6",
            OF_100,
            "inconclusive",
            f"{BOUNDS}; 1568 more samples like these would decide",
        ),
        (
            "all/accuracy lower bound >= 0.62",
            OF_100,
            "inconclusive",
            f"{BOUNDS}; no number of samples like these would decide",
        ),
        (
            "all/accuracy lower bound >= 0.5 at 99%",
            OF_100,
            "inconclusive",
            "0.6200 (62 of 100), bounds 0.4991 and 0.7311 at 99%; 2 more samples like these would decide",
        ),
        ("all/accuracy lower bound >= 0", [I], "holds", "0.0000 (0 of 1), bounds 0.0000 and 0.9500 at 95%"),
        ("all/accuracy lower bound > 0", [I], "inconclusive", None),
        (
            "all/accuracy lower bound >= 0.9",
            [A],
            "inconclusive",
            "1.0000 (1 of 1), bounds 0.0500 and 1.0000 at 95%; 28 more samples like these would decide",
        ),
        # What was lost could not have saved it.
        ("all/accuracy lower bound >= 0.9", [*OF_100, M], "breached", None),
        ("all/accuracy lower bound >= 0.9", [*OF_100, E], "breached", None),
        ("all/accuracy lower bound >= 0.9", [*OF_100, V], "breached", None),
        (
            "all/accuracy lower bound >= 0.5",
            [*OF_100, M],
            "incomplete",
            "0.6139 (62 of 101), bounds 0.5275 and 0.7044 at 95%; 1 planned sample never finished",
        ),
        (
            "all/accuracy lower bound >= 0.5",
            [*OF_100, E],
            "inconclusive",
            "0.6139 (62 of 101), bounds 0.5275 and 0.7044 at 95%; 1 error, more than the 0.00% allowed",
        ),
    ],
)
def test_a_bound_of_a_rate_is_decided_by_what_is_sure(
    text: str, outcomes: list[Outcome], status: str, reason: str | None
) -> None:
    verdict = decide(text, cases_of(outcomes))

    assert verdict.status.value == status
    assert reason is None or verdict.reason == reason


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (3, "0.6019 (62 of 103), bounds 0.5163 and 0.7105 at 95%; 3 errors"),
        (20, "0.5167 (62 of 120), bounds 0.4378 and 0.7533 at 95%; decided but for 20 errors"),
    ],
)
def test_errors_that_are_allowed_may_have_been_anything(lost: int, reason: str) -> None:
    verdict = decide("all/accuracy lower bound >= 0.5", cases_of([*OF_100, *[E] * lost]), max_error_rate=0.2)

    assert (verdict.reason, verdict.needed) == (reason, None)


def test_the_interval_has_the_bounds_as_ends() -> None:
    verdict = decide("all/accuracy lower bound >= 0.5 at 97.5%", cases_of(OF_100))

    assert verdict.measured == 0.62
    expected = exact_interval(62, 100, level=0.95)
    assert expected is not None
    assert verdict.interval is not None
    assert (verdict.interval.low, verdict.interval.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert (verdict.interval.level, verdict.interval.method) == (0.95, "exact")


def test_a_gate_without_bounds_is_told_with_an_interval_too() -> None:
    verdict = decide("all/accuracy >= 0.5", cases_of(OF_100))

    assert verdict.interval is not None
    assert (verdict.interval.level, verdict.interval.method) == (0.95, "wilson")
    assert (verdict.interval.low, verdict.interval.high) == pytest.approx((0.5221, 0.7090), abs=1e-4)


def test_lost_samples_leave_a_rate_without_an_interval() -> None:
    assert decide("all/accuracy >= 0.5", cases_of([*OF_100, E])).interval is None


def test_samples_that_belong_together_are_less_sure() -> None:
    cases = [case._replace(cluster=f"patient {number // 10}") for number, case in enumerate(cases_of(OF_100))]

    verdict = decide("all/accuracy lower bound >= 0.5", cases)

    clusters = [case.cluster for case in cases]
    shares = [float(outcome is A) for outcome in OF_100]
    assert verdict.status is GateStatus.INCONCLUSIVE
    assert verdict.interval is not None
    assert verdict.interval.low == lower_bound(shares, clusters)
    assert verdict.interval.high == upper_bound(shares, clusters)
    assert verdict.needed is not None
    assert verdict.needed > 100


@pytest.mark.parametrize(("accurate", "total"), [(3, 5), (13, 20), (1, 4), (2, 5)])
def test_as_many_more_samples_like_these_decide_it_and_many_fewer_do_not(accurate: int, total: int) -> None:
    outcomes = [A] * accurate + [I] * (total - accurate)
    needed = decide("all/accuracy lower bound >= 0.5", cases_of(outcomes)).needed
    assert needed is not None

    def status(times: int) -> GateStatus:
        return decide("all/accuracy lower bound >= 0.5", cases_of(outcomes * times)).status

    assert status(1 + -(-needed // total)) in {GateStatus.HOLDS, GateStatus.BREACHED}
    assert status(1 + needed // total // 2) is GateStatus.INCONCLUSIVE


def test_too_few_samples_say_how_many_are_needed() -> None:
    verdict = decide("all/accuracy >= 0.5", cases_of([A, A]), min_samples=5)

    assert (verdict.status, verdict.needed) == (GateStatus.INCONCLUSIVE, 3)


SCORES: list[Ending] = [0.5 + (number % 10) / 20 for number in range(200)]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("all/ssim mean lower bound >= 0.6", "holds"),
        ("all/ssim mean lower bound >= 0.8", "breached"),
        ("all/ssim mean lower bound >= 0.72", "inconclusive"),
        ("all/ssim mean upper bound <= 0.8", "holds"),
        ("all/ssim mean upper bound <= 0.6", "breached"),
    ],
)
def test_a_bound_of_a_mean_is_decided_by_what_is_sure(text: str, status: str) -> None:
    verdict = decide(text, cases_with(SCORES))

    assert verdict.status.value == status
    scores = [float(score) for score in SCORES]
    assert verdict.interval is not None
    assert (verdict.interval.low, verdict.interval.high) == (
        lower_mean_bound(scores, end=-1.0),
        upper_mean_bound(scores, end=1.0),
    )
    assert (verdict.interval.level, verdict.interval.method) == (0.9, "gaffke")
    assert verdict.reason.startswith("0.7250 (mean of 200 scores), bounds 0.6")


def test_a_mean_says_how_many_more_samples_would_decide() -> None:
    verdict = decide("all/ssim mean lower bound >= 0.72", cases_with(SCORES))

    assert verdict.needed is not None
    assert verdict.reason.endswith(f"; {verdict.needed} more samples like these would decide")
    assert 1500 < verdict.needed < 4000


@pytest.mark.parametrize(
    ("text", "endings", "status", "doubt"),
    [
        # An unusable answer counts as the worst score, a lost one as anything.
        ("all/ssim mean lower bound >= 0.5", [*SCORES, INVALID], "holds", None),
        ("all/ssim mean lower bound >= 0.6", [*SCORES, *[ERROR] * 20], "inconclusive", "decided but for 20 errors"),
        ("all/ssim mean lower bound >= 0.9", [*SCORES, ERROR], "breached", None),
        (
            "all/psnr mean lower bound >= 20",
            [30.0, 31.0, float("inf")],
            "inconclusive",
            "an infinite mean has no bounds",
        ),
        (
            "all/ssim mean lower bound >= 0.5",
            [0.7],
            "inconclusive",
            "0.7000 (mean of 1 score), bounds -0.9150 and 0.9850 at 95%; 23 more samples like these would decide",
        ),
        # Nine scores of a metric without a highest one leave that side open.
        (
            "all/psnr mean lower bound >= 28",
            [30.0, 31.0, 29.0] * 3,
            "inconclusive",
            "30.0000 (mean of 9 scores), lower bound 21.4982 at 95%; 35 more samples like these would decide",
        ),
        ("all/psnr mean lower bound >= 10", [30.0, 31.0, 29.0] * 3, "holds", None),
    ],
)
def test_a_bound_of_a_mean_is_looked_at_from_both_ends(
    text: str, endings: list[Ending], status: str, doubt: str | None
) -> None:
    verdict = decide(text, cases_with(endings, metric=parse_gate(text).metric), max_error_rate=0.5)

    assert verdict.status.value == status
    assert doubt is None or verdict.reason.endswith(doubt)


OUTCOMES = st.lists(st.sampled_from(Outcome), min_size=1, max_size=30)
LEVELS = st.sampled_from(["", " at 75%", " at 99%"])


@settings(deadline=None)
@given(OUTCOMES, st.integers(0, 20), LEVELS, st.sampled_from(["lower bound >=", "upper bound <="]))
def test_what_holds_or_is_breached_stays_so_whatever_errors_would_have_been(
    outcomes: list[Outcome], twentieths: int, level: str, form: str
) -> None:
    text = f"all/accuracy {form} {twentieths * 5}%{level}"
    before = decide(text, cases_of(outcomes), max_error_rate=1.0).status

    for settled in (A, I):
        after = decide(text, cases_of([settled if one is E else one for one in outcomes]), max_error_rate=1.0).status
        assert before is not GateStatus.HOLDS or after is GateStatus.HOLDS
        assert before is not GateStatus.BREACHED or after is GateStatus.BREACHED


@settings(deadline=None)
@given(OUTCOMES, st.integers(0, 20))
def test_a_bound_never_holds_where_the_rate_itself_does_not(outcomes: list[Outcome], twentieths: int) -> None:
    bound = decide(f"all/accuracy lower bound >= {twentieths * 5}%", cases_of(outcomes), max_error_rate=1.0).status
    rate = decide(f"all/accuracy >= {twentieths * 5}%", cases_of(outcomes), max_error_rate=1.0).status

    assert bound is not GateStatus.HOLDS or rate is GateStatus.HOLDS
    assert bound is not GateStatus.BREACHED or rate is GateStatus.BREACHED
