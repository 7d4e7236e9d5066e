"""Gates on the cost of a run: unknown is not zero, and what is known may be too much already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.spending import Spent, free_of, judge_spending_of, spending_of
from medgen_pytest.models.registry import ADAPTERS
from tests.evaluation.gating import decide
from tests.evaluation.records import cases_of, plan, record

if TYPE_CHECKING:
    from medgen_pytest.evaluation.gates import GateVerdict


def answers(*costs: float | None, model: str = "my-model") -> list[SampleResult]:
    return [
        replace(record(plan(number=number, model=model)), output=StoredOutput(usage=Usage(cost=cost)))
        for number, cost in enumerate(costs, start=1)
    ]


def decide_on(text: str, spent: Spent, *, outcomes: tuple[Outcome, ...] = (Outcome.ACCURATE,)) -> GateVerdict:
    return decide(text, cases_of(outcomes), spent=spent)


@pytest.mark.parametrize(
    ("text", "costs", "status", "reason"),
    [
        ("cost <= 3", [1.0, 2.0], "holds", "3.0000 spent"),
        ("cost < 3", [1.0, 2.0], "breached", "3.0000 spent"),
        ("cost <= 2.5", [1.0, 2.0], "breached", "3.0000 spent"),
        ("cost <= 2.5", [1.0, None, 2.0], "breached", "3.0000 spent"),
        (
            "cost <= 5",
            [1.0, None, 2.0],
            "inconclusive",
            "3.0000 spent; 1 answer of my-model without a known cost; give each model a price (zeros if it is free)",
        ),
        (
            "cost <= 5",
            [None, None],
            "inconclusive",
            "cost unknown; 2 answers of my-model without a known cost; give each model a price (zeros if it is free)",
        ),
        ("cost <= 0", [0.0, 0.0], "holds", "0.0000 spent"),
        ("cost <= 5", [], "inconclusive", "cost unknown; nothing was asked"),
    ],
)
def test_a_cost_is_what_the_answers_say(text: str, costs: list[float | None], status: str, reason: str) -> None:
    verdict = decide_on(text, Spent(models=spending_of(answers(*costs))))

    assert (verdict.status.value, verdict.reason) == (status, reason)


def test_it_is_one_verdict_on_the_whole_run() -> None:
    spent = Spent(models=spending_of([*answers(1.0, model="a"), *answers(2.5, model="b")]))

    verdict = decide_on("cost <= 5", spent)

    assert (verdict.model, verdict.subject, verdict.measured) == (None, "the whole run", 3.5)


def test_judgements_count() -> None:
    judged = replace(record(plan()), judgements=(Judgement(judge="j", tier="with_reference", usage=Usage(cost=4.0)),))

    verdict = decide_on("cost <= 3", Spent(models=spending_of(answers(0.0)), judges=judge_spending_of([judged])))

    assert (verdict.status.value, verdict.measured) == ("breached", 4.0)


def test_a_judge_that_does_not_say_leaves_it_open() -> None:
    judged = replace(record(plan()), judgements=(Judgement(judge="j", tier="with_reference"),))

    verdict = decide_on("cost <= 3", Spent(models=spending_of(answers(0.0)), judges=judge_spending_of([judged])))

    assert "1 answer of judge j without a known cost" in verdict.reason


def test_samples_that_never_finished_leave_it_open() -> None:
    spent = Spent(models=spending_of(answers(1.0)))

    verdict = decide_on("cost <= 3", spent, outcomes=(Outcome.ACCURATE, Outcome.MISSING))

    assert (verdict.status.value, verdict.reason) == ("incomplete", "1.0000 spent; 1 planned sample never finished")


def test_a_model_of_this_machine_costs_nothing() -> None:
    identities = {"my-model": {"adapter": "copy-input"}, "paid": {"adapter": "openai_chat"}}
    spent = Spent(models=spending_of(answers(None, None), free=free_of(identities)))

    verdict = decide_on("cost <= 0", spent)

    assert (verdict.status.value, verdict.reason) == ("holds", "0.0000 spent")


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_only_adapters_that_send_nothing_are_free(adapter: str) -> None:
    is_free = bool(free_of({"m": {"adapter": adapter}}))

    assert is_free == (adapter in {"classical", "copy-input", "diffusers", "oracle", "replay", "transformers"})


@pytest.mark.parametrize("identities", [None, [], {"m": None}, {"m": {}}])
def test_nothing_is_free_of_which_nothing_is_known(identities: object) -> None:
    assert free_of(identities) == frozenset()
