"""Gates and exit codes, in sub-processes, with and without workers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.runs.small_run import save_baseline

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])
SMALL = ("--medgen-dataset=data", "--medgen-run-dir=run")
FLAKY = """
def answer(request):
    if request.sample_id.endswith("000001"):
        raise ConnectionError("the endpoint is down")
    return "A"
"""
DIES = """
import os
def answer(request):
    if request.sample_id.endswith("000002"):
        os._exit(9)
    return "A"
"""


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """A folder in which each session is a process of its own, whose exit code CI sees."""
    return replace(bench, own_process=True)


@WORKERS
def test_a_gate_that_holds_exits_0_though_samples_fail(bench: Bench, workers: str) -> None:
    result = bench.run("--model=copy-input", workers, "--medgen-gate=all/accuracy >= 0")

    assert result.ret == 0
    assert result.parseoutcomes()["failed"] > 0
    result.stdout.fnmatch_lines(["*all/accuracy >= 0*"])


@WORKERS
def test_a_gate_that_does_not_hold_exits_1(bench: Bench, workers: str) -> None:
    result = bench.run("--model=copy-input", workers, "--medgen-gate=image_editing/psnr >= 0.8")

    assert result.ret == 1
    result.stdout.fnmatch_lines(["*gate breached: measured 0.0000 (0 of 2)*"])
    result.stdout.fnmatch_lines(["FAILED medgen-gates::image_editing/psnr >= 0.8 [[]copy-input[]]*"])


@WORKERS
def test_errors_make_a_gated_run_inconclusive(bench: Bench, workers: str) -> None:
    bench.write("flaky.py", FLAKY)

    result = bench.run(
        "--model=python:flaky:answer", "--medgen-formats=vqa", workers, "--medgen-gate=vqa/accuracy >= 0.3"
    )

    assert result.ret == 10
    assert result.parseoutcomes()["errors"] == 2  # the sample, and the gate that it leaves undecided


def test_errors_may_be_allowed(bench: Bench) -> None:
    bench.write("flaky.py", FLAKY)

    result = bench.run(
        "--model=python:flaky:answer",
        "--medgen-formats=vqa",
        "--medgen-gate=vqa/accuracy >= 0.25",
        "--medgen-max-error-rate=0.5",
    )

    assert result.ret == 0


@WORKERS
def test_a_gate_that_no_error_could_save_is_breached(bench: Bench, workers: str) -> None:
    bench.write("flaky.py", FLAKY)

    result = bench.run(
        "--model=python:flaky:answer", "--medgen-formats=vqa", workers, "--medgen-gate=vqa/accuracy >= 0.9"
    )

    assert result.ret == 1


@WORKERS
def test_fewer_samples_than_planned_make_a_gated_run_incomplete(bench: Bench, workers: str) -> None:
    result = bench.run("--model=copy-input", workers, "--maxfail=1", "--medgen-gate=all/accuracy >= 0.01")

    assert result.ret == 11


def test_too_little_evidence_is_inconclusive(bench: Bench) -> None:
    result = bench.run("--model=oracle", "--medgen-gate=all/accuracy >= 0.5", "--medgen-min-samples=100")

    assert result.ret == 10
    result.stdout.fnmatch_lines(["*fewer than 100 judged samples*"])


def test_a_crashed_worker_loses_only_its_running_sample(bench: Bench) -> None:
    bench.write("dies.py", DIES)

    result = bench.run(
        "--model=python:dies:answer", "--medgen-formats=vqa", "-n2", "--medgen-gate=all/accuracy >= 0.25"
    )

    assert result.ret == 10
    totals = bench.report()["totals"]
    assert (totals["planned"], totals["error"], totals["missing"]) == (4, 1, 0)
    crashed = bench.results()["python:dies:answer", "vqa:multiple-choice:000002"]
    assert "process died" in crashed["reason"]


def test_a_failure_that_no_sample_explains_fails_a_gated_run(bench: Bench) -> None:
    bench.write("test_own.py", "def test_arithmetic(): assert 1 + 1 == 3\n")

    result = bench.run("--model=oracle", "test_own.py", "--medgen-gate=all/accuracy >= 0.5")

    assert result.ret == 1


def test_an_own_assertion_on_an_accurate_sample_fails_a_gated_run(bench: Bench) -> None:
    bench.write("test_own.py", "def test_own(medgen_result): assert medgen_result.scores['bleu'] is None\n")

    result = bench.run("--model=oracle", "--medgen-formats=vqa", "--medgen-gate=all/accuracy >= 0", tests="test_own.py")

    assert result.ret == 1


def test_each_model_must_meet_a_gate(bench: Bench) -> None:
    result = bench.run("--model=oracle", "--model=copy-input", "--medgen-gate=image_editing/psnr >= 0.8")

    assert result.ret == 1
    statuses = {gate["model"]: gate["status"] for gate in bench.report()["gates"]}
    assert statuses == {"oracle": "holds", "copy-input": "breached"}


def test_gates_stand_in_pytests_own_junit_file(bench: Bench) -> None:
    bench.run("--model=copy-input", "--medgen-gate=image_editing/psnr >= 0.8", "--junitxml=out.xml", "-n2")

    text = (bench.path / "out.xml").read_text(encoding="utf-8")
    assert "image_editing/psnr &gt;= 0.8" in text
    assert "gate breached: measured" in text
    assert '<property name="status" value="breached"' in text


@WORKERS
def test_an_advisory_gate_is_told_and_changes_no_exit_code(bench: Bench, workers: str) -> None:
    result = bench.run(
        "--model=copy-input", workers, "--medgen-gate=all/accuracy >= 0", "--medgen-gate=advisory: all/psnr >= 1", "-rs"
    )

    assert result.ret == 0
    assert result.parseoutcomes()["skipped"] == 1
    result.stdout.fnmatch_lines(["SKIPPED * advisory gate breached: measured 0.0000 (0 of 4)"])
    result.stdout.fnmatch_lines(["breached     advisory: all/psnr >= 1 for copy-input: 0.0000 (0 of 4)"])


def test_with_advisory_gates_alone_the_exit_code_is_pytests_own(bench: Bench) -> None:
    passed = bench.run("--model=oracle", "--medgen-gate=advisory: cost <= 0", "--medgen-gate=advisory: all/psnr < 1")
    failed = bench.run("--model=copy-input", "--medgen-gate=advisory: all/accuracy >= 0", run_dir="other")

    assert (passed.ret, failed.ret) == (0, 1)
    passed.stdout.fnmatch_lines(["medgen: no blocking gates are set; the exit code is pytest's own"])


@pytest.mark.parametrize(
    ("model", "workers", "drop", "code"),
    [("oracle", "-n0", "mean drop <= 60", 0), ("copy-input", "-n2", "drop <= 20%", 1)],  # as sure as two samples can be
)
def test_a_run_that_falls_behind_its_baseline_exits_1(
    bench: Bench, model: str, workers: str, drop: str, code: int
) -> None:
    save_baseline(bench.path, model="oracle", formats=["image_editing"])
    bench.write("medgen.yaml", f"gates:\n  - image_editing/psnr {drop} at 75% against main.json\n")

    result = bench.run(f"--model={model}", "--medgen-formats=image_editing", workers)

    [gate] = bench.report()["gates"]
    assert result.ret == code
    assert gate["baseline"] == "main.json"
    assert len(list((bench.path / "run" / "baselines").iterdir())) == 1


def test_a_gate_against_a_baseline_that_is_not_there_is_wrong_usage(bench: Bench) -> None:
    gate = "--medgen-gate=all/ssim drop <= 1% against nowhere.json"

    result = bench.before_the_tests("benchmark_tests", *SMALL, "--model=oracle", gate)

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*baseline */nowhere.json cannot be read: No such file or directory; medgen*"])
    assert not (bench.path / "run").exists()


def test_without_gates_a_failing_sample_fails_the_run(bench: Bench) -> None:
    assert bench.run("--model=copy-input").ret == 1


def test_no_tests_keep_pytests_code_even_with_gates(bench: Bench) -> None:
    assert bench.run("--model=oracle", "-k", "nothing", "--medgen-gate=all/accuracy >= 0").ret == 5
