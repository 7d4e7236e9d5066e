"""What was not asked: samples that the run itself held back, a line for each reason, with how to go on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import money
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult

_BEFORE = "not asked: "


def not_asked_lines(run: RunResult, *, width: int, resume: str | None = None) -> list[Line]:
    """A line for the budget, and one for each model that was stopped; none for a run in which everything was asked.

    `resume` is the run directory.
    """
    option = "--medgen-resume" if resume is None else f"--medgen-resume={visible(resume)}"
    texts = [*_over_budget(run), *_stopped(run)]
    return wrapped(*(f"{text} and go on with {option}" for text in texts), width=width, style="yellow")


def _over_budget(run: RunResult) -> list[str]:
    number = sum(result.not_asked == "budget" for result in run.held_back)
    if not number:
        return []
    return [f"budget: {_spent(run)}, {counted(number, 'sample')} not asked: raise --medgen-budget"]


def _spent(run: RunResult) -> str:
    is_unknown = run.cost is None and any(spending.asked for spending in run.spending)
    if is_unknown:
        return f"cost unknown, {money(run.budget)} to spend"
    return f"{money(run.cost or 0.0)} of {money(run.budget)} spent"


def _stopped(run: RunResult) -> list[str]:
    stopped = [result for result in run.held_back if result.not_asked == "errors"]
    counts = Counter(result.model for result in stopped)
    reasons = {result.model: (result.reason or "").removeprefix(_BEFORE) for result in stopped}
    return [
        f"{visible(model)}: {counted(count, 'sample')} not asked: {visible(reasons[model])}; mend that"
        for model, count in sorted(counts.items())
    ]
