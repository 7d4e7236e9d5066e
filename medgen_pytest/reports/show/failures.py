"""Failures: the samples that are not accurate, a line each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.result import ResultKey
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.line import Style

_WIDTH = max(len(outcome.value) for outcome in Outcome)
_STYLES: Mapping[Outcome, Style] = {Outcome.INVALID: "red", Outcome.INACCURATE: "red"}


def failure_lines(
    run: RunResult,
    found: Sequence[Case],
    *,
    shown: int,
    metric: str | None,
    problems: Mapping[ResultKey, str],
    width: int,
) -> list[Line]:
    """The first of some failures, worst first; `problems` are what is wrong with their images."""
    what = f" under {visible(metric)}" if metric is not None else ""
    if not found:
        return [Line(text=f"every sample is accurate{what}", style="green")]
    number = f"the worst {shown} of {len(found)}" if shown < len(found) else f"all {len(found)}"
    title = f"{number} that are not accurate{what}"
    lines = wrapped(title, width=width, style="bold")
    for case in found[:shown]:
        text = _text(run, case, metric, problems.get(case.planned.key))
        style = _STYLES.get(_outcome(case, metric), "yellow")
        lines += wrapped(text, width=width, style=style)
    return lines


def _outcome(case: Case, metric: str | None) -> Outcome:
    return case.verdict.outcome if metric is None else case.outcome_of(metric) or case.verdict.outcome


def _text(run: RunResult, case: Case, metric: str | None, problem: str | None) -> str:
    planned = case.planned
    label = planned.key.label(is_repeated=not run.repeats.is_one)
    kind = ", ".join(filter(None, (planned.modality.value, planned.subtask)))
    parts = [
        _outcome(case, metric).value.ljust(_WIDTH),
        visible(label),
        f"({visible(kind)})",
        visible(_reason(case, metric)),
    ]
    return "  ".join(parts) + (f"; output image {visible(problem)}" if problem is not None else "")


def _reason(case: Case, metric: str | None) -> str:
    score = case.result.scores.get(metric) if metric is not None and case.result is not None else None
    if score is None:
        return case.verdict.reason or "no reason was given"
    if score.value is None or not score.is_scored:
        return score.reason or "it is unscored"
    return f"{score.metric} {score.value:.4g}"
