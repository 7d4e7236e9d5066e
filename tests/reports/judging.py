"""Judged runs for tests of reports: judgements by hand on the samples of a builder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from medgen_pytest.domain.judgement import JUDGE_METRICS, Judgement
from medgen_pytest.domain.output import Timing, Usage
from medgen_pytest.domain.score import Score
from medgen_pytest.evaluation.spending import judge_spending_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

JUDGE: Mapping[str, object] = {
    "judges": {"qwen": {"digest": "d1"}},
    "rubric": {"name": "medgen-holistic", "version": "1"},
    "tiers": ["with_reference"],
    "repeats": 1,
    "margin": 0.0,
    "warnings": [],
}
"""What a run says of its judge."""


def said(overall: float | None = 9.0, *, tier: Tier = "with_reference", **more: Any) -> Judgement:
    """A judgement with everything that one may hold; an error without a score."""
    facts = {
        "judge": "qwen",
        "reason": "down" if overall is None else None,
        "dimensions": {} if overall is None else {"relevance": overall},
        "analysis": None if overall is None else "It agrees.",
        "raw": "{}",
        "usage": Usage(input_tokens=900, output_tokens=50, cost=0.25),
        "timing": Timing(requests=1, first_try=1.5, working=1.5, waiting=0.5),
        "digests": {"judge": "d1", "rubric": "d2", "output": "d3", "sample": "d4"},
        "finished": "2026-11-22T10:00:00.000+00:00",
    }
    return Judgement(overall=overall, tier=tier, **{**facts, **more})


def judge_first(builder: RunBuilder, *judgements: Judgement, **scores: float | None) -> RunBuilder:
    """Gives these judgements to the first sample that has none, and scores by tier, by default that of the first."""
    key = next(key for key, result in builder.results.items() if not result.judgements)
    values = scores or {judgements[0].tier: judgements[0].overall}
    made = {
        metric: Score(metric=metric, value=value, direction="higher", convention=f"{metric}/test@1", reason="down")
        for tier, value in values.items()
        for metric in [JUDGE_METRICS[tier]]  # type: ignore[index]  # a tier
    }
    known = builder.results[key]
    builder.results[key] = replace(known, judgements=judgements, scores={**known.scores, **made})
    return builder


def judged_run(builder: RunBuilder, *, calibrations: Mapping[str, object] | None = None, **judge: object) -> RunResult:
    """The run with what its judges said; `judge` changes what the run says of them."""
    described: dict[str, Any] = {**JUDGE, **judge}
    facts: dict[str, object] = {"judge": described}
    facts.update({"judge_calibrations": calibrations} if calibrations is not None else {})
    run = builder.build(facts=facts, judged=[JUDGE_METRICS[tier] for tier in described["tiers"]])
    return replace(run, judge_spending=judge_spending_of(builder.results.values()))
