"""`medgen demo`: the whole way, as its user sees it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.datasets.demo import write_demo_dataset
from tests.sessions import FRESH

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    MedgenProcess = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded dataset."""
    return write_demo_dataset(tmp_path_factory.mktemp("embedded") / "demo-dataset")


@pytest.fixture
def folder(embedded: Path, tmp_path: Path) -> Path:
    """A folder in which the demo has been run before, so that its dataset is there."""
    shutil.copytree(embedded, tmp_path / "medgen-runs" / "demo-dataset")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("model", ["copy-input", "oracle"])
def test_the_demo_evaluates_a_model_on_the_embedded_dataset(
    medgen_process: MedgenProcess, tmp_path: Path, model: str
) -> None:
    done = medgen_process("demo", f"--model={model}", "--", *FRESH, "-n", "2", cwd=tmp_path)

    output = done.stdout.decode("utf-8", errors="replace")
    assert done.returncode == 0, output
    assert "all/accuracy >= " in output
    (run,) = (path for path in (tmp_path / "medgen-runs").iterdir() if path.name != "demo-dataset")
    assert f"report: {run / 'report.json'}" in output
    assert (run / "report.json").is_file()


@pytest.mark.slow
def test_the_demos_own_model_meets_its_gate(medgen_process: MedgenProcess, folder: Path) -> None:
    pytest.importorskip("cv2")

    done = medgen_process("demo", "--", *FRESH, cwd=folder)

    assert done.returncode == 0, done.stdout.decode("utf-8", errors="replace")


def test_arguments_of_pytest_are_passed_on_with_its_exit_code(medgen_process: MedgenProcess, folder: Path) -> None:
    done = medgen_process("demo", "--model=oracle", "--", *FRESH, "-k", "nothing", cwd=folder)

    assert done.returncode == 5, done.stdout.decode("utf-8", errors="replace")


def test_the_demo_heeds_no_settings_of_the_folder_and_opens_its_page_when_asked_to(
    medgen_process: MedgenProcess, folder: Path
) -> None:
    here = folder / "repository"
    here.mkdir()
    (here / "medgen.yaml").write_text("nonsense: true\n", encoding="utf-8")
    (here / "conftest.py").write_text("raise RuntimeError('not for the demo')\n", encoding="utf-8")
    (here / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (here / "browser.py").write_text("import sys\nopen('opened', 'w').write(sys.argv[1])\n", encoding="utf-8")
    command = f"{sys.executable} {here / 'browser.py'} %s"

    done = medgen_process(
        *("demo", "--model=oracle", f"--output={folder}", "--open", "--", *FRESH, "--medgen-limit=4"),
        cwd=here,
        BROWSER=command,
    )

    output = done.stdout.decode("utf-8", errors="replace")
    assert done.returncode == 0, output
    (run,) = (path for path in (folder / "medgen-runs").iterdir() if path.name != "demo-dataset")
    assert f"medgen demo: the page of this run: {run / 'report.html'}" in output
    assert (here / "opened").read_text(encoding="utf-8") == (run / "report.html").as_uri()
    assert not (here / "medgen-runs").exists()


def test_the_demo_runs_where_a_settings_file_lies_and_leaves_it_unread(
    medgen_process: MedgenProcess, folder: Path
) -> None:
    (folder / "medgen.yaml").write_text("nonsense: true\n", encoding="utf-8")

    done = medgen_process("demo", "--model=oracle", "--", *FRESH, "--medgen-limit=4", cwd=folder)

    assert done.returncode == 0, done.stdout.decode("utf-8", errors="replace")


def test_the_demo_runs_what_is_installed_where_a_checkout_of_the_package_lies(
    medgen_process: MedgenProcess, folder: Path
) -> None:
    checkout = folder / "checkout"
    (checkout / "medgen_pytest").mkdir(parents=True)
    (checkout / "medgen_pytest" / "__init__.py").write_text("raise RuntimeError('not installed')\n", encoding="utf-8")

    done = medgen_process(
        "demo", "--model=oracle", f"--output={checkout}", "--", *FRESH, "--medgen-limit=4", cwd=folder
    )

    assert done.returncode == 0, done.stdout.decode("utf-8", errors="replace")
    assert done.stderr == b""  # no warning of pytest's about how it is called


def test_a_folder_that_cannot_be_written_is_left_for_a_temporary_one(
    medgen: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)

    done = medgen("demo", "--model=orakle")

    (folder,) = tmp_path.glob("medgen-demo-*")
    assert f"{tmp_path} cannot be written, so the run goes to {folder}" in done.out


def test_an_output_folder_that_cannot_be_made_is_wrong_usage(medgen: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    done = medgen("demo", f"--output={tmp_path / 'file' / 'below'}")

    assert done.code == 4
    assert "--output: " in done.err
    assert "cannot be made: " in done.err


def test_a_model_that_there_is_not_is_wrong_usage(medgen_process: MedgenProcess, folder: Path) -> None:
    done = medgen_process("demo", "--model=orakle", cwd=folder)

    assert done.returncode == 4
    assert b"did you mean 'oracle'?" in done.stderr
