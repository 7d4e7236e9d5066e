"""The lines that set two judgings of the same outputs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import NOTHING, mean_text, rate_text
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import MetricSummary


def judgings_lines(before: RunResult, after: RunResult) -> list[str]:
    """Like `judge_with_reference of my-vlm: 61.2% (60/98), mean 7.9; before: 55.1% (54/98), mean 7.6`.

    A line for each model and metric that either has, with the errors beside a rate that has any; nothing is counted
    together.
    """
    lines = []
    for model in after.models:
        for metric in JUDGE_METRICS.values():
            new, old = _summary(after, model, metric), _summary(before, model, metric)
            if new is not None or old is not None:
                lines.append(f"{metric} of {visible(model)}: {_text(new)}; before: {_text(old)}")
    return lines


def _summary(run: RunResult, model: str, metric: str) -> MetricSummary | None:
    whole = run.slices.get(Slice(model=model))
    summary = whole.metrics.get(metric) if whole is not None else None
    return summary if summary is not None and metric not in run.left_out else None


def _text(summary: MetricSummary | None) -> str:
    if summary is None:
        return NOTHING
    rate = rate_text(summary.tally) if summary.tally is not None else NOTHING
    errors = summary.tally.error if summary.tally is not None else 0
    told = f", {counted(errors, 'error')}" if errors else ""
    return f"{rate}, mean {mean_text(summary.mean, scored=summary.scored)}{told}"
