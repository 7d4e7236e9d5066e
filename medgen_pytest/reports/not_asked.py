"""What was not asked: samples that the run itself held back, a line for each reason, with how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.figures import counted
from medgen_pytest.reports.line import Line, wrap
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.run_result import RunResult

_INDENT = " " * 4
_BEFORE = "not asked: "


def not_asked_lines(run: RunResult, *, width: int, resume: str | None = None) -> list[Line]:
    """A line for each model that was stopped; none for a run in which everything was asked.

    `resume` is the run directory.
    """
    held_back = [case.result for case in run.cases if case.result is not None and case.result.not_asked is not None]
    texts = []
    for model in sorted({result.model for result in held_back}):
        errors = [result for result in held_back if result.model == model and result.not_asked == "errors"]
        if errors:
            texts.append(_stopped(model, errors, resume=resume))
    return [Line(text=part, style="yellow") for text in texts for part in wrap(text, width=width, indent=_INDENT)]


def _stopped(model: str, results: list[SampleResult], *, resume: str | None) -> str:
    reason = (results[0].reason or "").removeprefix(_BEFORE)
    return (
        f"{visible(model)}: {counted(len(results), 'sample')} not asked: {visible(reason)};"
        f" mend that and go on with {_option(resume)}"
    )


def _option(resume: str | None) -> str:
    return "--medgen-resume" if resume is None else f"--medgen-resume={visible(resume)}"
