"""Evaluating inside a test: the sample's record, its live line and the assertion."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome, decide, decide_metrics
from medgen_pytest.evaluation.spending import cost_of
from medgen_pytest.plugin.failure import SampleFailure
from medgen_pytest.plugin.judged import JudgedResult
from medgen_pytest.plugin.keys import EVALUATING, JUDGED, LIVE, live
from medgen_pytest.reports.case_properties import case_properties

if TYPE_CHECKING:
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.plugin.state import SessionState


def evaluate(state: SessionState, case: ResultKey) -> JudgedResult:
    """The evaluation of the running test's case, made once and noted on the test.

    A sample that could not be judged makes the test an ERROR.
    """
    __tracebackhide__ = True
    node = state.running
    known = node.stash.get(JUDGED, None)
    if known is not None:
        return known
    if EVALUATING.isdisjoint(getattr(node, "fixturenames", ())):
        raise SampleFailure(
            "this test asks for an output while it runs, so its sample was not planned: name medgen_output,"
            " medgen_result or medgen_assert among the test's arguments"
        )
    position = state.order.positions.get(node.nodeid)
    evaluation = state.evaluator.evaluate(
        state.sample(case.sample_id), model=case.model, position=position, repeat=case.repeat
    )
    profile = state.prepared.profile
    record, output = evaluation.result, evaluation.output
    verdict = decide(record, profile)
    node.stash[LIVE] = live(case, verdict.outcome, _outcomes_for_gates(state, record), cost=_cost(record))
    is_repeated = state.prepared.settings.repeats > 1
    properties = case_properties(record, verdict.outcome.value, is_repeated=is_repeated)
    # A test that is run again, as pytest-rerunfailures does, is told of once.
    node.user_properties.extend(each for each in properties if each not in node.user_properties)
    if verdict.outcome is Outcome.ERROR:
        raise SampleFailure(f"{case.model} could not be judged on {case.sample_id}: {verdict.reason}")
    if record.status == "invalid" and output.problem is None:
        output = replace(output, problem=record.reason)
    judged = JudgedResult(record=record, output=output, verdict=verdict, profile=profile)
    node.stash[JUDGED] = judged
    return judged


def _cost(record: SampleResult) -> float:
    """What a sample cost, as far as its record says; most say nothing, which takes no time to see."""
    return cost_of([record]) if record.judgements or record.output.usage is not None else 0.0


def _outcomes_for_gates(state: SessionState, record: SampleResult) -> dict[str, Outcome]:
    """The outcome under each metric that gates are on, for the controller to decide them; empty without early stop."""
    policy, profile = state.prepared.policy, state.prepared.profile
    if policy.early_stop is None:
        return {}
    names = sorted({name for gate in policy.gates for name in gate.needs if name in profile.thresholds})
    applying = [name for name in names if profile.metrics[name].applies_to(record.task)]
    return decide_metrics(record, applying, profile)
