"""The lines on judging: one for each model and tier, and what makes a judge doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import percent
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.judging import JudgingSummary
    from medgen_pytest.evaluation.run_result import RunResult


def judging_lines(run: RunResult, *, width: int) -> list[Line]:
    """Like `judge_with_reference of my-vlm: 120 judged, 2 errors (1.7%), 5 uncertain, 1 may steer the judge`.

    Before them stands who judges by which rubric; behind them the warnings of the run about its judges.
    """
    if not run.judging:
        return []
    texts = [who_judged(run), *(_text(summary) for summary in run.judging)]
    texts += [text for metric, found in stored_calibrations(run) for text in calibration_texts(metric, found)]
    warnings = [f"warning: {visible(warning)}" for warning in judge_warnings(run)]
    return [*wrapped(*texts, width=width), *wrapped(*warnings, width=width, style="yellow")]


def judge_warnings(run: RunResult) -> list[str]:
    """What the run said beforehand against its judges, like one that is of a judged model's family."""
    warnings = section_of(run.facts, "judge").get("warnings")
    return [str(warning) for warning in warnings] if isinstance(warnings, list | tuple) else []


def who_judged(run: RunResult) -> str:
    """Like `judged by my-judge, rubric medgen-holistic`."""
    judge = run.facts.get("judge")
    if not isinstance(judge, Mapping):
        return "judged"
    judges, rubric = judge.get("judges"), judge.get("rubric")
    names = ", ".join(map(str, judges)) if isinstance(judges, Mapping) else "?"
    name = rubric.get("name") if isinstance(rubric, Mapping) else "?"
    repeats = judge.get("repeats")
    often = f", {repeats} times" if isinstance(repeats, int) and repeats > 1 else ""
    return visible(f"judged by {names}{often}, rubric {name}")


def stored_calibrations(run: RunResult) -> list[tuple[str, Mapping[str, object]]]:
    """What experts have said of the judge, by metric, as the run directory holds it."""
    found = section_of(run.facts, "judge_calibrations")
    return [(str(metric), report) for metric, report in found.items() if isinstance(report, Mapping)]


def calibration_texts(metric: str, report: Mapping[str, object]) -> list[str]:
    """Like `judge_with_reference of my-vlm, corrected by experts' labels: 55.1%, 95% interval 48.0% to 62.3%; ...`."""
    results, experts = report.get("results"), report.get("experts")
    if not isinstance(results, Mapping) or not isinstance(experts, list):
        return []
    rates = results.get("rates")
    return [_corrected(metric, rate) for rate in rates if isinstance(rate, Mapping)] if isinstance(rates, list) else []


def _agreement(summary: JudgingSummary) -> list[str]:
    told = []
    if summary.judges is not None and summary.judges.alpha.value is not None:
        told.append(f"alpha {summary.judges.alpha.value:.2f} between judges")
    for judge, alpha in summary.repeats.items():
        if alpha.value is not None:
            told.append(f"alpha {alpha.value:.2f} between the repeats of {visible(judge)}")
    return told


def _corrected(metric: str, rate: Mapping[str, object]) -> str:
    value, low, high = (rate.get(name) for name in ("rate", "low", "high"))
    naive = section_of(rate, "judge").get("value")
    who = f"{visible(metric)} of {visible(str(rate.get('model')))}, corrected by experts' labels"
    if not isinstance(value, float) or not isinstance(low, float) or not isinstance(high, float):
        return f"{who}: no rate ({visible(str(rate.get('reason')))})"
    alone = f"; by the judge alone {percent(naive)}" if isinstance(naive, float) else ""
    return f"{who}: {percent(value)}, 95% interval {percent(low)} to {percent(high)}{alone}"


def _text(summary: JudgingSummary) -> str:
    rate = f" ({percent(summary.error_rate)})" if summary.errors and summary.error_rate is not None else ""
    parts: Sequence[str] = [
        f"{summary.scored} of {summary.due} judged",
        f"{counted(summary.errors, 'error')}{rate}",
        f"{summary.uncertain} uncertain",
        *([f"{summary.repaired} asked twice"] if summary.repaired else []),
        *([f"{summary.steered} may steer the judge"] if summary.steered else []),
        *([f"shown first scores {summary.order_shift:+.2f}"] if summary.order_shift is not None else []),
    ]
    parts = [*parts, *_agreement(summary)]
    return f"{visible(summary.metric)} of {visible(summary.model)}: {', '.join(parts)}"
