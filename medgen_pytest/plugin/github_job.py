"""The job of GitHub that a session may run in: its summary and its annotations tell of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.config.environment import github_step_summary, is_github_job
from medgen_pytest.reports.github import annotation_lines
from medgen_pytest.reports.line import Line
from medgen_pytest.reports.visible_text import visible
from medgen_pytest.runs.summaries import add_to_step_summary

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult


class GithubJob:
    """What is told there, if there is a job and the settings allow it; nothing of it changes how a session ends."""

    def __init__(self, *, allowed: bool) -> None:
        self._allowed = allowed
        self._problem: str | None = None

    def add_summary(self, run: RunResult, reports: tuple[Path, ...]) -> None:
        """Adds the summary of the run to that of the step."""
        path = github_step_summary() if self._allowed else None
        if path is not None:
            self._problem = add_to_step_summary(run, path, reports=reports)

    def lines(self, run: RunResult, *, ends_with: int) -> list[Line]:
        """Annotations, and what went wrong with the summary."""
        found = [Line(text=text) for text in annotation_lines(run, ends_with=ends_with)] if self._shows() else []
        if self._problem is not None:
            text = f"medgen: the summary was not added to that of the step: {visible(self._problem)}"
            found.append(Line(text=text, style="yellow"))
        return found

    def _shows(self) -> bool:
        return self._allowed and is_github_job()
