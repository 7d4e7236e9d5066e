"""`medgen export`: a stored run for other tools."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.runs.small_run import carry_out, prepare
from tests.small_dataset import SAMPLES, write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


@pytest.mark.parametrize(("kind", "name"), [("jsonl", "samples.jsonl"), ("parquet", "samples.parquet")])
def test_files_go_into_the_run_directory_or_where_they_are_wanted(
    medgen: Medgen, run: Path, tmp_path: Path, kind: str, name: str
) -> None:
    inside = medgen("export", run, "--format", kind)
    outside = medgen("export", run, "--format", kind, "--output", tmp_path / "new" / "x")

    assert (inside.code, inside.out, inside.err) == (0, f"{run / 'exports' / name}\n", "")
    assert outside.out == f"{tmp_path / 'new' / 'x'}\n"
    assert (tmp_path / "new" / "x").read_bytes() == (run / "exports" / name).read_bytes()


def test_a_log_of_inspect_has_the_questions_of_the_dataset(medgen: Medgen, run: Path) -> None:
    done = medgen("export", run, "--format=inspect")

    [path] = (run / "exports" / "inspect").iterdir()
    log = json.loads(path.read_text(encoding="utf-8"))
    assert (done.code, done.out, done.err) == (0, f"{path}\n", "")
    assert path.name == "2026-11-22T10-00-00_medgen-bench_copy-input.json"
    assert len(log["samples"]) == SAMPLES
    assert log["samples"][-1]["input"] == "Contrast? Choose one option: A. yes B. no"
    assert log["samples"][-1]["target"] == "B. no"


def test_a_dataset_that_is_gone_leaves_the_questions_out_unless_it_is_named(medgen: Medgen, run: Path) -> None:
    (run.parent / "data").rename(run.parent / "moved")

    without = medgen("export", run, "--format=inspect")
    [path] = (run / "exports" / "inspect").iterdir()
    lacking = path.read_text(encoding="utf-8")
    named = medgen("export", run, "--format=inspect", "--dataset", run.parent / "moved")
    wrong = medgen("export", run, "--format=inspect", "--dataset", run.parent / "nowhere")

    assert (without.code, without.out.startswith("without the questions, since the dataset is not at hand")) == (
        0,
        True,
    )
    assert "[not exported: " in lacking
    assert named.out == f"{path}\n"
    assert "Contrast? Choose" in path.read_text(encoding="utf-8")
    assert wrong.code == 4


def test_a_named_dataset_may_lead_outside_where_that_of_the_run_was_allowed_to(medgen: Medgen, tmp_path: Path) -> None:
    images = write_small_dataset(tmp_path / "data") / "VQA" / "multiple-choice" / "images"
    try:
        images.symlink_to(images.rename(tmp_path / "elsewhere"))
    except OSError:  # Windows without the privilege
        pytest.skip("this system lets us make no symbolic links")
    carry_out(prepare(tmp_path, allow_outside_paths=True), tmp_path / "run")

    done = medgen("export", tmp_path / "run", "--format=inspect", "--dataset", tmp_path / "data")

    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format=jsonl", "--host=https://example.org"], "an export as jsonl goes to no host"),
        (["--format=mlflow", "--host=example.org"], "the address of a server is needed"),
        (["--format=wandb", "--host=file:///x"], "the address of a server is needed"),
        (["--format=parquet", "--dataset=x"], "an export as parquet needs no dataset"),
    ],
)
def test_options_that_do_not_fit_are_told(medgen: Medgen, run: Path, options: list[str], message: str) -> None:
    done = medgen("export", run, *options)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("kind", "module", "extra"),
    [("parquet", "pyarrow.parquet", "parquet"), ("mlflow", "mlflow", "mlflow"), ("wandb", "wandb", "wandb")],
)
def test_a_package_that_is_missing_is_one_line_with_the_extra(
    medgen: Medgen, run: Path, monkeypatch: pytest.MonkeyPatch, kind: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    done = medgen("export", run, f"--format={kind}")

    assert (done.code, done.out) == (4, "")
    assert f"pip install 'medgen-pytest[{extra}]'" in done.err
    assert done.err.count("\n") == 1


def test_what_is_no_run_is_told(medgen: Medgen, tmp_path: Path) -> None:
    assert "is no run directory" in medgen("export", tmp_path, "--format=jsonl").err
