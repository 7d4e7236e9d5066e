"""Gates decided by hand: cases with scores or other endings, and the one verdict on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.evaluation.case import Case, judge_cases
from medgen_pytest.evaluation.gates import GateVerdict, decide_gates, parse_gate
from medgen_pytest.evaluation.run_result import GatePolicy
from medgen_pytest.evaluation.spending import Spent
from medgen_pytest.metrics.registry import METRICS
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import SampleResult

INVALID, ERROR, MISSING = "invalid", "error", "missing"
Ending = float | str
"""A score, or a way to have none."""
_NOTHING = Spent()


def decide(text: str, cases: Sequence[Case], *, spent: Spent = _NOTHING, **policy: Any) -> GateVerdict:
    """The verdict of one gate on the samples of one model; `policy` are the other fields of a GatePolicy."""
    (verdict,) = decide_gates(GatePolicy(gates=(parse_gate(text),), **policy), cases, spent=spent)
    return verdict


def cases_with(endings: Sequence[Ending], *, metric: str = "ssim", repeats: int = 1) -> list[Case]:
    """A case for each ending."""
    planned = [
        plan(Task.STYLE_TRANSFER, number=1 + index // repeats, repeat=index % repeats) for index in range(len(endings))
    ]
    results = [
        answered(sample, ending, metric=metric)
        for sample, ending in zip(planned, endings, strict=True)
        if ending != MISSING
    ]
    return judge_cases(planned, by_key(results), PROFILE)


def answered(planned: PlannedSample, ending: Ending, *, metric: str) -> SampleResult:
    """The result of a sample that has finished."""
    if ending == INVALID:
        return record(planned, status="invalid")
    scored = record(planned, ssim=None if ending == ERROR else float(ending)).scores["ssim"]
    direction = METRICS[metric].direction
    return replace(record(planned), scores={metric: replace(scored, metric=metric, direction=direction)})
