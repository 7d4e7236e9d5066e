"""Summaries of a run: beside its reports, and in the job of GitHub that it runs in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.settings import ReportSettings
from medgen_pytest.errors import StoreError
from medgen_pytest.runs.summaries import add_to_step_summary, write_summaries
from medgen_pytest.store import RunDirectory
from tests.runs.small_run import carry_out, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult


@pytest.fixture
def run(tmp_path: Path) -> RunResult:
    return carry_out(prepare(tmp_path), tmp_path / "run")


def test_they_lie_in_the_run_directory_or_where_the_settings_say(run: RunResult, tmp_path: Path) -> None:
    store, report = RunDirectory(tmp_path / "run"), tmp_path / "run" / "report.json"
    elsewhere = ReportSettings(summary=tmp_path / "s.md", metrics=tmp_path / "m.txt")

    inside = write_summaries(run, store, ReportSettings(), reports=[report])
    outside = write_summaries(run, store, elsewhere, reports=[report])

    assert inside == (tmp_path / "run" / "summary.md", tmp_path / "run" / "metrics.txt")
    assert inside[0].read_text(encoding="utf-8").endswith("Reports: [report.json](report.json)\n")
    assert outside[0].read_text(encoding="utf-8").endswith("Reports: [report.json](run/report.json)\n")
    assert inside[1].read_bytes() == outside[1].read_bytes()


def test_a_summary_that_cannot_be_written_is_told(run: RunResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreError, match="cannot be written"):
        write_summaries(
            run, RunDirectory(tmp_path / "run"), ReportSettings(summary=tmp_path / "file" / "s.md"), reports=[]
        )


def test_what_other_steps_have_said_stays(run: RunResult, tmp_path: Path) -> None:
    page = tmp_path / "step.md"
    page.write_text("before\n", encoding="utf-8")

    assert add_to_step_summary(run, page, reports=[]) is None
    assert add_to_step_summary(run, page, reports=[]) is None
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n\n## medgen: no gates\n")
    assert text.count("## medgen: no gates\n") == 2


def test_a_page_that_would_get_too_large_for_github_is_left_as_it_is(run: RunResult, tmp_path: Path) -> None:
    page = tmp_path / "step.md"
    page.write_bytes(b"x" * (1024 * 1024 - 10))

    problem = add_to_step_summary(run, page, reports=[])

    assert problem == f"{page} holds 1048566 bytes, and GitHub takes 1048576 in all"
    assert page.stat().st_size == 1024 * 1024 - 10


@pytest.mark.skipif(sys.platform == "win32", reason="the message is that of POSIX")
def test_a_page_that_cannot_be_written_is_told_not_raised(run: RunResult, tmp_path: Path) -> None:
    assert add_to_step_summary(run, tmp_path, reports=[]) == f"{tmp_path}: Is a directory"
