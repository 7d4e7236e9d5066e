"""Evaluating inside a test: the sample's record, its live line and the assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.evaluation.outcome import Outcome, decide
from medgen_pytest.plugin.judged import JudgedResult
from medgen_pytest.plugin.keys import LIVE, live
from medgen_pytest.reports.junit import case_properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.result import ResultKey
    from medgen_pytest.engine.evaluator import Evaluation
    from medgen_pytest.plugin.state import SessionState


class SampleFailure(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # pytest's way to name its failure
    """A sample that is not accurate, or could not be judged: one line, no traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)


def evaluate(node: pytest.Item, state: SessionState, case: ResultKey) -> Evaluation:
    """The evaluation of a test's case, noted on the test; a sample that could not be judged is an ERROR."""
    __tracebackhide__ = True
    evaluation = state.evaluator.evaluate(state.sample(case.sample_id), model=case.model)
    verdict = decide(evaluation.result, state.prepared.profile)
    node.stash[LIVE] = live(case, verdict.outcome)
    node.user_properties.extend(case_properties(evaluation.result, verdict.outcome.value))
    if verdict.outcome is Outcome.ERROR:
        raise SampleFailure(f"{case.model} could not be judged on {case.sample_id}: {verdict.reason}")
    return evaluation


def judge(state: SessionState, evaluation: Evaluation, output: ModelOutput) -> JudgedResult:
    """The result of an evaluation under the profile of the run."""
    profile = state.prepared.profile
    return JudgedResult(
        record=evaluation.result, output=output, verdict=decide(evaluation.result, profile), profile=profile
    )


def fail_unless_accurate(result: JudgedResult, thresholds: Mapping[str, float]) -> None:
    """Fails the running test with the one line that says what is missed."""
    __tracebackhide__ = True
    verdict = result.under(thresholds)
    if verdict.outcome is Outcome.ACCURATE:
        return
    reason = f"invalid output: {verdict.reason}" if verdict.outcome is Outcome.INVALID else str(verdict.reason)
    raise SampleFailure(reason)
