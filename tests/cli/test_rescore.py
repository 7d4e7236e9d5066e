"""`medgen rescore`: the verdicts of a stored run again, or under other thresholds and gates."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stored_runs import files_of, report
from tests.runs.small_run import carry_out, edited_facts, prepare
from tests.sessions import FRESH
from tests.small_dataset import SAMPLES, write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

BENCHMARK_TESTS = Path(__file__).resolve().parents[2] / "benchmark_tests"
WITHOUT = {"environment"}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A stored run of copy-input with a gate that holds."""
    carry_out(prepare(tmp_path, gate=["all/accuracy >= 0"]), tmp_path / "run")
    return tmp_path / "run"


def test_it_prints_tables_gates_and_where_the_reports_lie(medgen: Medgen, run: Path) -> None:
    done = medgen("rescore", run)

    assert (done.code, done.err) == (0, "")
    assert "image_editing" in done.out
    assert "all/accuracy >= 0" in done.out
    reports = [run / "rescored" / name for name in ("report.json", "junit.xml", "report.html")]
    assert done.out.endswith("".join(f"report: {path}\n" for path in reports))
    assert all(path.is_file() for path in reports)


def test_it_leaves_the_run_as_it_was(medgen: Medgen, run: Path) -> None:
    before = files_of(run)

    medgen("rescore", run, "--gate", "all/accuracy >= 1", "--output", run.parent / "elsewhere")

    assert files_of(run) == before


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 0),
        (["--gate", "all/accuracy >= 1"], 1),
        (["--gate", "all/accuracy >= 0", "--gate", "all/accuracy >= 1"], 1),
        (["--gate", "image_editing/psnr >= 0.8"], 1),
        (["--gate", "image_editing/psnr >= 0.8", "--threshold", "psnr=1"], 0),
        (["--threshold", "ssim=1", "--threshold", "psnr=100", "--gate", "image_editing/accuracy >= 0.1"], 1),
        (["--min-samples", "1000"], 10),
        (["--profile", "medgen-2025.11", "--gate", "all/accuracy >= 0"], 0),
    ],
)
def test_thresholds_gates_and_profiles_change_the_verdict(
    medgen: Medgen, run: Path, options: list[str], code: int
) -> None:
    assert medgen("rescore", run, *options).code == code


def test_an_error_is_inconclusive_until_it_is_allowed(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, "flaky", gate=["all/accuracy >= 0"]), tmp_path / "run")

    assert medgen("rescore", tmp_path / "run").code == 10
    assert medgen("rescore", tmp_path / "run", "--max-error-rate", "0.5").code == 0


def test_a_run_that_was_stopped_is_incomplete(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, gate=["all/accuracy >= 0"]), tmp_path / "run", stop_after=1)

    assert medgen("rescore", tmp_path / "run").code == 11


@pytest.mark.parametrize(("model", "code"), [("oracle", 0), ("copy-input", 1)])
def test_without_gates_every_sample_must_be_accurate(medgen: Medgen, tmp_path: Path, model: str, code: int) -> None:
    carry_out(prepare(tmp_path, model), tmp_path / "run")

    assert medgen("rescore", tmp_path / "run").code == code


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--threshold", "ssim"], "--threshold ssim: write METRIC=VALUE, like ssim=0.8"),
        (["--threshold", "ssin=1"], "unknown metric 'ssin'; did you mean 'ssim'?"),
        (["--profile", "none.yaml"], "none.yaml"),
        (["--gate", "everything"], "gate 'everything' is not understood"),
        (["--max-error-rate", "nan"], "max-error-rate nan: a share from 0 to 1 is needed"),
        (["--min-samples", "-1"], "min-samples -1: at least 1 is needed"),
    ],
)
def test_options_that_cannot_work_are_wrong_usage(medgen: Medgen, run: Path, options: list[str], message: str) -> None:
    done = medgen("rescore", run, *options)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (run / "rescored").exists()


@pytest.mark.parametrize("name", ["nowhere", "data", "medgen.yaml"])
def test_what_is_no_run_is_wrong_usage(medgen: Medgen, tmp_path: Path, name: str) -> None:
    write_small_dataset(tmp_path / "data")
    (tmp_path / "medgen.yaml").touch()

    done = medgen("rescore", tmp_path / name)

    assert done.code == 4
    assert done.err.startswith(f"medgen: {tmp_path / name} is no run directory: run.json cannot be read")


def test_reports_that_cannot_be_written_are_told(medgen: Medgen, run: Path) -> None:
    (run.parent / "file").touch()

    done = medgen("rescore", run, "--output", run.parent / "file")

    assert done.code == 4
    assert done.err.startswith(f"medgen: {run.parent / 'file'} cannot be made: ")


def test_a_profile_file_starts_from_where_the_command_was_typed(
    medgen: Medgen, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.parent / "deep").mkdir()
    (run.parent / "deep" / "own.yaml").write_text(
        "name: own\nconvention: upstream\nthresholds: {psnr: 0, bleu: 0}\n"
        "required: {image_editing: [psnr], multimodal_generation: [psnr], vqa: [bleu]}\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(run.parent / "deep")

    done = medgen("rescore", "../run", "--profile", "own.yaml", "--gate", "image_editing/accuracy >= 1")

    assert done.code == 0


@pytest.mark.parametrize(
    ("model", "options", "code"),
    [
        ("copy-input", ["--medgen-gate=all/accuracy >= 0.1", "--medgen-threshold=ssim=0.2"], None),
        ("copy-input", [], 1),
        ("oracle", ["--medgen-gate=all/accuracy >= 1", "-n2"], 0),
    ],
)
def test_it_says_what_pytest_said(
    medgen: Medgen, tmp_path: Path, model: str, options: list[str], code: int | None
) -> None:
    write_small_dataset(tmp_path / "data")
    shutil.copytree(BENCHMARK_TESTS, tmp_path / "benchmark_tests", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", *FRESH, "benchmark_tests", f"--model={model}"]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARK_TESTS.parent)}  # noqa: TID251 - handed to the process
    pytest_done = subprocess.run(
        [*command, "--medgen-dataset=data", "--medgen-run-dir=run", *options],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
        timeout=120,
    )
    (tmp_path / "data").rename(tmp_path / "gone")  # nobody can be asked any more

    done = medgen("rescore", tmp_path / "run")

    said, again = report(tmp_path / "run"), report(tmp_path / "run" / "rescored")
    assert done.code == pytest_done.returncode
    assert code is None or done.code == code
    assert again == said
    assert len(said["samples"]) == SAMPLES  # a list


def test_repeats_are_aggregated_as_the_run_says_or_otherwise(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, repeats=2, aggregate="all"), tmp_path / "run")

    kept = medgen("rescore", tmp_path / "run")
    changed = medgen("rescore", tmp_path / "run", "--aggregate=any")

    assert f"samples (all of 2 repeats): {SAMPLES} planned" in kept.out
    assert f"samples (any of 2 repeats): {SAMPLES} planned" in changed.out


def test_a_run_that_was_made_without_repeats_is_read_as_ever(medgen: Medgen, run: Path) -> None:
    with edited_facts(run) as facts:
        for name in ("repeats", "aggregate"):
            del facts["settings"][name]

    assert medgen("rescore", run).code == 0


def test_an_aggregation_that_there_is_not_is_refused(medgen: Medgen, run: Path) -> None:
    with edited_facts(run) as facts:
        facts["settings"]["aggregate"] = "median"

    done = medgen("rescore", run)

    assert done.code == 4
    assert "aggregate 'median' is none of mean, all, any" in done.err


@pytest.mark.parametrize("level", [2.0, "soon", True])
def test_a_level_of_an_early_stop_that_there_is_not_is_refused(medgen: Medgen, run: Path, level: object) -> None:
    with edited_facts(run) as facts:
        facts["settings"]["early_stop"] = level

    done = medgen("rescore", run)

    assert done.code == 4
    assert f"early_stop {level!r} is no level between 0 and 1; it was edited" in done.err
