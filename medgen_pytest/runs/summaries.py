"""Summaries of a run: `summary.md` and `metrics.txt`, and what GitHub shows of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.open_metrics import render_metrics
from medgen_pytest.reports.summary import render_summary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from medgen_pytest.config.settings import ReportSettings
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.store import RunDirectory

SUMMARY_FILE = "summary.md"
METRICS_FILE = "metrics.txt"
_GITHUB_TAKES = 1024 * 1024
"""Bytes that the summary of a step may have; GitHub drops a larger one as a whole."""


def write_summaries(
    run: RunResult, store: RunDirectory, settings: ReportSettings, *, reports: Iterable[Path]
) -> tuple[Path, Path]:
    """Writes the Markdown summary, which links to the reports, and the metrics file; their paths.

    Raises StoreError.
    """
    summary = settings.summary or store.path / SUMMARY_FILE
    metrics = settings.metrics or store.path / METRICS_FILE
    files = {path.name: _from(summary.parent, path) for path in reports}
    write_text_atomically(summary, [render_summary(run, files=files)])
    write_text_atomically(metrics, [render_metrics(run)])
    return summary, metrics


def add_to_step_summary(run: RunResult, path: Path, *, reports: Iterable[Path]) -> str | None:
    """Adds the summary to the file that GitHub shows as the summary of a step; why not, where it cannot."""
    text = render_summary(run, files={report.name: str(report) for report in reports}, linked=False)
    data = f"\n{text}".encode("utf-8", errors="backslashreplace")
    try:
        there = path.stat().st_size if path.exists() else 0
        if there + len(data) > _GITHUB_TAKES:
            return f"{path} holds {there} bytes, and GitHub takes {_GITHUB_TAKES} in all"
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return None


def _from(folder: Path, path: Path) -> str:
    """A path as a page in a folder links to it."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
