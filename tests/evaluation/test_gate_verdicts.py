"""Gates on a run: which status they have, for which model, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import judge_cases
from medgen_pytest.evaluation.gates import GateStatus, decide_gates, parse_gate
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.evaluation.run_result import GatePolicy
from medgen_pytest.evaluation.tally import Tally
from tests.evaluation.gating import decide
from tests.evaluation.records import PROFILE, by_key, cases_of, plan, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.gates import GateVerdict

A, I, V, E, M = Outcome.ACCURATE, Outcome.INACCURATE, Outcome.INVALID, Outcome.ERROR, Outcome.MISSING  # noqa: E741 - letters keep the tables below readable


def _decide(text: str, outcomes: Sequence[Outcome], **policy: Any) -> GateVerdict:
    return decide(text, cases_of(outcomes), **policy)


@pytest.mark.parametrize(
    ("text", "outcomes", "status", "reason"),
    [
        ("all/accuracy >= 0.75", [A, A, A, I], "holds", "0.7500 (3 of 4)"),
        ("all/accuracy >= 75%", [A, A, A, I], "holds", "0.7500 (3 of 4)"),
        ("all/accuracy > 0.75", [A, A, A, I], "breached", "0.7500 (3 of 4)"),
        ("all/accuracy >= 0.76", [A, A, A, I], "breached", "0.7500 (3 of 4)"),
        ("all/accuracy >= 0.75", [A, A, A, V], "holds", "0.7500 (3 of 4)"),
        ("all/accuracy >= 0.8", [A, A, A, V], "breached", "0.7500 (3 of 4)"),
        ("all/accuracy <= 0.25", [A, I, I, I], "holds", "0.2500 (1 of 4)"),
        ("all/accuracy < 0.25", [A, I, I, I], "breached", "0.2500 (1 of 4)"),
        ("all/accuracy >= 0", [I], "holds", "0.0000 (0 of 1)"),
        ("all/accuracy >= 1", [A], "holds", "1.0000 (1 of 1)"),
    ],
)
def test_a_complete_run_holds_or_breaches_a_gate(text: str, outcomes: list[Outcome], status: str, reason: str) -> None:
    verdict = _decide(text, outcomes)

    assert (verdict.status.value, verdict.reason) == (status, reason)


@pytest.mark.parametrize(
    ("text", "outcomes", "status", "reason"),
    [
        # Even with the lost sample accurate the rate is too low: no more evidence is needed.
        ("all/accuracy >= 0.8", [A, A, I, M], "breached", "0.5000 (2 of 4)"),
        ("all/accuracy >= 0.8", [A, A, I, E], "breached", "0.5000 (2 of 4)"),
        ("all/accuracy <= 0.2", [A, A, I, E], "breached", "0.5000 (2 of 4)"),
        # The lost sample decides.
        ("all/accuracy >= 0.75", [A, A, I, M], "incomplete", "0.5000 (2 of 4); 1 planned sample never finished"),
        ("all/accuracy <= 0.5", [A, A, I, M], "incomplete", "0.5000 (2 of 4); 1 planned sample never finished"),
        (
            "all/accuracy >= 0.75",
            [A, A, I, E],
            "inconclusive",
            "0.5000 (2 of 4); 1 error, more than the 0.00% allowed",
        ),
        # It does not, but the run is not what was planned.
        ("all/accuracy >= 0.5", [A, A, I, M], "incomplete", "0.5000 (2 of 4); 1 planned sample never finished"),
        (
            "all/accuracy >= 0.5",
            [A, A, I, E],
            "inconclusive",
            "0.5000 (2 of 4); 1 error, more than the 0.00% allowed",
        ),
        ("all/accuracy >= 0.5", [A, A, E, M], "incomplete", "0.5000 (2 of 4); 1 planned sample never finished"),
        ("all/accuracy >= 1", [E, E], "inconclusive", "0.0000 (0 of 2); 2 errors, more than the 0.00% allowed"),
        ("all/accuracy >= 1", [M, M], "incomplete", "0.0000 (0 of 2); 2 planned samples never finished"),
    ],
)
def test_lost_samples_leave_a_gate_open_unless_both_ends_breach_it(
    text: str, outcomes: list[Outcome], status: str, reason: str
) -> None:
    verdict = _decide(text, outcomes)

    assert (verdict.status.value, verdict.reason) == (status, reason)


@pytest.mark.parametrize(
    ("text", "outcomes", "status", "reason"),
    [
        ("all/accuracy >= 0.5", [A, A, I, E], "holds", "0.5000 (2 of 4); 1 error"),
        ("all/accuracy >= 0.75", [A, A, I, E], "inconclusive", "0.5000 (2 of 4); up to 0.7500 but for 1 error"),
        ("all/accuracy <= 0.5", [A, A, I, E], "inconclusive", "0.5000 (2 of 4); up to 0.7500 but for 1 error"),
        ("all/accuracy >= 0.8", [A, A, I, E], "breached", "0.5000 (2 of 4)"),
        (
            "all/accuracy >= 0.25",
            [A, I, E, E],
            "inconclusive",
            "0.2500 (1 of 4); 2 errors, more than the 25.00% allowed",
        ),
    ],
)
def test_errors_that_are_allowed_do_not_stop_a_gate_unless_they_decide_it(
    text: str, outcomes: list[Outcome], status: str, reason: str
) -> None:
    verdict = _decide(text, outcomes, max_error_rate=0.25)

    assert (verdict.status.value, verdict.reason) == (status, reason)


def test_too_few_judged_samples_are_inconclusive() -> None:
    verdict = _decide("all/accuracy >= 0.5", [A, A, I], min_samples=4)

    assert (verdict.status, verdict.reason) == (
        GateStatus.INCONCLUSIVE,
        "0.6667 (2 of 3); fewer than 4 judged samples",
    )


def test_enough_judged_samples_are_conclusive() -> None:
    assert _decide("all/accuracy >= 0.5", [A, A, I], min_samples=3).status is GateStatus.HOLDS


def test_a_gate_is_decided_for_each_model_that_has_samples_in_its_slice() -> None:
    cases = [
        *cases_of([A, A], model="good"),
        *cases_of([I, I], model="bad"),
        *cases_of([A], model="text-only", task=Task.MULTIPLE_CHOICE),
    ]
    gate = parse_gate("image_editing/accuracy >= 0.9")

    verdicts = decide_gates(GatePolicy(gates=(gate,)), cases)

    assert [(verdict.model, verdict.status.value) for verdict in verdicts] == [("bad", "breached"), ("good", "holds")]


OPEN = "0.2500 (1 error of 4); 1 planned sample never finished"


@pytest.mark.parametrize(
    ("text", "outcomes", "status", "reason"),
    [
        ("all/accuracy errors <= 0", [A, I, V], "holds", "0.0000 (0 errors of 3)"),
        ("all/accuracy errors <= 0.25", [A, I, V, E], "holds", "0.2500 (1 error of 4)"),
        ("all/accuracy errors < 0.25", [A, I, V, E], "breached", "0.2500 (1 error of 4)"),
        ("all/accuracy errors <= 0.24", [A, I, V, E], "breached", "0.2500 (1 error of 4)"),
        ("all/accuracy errors <= 100%", [E, E], "holds", "1.0000 (2 errors of 2)"),
        ("all/accuracy errors >= 0.5", [E, E, A], "holds", "0.6667 (2 errors of 3)"),
        # What never finished may have been an error: only where that cannot matter is the gate decided.
        ("all/accuracy errors <= 0.5", [A, A, E, M], "incomplete", OPEN),
        ("all/accuracy errors <= 0.25", [A, A, E, M], "incomplete", OPEN),
        ("all/accuracy errors <= 0.2", [A, A, E, M], "breached", "0.2500 (1 error of 4)"),
        ("all/accuracy errors <= 0", [M, M], "incomplete", "0.0000 (0 errors of 2); 2 planned samples never finished"),
    ],
)
def test_a_gate_on_errors_holds_or_is_breached_by_their_share_of_the_planned_samples(
    text: str, outcomes: list[Outcome], status: str, reason: str
) -> None:
    verdict = _decide(text, outcomes)

    assert (verdict.status.value, verdict.reason) == (status, reason)


def test_a_gate_on_errors_of_few_samples_is_inconclusive() -> None:
    few, enough = (_decide("all/accuracy errors <= 0.5", [A, E, I], min_samples=number) for number in (4, 3))

    assert (few.status.value, few.reason) == ("inconclusive", "0.3333 (1 error of 3); fewer than 4 samples")
    assert enough.status is GateStatus.HOLDS


def test_a_gate_on_errors_of_a_metric_looks_at_what_that_metric_could_not_judge() -> None:
    profile = load_profile("medgen-2026.08", root=Path())
    planned = [plan(Task.MULTIPLE_CHOICE, number=number) for number in (1, 2, 3)]
    results = by_key(
        [
            record(planned[0], judge_with_reference=None, exact_match=1.0),
            record(planned[1], judge_with_reference=9.0, exact_match=1.0),
            record(planned[2], status="invalid"),
        ]
    )
    cases = judge_cases(planned, results, profile, measured={"judge_with_reference", "exact_match"})
    gates = [parse_gate(f"all/{name} errors <= 0.2") for name in ("judge_with_reference", "exact_match")]

    verdicts = decide_gates(GatePolicy(gates=tuple(gates), max_error_rate=1.0), cases)

    assert [(one.status.value, one.reason) for one in verdicts] == [
        ("breached", "0.3333 (1 error of 3)"),
        ("holds", "0.0000 (0 errors of 3)"),
    ]


def test_a_gate_on_errors_whose_slice_nobody_has_samples_in_is_inconclusive() -> None:
    verdict = _decide("all[model=other]/accuracy errors <= 0.5", [A])

    assert (verdict.status.value, verdict.reason) == ("inconclusive", "no samples")


def test_of_repeats_that_count_as_one_an_error_makes_the_sample_one_error() -> None:
    planned = [plan(Task.MULTIPLE_CHOICE, repeat=repeat) for repeat in (0, 1)]
    results = by_key([record(planned[0], exact_match=1.0), record(planned[1], exact_match=None)])
    gates = (parse_gate("all/exact_match errors <= 0.5"),)

    verdicts = [
        decide_gates(GatePolicy(gates=gates, aggregate=aggregate), judge_cases(planned, results, PROFILE))
        for aggregate in ("mean", "any")
    ]

    assert [(one.status.value, one.reason) for (one,) in verdicts] == [
        ("breached", "1.0000 (1 error of 1)"),
        ("holds", "0.0000 (0 errors of 1)"),
    ]


def test_verdicts_come_in_the_order_of_the_gates() -> None:
    gates = (parse_gate("all/ssim >= 0.9"), parse_gate("all/accuracy >= 0.1"))

    verdicts = decide_gates(GatePolicy(gates=gates), cases_of([A, I]))

    assert [(verdict.gate, verdict.status.value) for verdict in verdicts] == [
        ("all/ssim >= 0.9", "breached"),
        ("all/accuracy >= 0.1", "holds"),
    ]


PLANNED = [
    plan(Task.STYLE_TRANSFER, number=1, modality=Modality.CT, subtask="Dye style"),
    plan(Task.STYLE_TRANSFER, number=2, modality=Modality.MRI, subtask="Dye style"),
    plan(Task.ARTIFACT_REMOVAL, number=1, modality=Modality.CT, subtask="Ring, or motion"),
    plan(Task.MULTIPLE_CHOICE, number=1, modality=Modality.CT, model="org/other"),
    plan(Task.ORGANIC_REMOVAL, number=1, modality=Modality.X_RAY),
]


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("all/accuracy >= 0.5", [0, 1, 2, 3, 4]),
        ("all/ssim >= 0.5", [0, 1, 2, 4]),
        ("all/bleu >= 0.5", [3, 4]),
        ("all/exact_match >= 0.5", [3]),
        ("image_editing/accuracy >= 0.5", [0, 1, 2]),
        ("style-transfer/accuracy >= 0.5", [0, 1]),
        ("all[modality=CT]/accuracy >= 0.5", [0, 2, 3]),
        ("all[subtask=Dye style]/accuracy >= 0.5", [0, 1]),
        ('all[subtask="Ring, or motion"]/accuracy >= 0.5', [2]),
        ("all[subtask=dye style]/accuracy >= 0.5", []),
        ("all[model=org/other]/accuracy >= 0.5", [3]),
        ("all[task=style-transfer,modality=CT]/accuracy >= 0.5", [0]),
        ("all[format=vqa]/accuracy >= 0.5", [3]),
        ("vqa[modality=MRI]/accuracy >= 0.5", []),
    ],
)
def test_a_gate_covers_the_samples_of_its_slice_and_metric(text: str, covered: list[int]) -> None:
    gate = parse_gate(text)

    assert [index for index, planned in enumerate(PLANNED) if gate.covers(planned)] == covered


def test_a_gate_on_a_metric_looks_at_that_metric_alone() -> None:
    planned = [plan(number=number) for number in (1, 2)]
    results = by_key([record(planned[0], ssim=0.9, psnr=10.0), record(planned[1], ssim=0.8, psnr=40.0)])
    gates = tuple(parse_gate(f"all/{metric} >= 1") for metric in ("ssim", "psnr", "accuracy"))

    verdicts = decide_gates(GatePolicy(gates=gates), judge_cases(planned, results, PROFILE))

    assert [verdict.status.value for verdict in verdicts] == ["holds", "breached", "breached"]
    assert [verdict.tally.accurate for verdict in verdicts] == [2, 1, 1]


def test_a_verdict_is_plain_values_for_reports() -> None:
    verdict = _decide("all/accuracy >= 0.5", [A, I])

    assert verdict.to_dict() == {
        "gate": "all/accuracy >= 0.5",
        "model": "my-model",
        "status": "holds",
        "tier": "blocking",
        "reason": "0.5000 (1 of 2)",
        "measured": 0.5,
        "interval": {
            "low": pytest.approx(0.0945, abs=1e-4),
            "high": pytest.approx(0.9055, abs=1e-4),
            "level": 0.95,
            "method": "wilson",
        },
        "needed": None,
        "detectable": None,
        "tally": Tally(accurate=1, inaccurate=1).to_dict(),
    }


OUTCOMES = st.lists(st.sampled_from(Outcome), min_size=1, max_size=20)
BOUNDS = st.integers(min_value=0, max_value=20).map(lambda twentieths: f"{twentieths * 5}%")
RATES = st.sampled_from([0.0, 0.1, 0.5, 1.0])
ENOUGH = st.integers(min_value=1, max_value=10)


@settings(deadline=None)
@given(OUTCOMES, BOUNDS, RATES, ENOUGH, st.sampled_from([E, M]), st.sampled_from([">=", ">"]))
def test_a_lost_sample_never_turns_a_breached_gate_into_one_that_holds(
    outcomes: list[Outcome], bound: str, max_error_rate: float, min_samples: int, lost: Outcome, sign: str
) -> None:
    text = f"all/accuracy {sign} {bound}"
    before = _decide(text, outcomes, max_error_rate=max_error_rate, min_samples=min_samples)

    after = _decide(text, [*outcomes, lost], max_error_rate=max_error_rate, min_samples=min_samples)

    assert not (before.status is GateStatus.BREACHED and after.status is GateStatus.HOLDS)


@settings(deadline=None)
@given(OUTCOMES, BOUNDS, RATES, ENOUGH, st.sampled_from([">=", ">"]))
def test_losing_a_judged_sample_never_makes_a_gate_hold(
    outcomes: list[Outcome], bound: str, max_error_rate: float, min_samples: int, sign: str
) -> None:
    text = f"all/accuracy {sign} {bound}"
    before = _decide(text, [*outcomes, I], max_error_rate=max_error_rate, min_samples=min_samples)

    after = _decide(text, [*outcomes, E], max_error_rate=max_error_rate, min_samples=min_samples)

    assert before.status is GateStatus.HOLDS or after.status is not GateStatus.HOLDS


@settings(deadline=None)
@given(OUTCOMES, BOUNDS, RATES, ENOUGH, st.sampled_from([">=", ">", "<=", "<"]))
def test_a_gate_that_holds_with_errors_holds_whatever_they_would_have_been(
    outcomes: list[Outcome], bound: str, max_error_rate: float, min_samples: int, sign: str
) -> None:
    text = f"all/accuracy {sign} {bound}"
    before = _decide(text, outcomes, max_error_rate=max_error_rate, min_samples=min_samples)

    for settled in (A, I):
        after = [settled if outcome is E else outcome for outcome in outcomes]
        status = _decide(text, after, max_error_rate=max_error_rate, min_samples=min_samples).status
        assert before.status is not GateStatus.HOLDS or status is GateStatus.HOLDS


@settings(deadline=None)
@given(OUTCOMES, BOUNDS, RATES, ENOUGH)
def test_a_gate_never_holds_while_planned_samples_are_missing(
    outcomes: list[Outcome], bound: str, max_error_rate: float, min_samples: int
) -> None:
    verdict = _decide(
        f"all/accuracy >= {bound}", [*outcomes, M], max_error_rate=max_error_rate, min_samples=min_samples
    )

    assert verdict.status is not GateStatus.HOLDS


@settings(deadline=None)
@given(OUTCOMES, BOUNDS, RATES, st.sampled_from(["<=", "<"]), st.sampled_from([A, I, V]), st.sampled_from([A, I, V]))
def test_a_gate_on_errors_never_depends_on_how_judged_samples_ended(
    outcomes: list[Outcome], bound: str, max_error_rate: float, sign: str, first: Outcome, other: Outcome
) -> None:
    text = f"all/accuracy errors {sign} {bound}"
    changed = [other if outcome is first else outcome for outcome in outcomes]

    before, after = (_decide(text, found, max_error_rate=max_error_rate) for found in (outcomes, changed))

    assert (before.status, before.reason) == (after.status, after.reason)


@settings(deadline=None)
@given(OUTCOMES, BOUNDS, st.sampled_from(["<=", "<", ">=", ">"]))
def test_a_gate_on_errors_is_decided_only_where_samples_that_are_missing_could_not_change_it(
    outcomes: list[Outcome], bound: str, sign: str
) -> None:
    text = f"all/accuracy errors {sign} {bound}"
    verdict = _decide(text, outcomes)

    ends = {_decide(text, [settled if outcome is M else outcome for outcome in outcomes]).status for settled in (A, E)}

    assert (verdict.status is GateStatus.BREACHED) == (ends == {GateStatus.BREACHED})
    assert (verdict.status is GateStatus.HOLDS) == (ends == {GateStatus.HOLDS} and M not in outcomes)


@settings(deadline=None)
@given(OUTCOMES, BOUNDS, st.sampled_from([A, I, V]))
def test_another_error_never_makes_a_gate_against_errors_hold(
    outcomes: list[Outcome], bound: str, judged: Outcome
) -> None:
    text = f"all/accuracy errors <= {bound}"

    before, after = (_decide(text, [*outcomes, more]) for more in (judged, E))

    assert before.status is GateStatus.HOLDS or after.status is not GateStatus.HOLDS
