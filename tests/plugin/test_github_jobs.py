"""A session in a job of GitHub Actions: its gates are annotated, and its summary is that of the step too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

GATES = ("--medgen-gate=image_editing/psnr >= 0.8", "--medgen-gate=all/accuracy >= 0")


@pytest.fixture
def job(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(bench.path / "step.md"))
    return bench


def commands(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("::")]


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_breached_gate_is_annotated_and_the_summary_is_added_once(job: Bench, workers: str) -> None:
    result = job.run("--model=copy-input", "--medgen-formats=image_editing", *GATES, workers)

    breached = "image_editing/psnr >= 0.8 for copy-input: 0.0000 (0 of 2)"
    assert result.ret == 1
    assert commands(result.outlines) == [
        f"::error title=medgen%3A exit code 1::medgen: breached (exit code 1): {breached}",
        f"::error title=medgen gate breached::{breached}",
    ]
    page = (job.path / "step.md").read_text(encoding="utf-8")
    assert page.startswith("\n## medgen: breached\n")
    assert page.count("## medgen") == 1
    assert (job.path / "run" / "summary.md").read_text(encoding="utf-8").startswith("## medgen: breached\n")
    assert (job.path / "run" / "metrics.txt").read_text(encoding="utf-8").endswith("# EOF\n")


def test_the_settings_can_forbid_both(job: Bench) -> None:
    result = job.run("--model=copy-input", "--medgen-formats=image_editing", *GATES, "--medgen-github=off")

    assert result.ret == 1
    assert commands(result.outlines) == []
    assert not (job.path / "step.md").exists()


def test_a_summary_that_cannot_be_added_is_told_and_changes_nothing_else(
    job: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(job.path / "gone" / "step.md"))

    result = job.run("--model=oracle", "--medgen-formats=vqa", "--medgen-gate=all/accuracy >= 1")

    assert result.ret == 0
    assert commands(result.outlines) == []
    result.stdout.fnmatch_lines(["medgen: the summary was not added to that of the step: *gone*"])
