"""`medgen init`: from an empty folder to a verdict, and never over anything that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.datasets.demo import write_demo_dataset
from tests.sessions import FRESH, WITHOUT_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]
    MedgenProcess = Callable[..., subprocess.CompletedProcess[bytes]]

FILES = [
    ".github/workflows/medgen.yml",
    ".gitlab-ci.yml",
    ".gitlab/medgen.gitlab-ci.yml",
    "benchmark_tests/test_medgen.py",
    "medgen.Jenkinsfile",
    "medgen.dry-run.yaml",
    "medgen.yaml",
]
COMMAND = [sys.executable, "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())", "init"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty folder in which the command is typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    """The files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_says_what_it_wrote_and_what_comes_next(medgen: Medgen, folder: Path) -> None:
    done = medgen("init", "--yes")

    assert (done.code, done.err) == (0, "")
    assert names(folder) == FILES
    written, _, following = done.out.partition("\n\nnext\n")
    assert written.splitlines() == [f"written       {name}" for name in FILES]
    assert "  pytest benchmark_tests    evaluates copy-input on demo; the exit code is the verdict\n" in following
    assert (
        "  jobs install medgen-pytest: until it is published, --requirement names a wheel or a checkout\n" in following
    )
    assert "  medgen doctor    tells what a run needs" in following
    assert "add medgen-runs/ to .gitignore" in following


@pytest.mark.slow
def test_after_it_a_plain_pytest_gives_a_verdict(medgen: Medgen, folder: Path) -> None:
    medgen("init", "--yes")

    command = [sys.executable, "-m", "pytest", *FRESH, WITHOUT_PAGE]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stdout
    assert "holds        all/accuracy >= 5% for copy-input: 0.1042 (5 of 48)" in done.stdout


@pytest.mark.slow
def test_the_dry_run_of_a_model_and_a_judge_behind_endpoints_works_without_them(
    medgen_process: MedgenProcess, folder: Path
) -> None:
    model = ("--model=gpt-image-1", "--base-url=http://localhost:9/v1", "--adapter=openai_images")
    medgen_process("init", "--yes", *model, "--judge=my-judge", "--judge-base-url=http://localhost:9/v1", cwd=folder)
    shutil.copytree(write_demo_dataset(folder / "drawn"), folder / "medgen-runs" / "demo-dataset")

    pytest_command = (sys.executable, "-m", "pytest", "benchmark_tests", *FRESH, WITHOUT_PAGE, "--medgen-limit=4")
    done = medgen_process("fake-server", "--", *pytest_command, "--medgen-config=medgen.dry-run.yaml", cwd=folder)

    output = done.stdout.decode("utf-8", errors="replace")
    assert done.returncode == 0, output
    assert "holds        all/accuracy >= 0 for dry-run: " in output


def test_once_more_it_changes_nothing(medgen: Medgen) -> None:
    medgen("init", "--yes")

    done = medgen("init", "--yes")

    assert done.code == 0
    assert done.out.startswith("".join(f"unchanged     {name}\n" for name in FILES))


def test_what_is_there_is_never_lost_and_everything_in_the_way_is_named(medgen: Medgen, folder: Path) -> None:
    for name in ("medgen.yaml", "medgen.Jenkinsfile"):
        (folder / name).write_text("mine\n", encoding="utf-8")

    done = medgen("init", "--yes")

    assert (done.code, done.out) == (4, "")
    assert done.err == (
        "medgen: medgen.Jenkinsfile, medgen.yaml are there already, with other content; nothing was written:"
        " --force replaces them, --dry-run lists everything\n"
    )
    assert names(folder) == ["medgen.Jenkinsfile", "medgen.yaml"]


def test_force_replaces_what_is_there_but_never_the_jobs_of_others(medgen: Medgen, folder: Path) -> None:
    for name in ("medgen.yaml", ".gitlab-ci.yml"):
        (folder / name).write_text("mine\n", encoding="utf-8")

    done = medgen("init", "--yes", "--force")

    assert done.code == 0
    assert "replaced      medgen.yaml\n" in done.out
    assert "left as it is .gitlab-ci.yml\n" in done.out
    assert "include: [{local: /.gitlab/medgen.gitlab-ci.yml}]\n" in done.out
    assert (folder / ".gitlab-ci.yml").read_text(encoding="utf-8") == "mine\n"
    assert "mine" not in (folder / "medgen.yaml").read_text(encoding="utf-8")


def test_a_dry_run_lists_everything_and_writes_nothing(medgen: Medgen, folder: Path) -> None:
    empty = medgen("init", "--yes", "--dry-run")
    (folder / "medgen.yaml").write_text("mine\n", encoding="utf-8")
    in_the_way = medgen("init", "--yes", "--dry-run")
    forced = medgen("init", "--yes", "--dry-run", "--force")

    assert (empty.code, empty.out) == (0, "".join(f"would write   {name}\n" for name in FILES))
    assert in_the_way.code == 4
    assert "in the way    medgen.yaml\n" in in_the_way.out
    assert (forced.code, forced.out.splitlines()[-1]) == (0, "would replace medgen.yaml")
    assert names(folder) == ["medgen.yaml"]


def test_another_folder_is_made_and_paths_are_told_from_it(medgen: Medgen, folder: Path) -> None:
    done = medgen("init", "--yes", "--directory=repo", "--dataset=data/bench", "--ci=none")

    assert done.code == 0
    assert names(folder) == ["repo/benchmark_tests/test_medgen.py", "repo/medgen.yaml"]
    assert "  path: ../data/bench\n" in (folder / "repo" / "medgen.yaml").read_text(encoding="utf-8")
    assert "put the dataset at ../data/bench" in done.out


def test_flags_reach_the_files_and_keys_are_told_by_their_variables(medgen: Medgen, folder: Path) -> None:
    done = medgen(
        *("init", "--yes", "--model=Qwen/Qwen3-VL", "--base-url=http://localhost:8000/v1", "--key-env=VLM_KEY"),
        *("--judge=my-judge", "--judge-base-url=http://localhost:9000/v1", "--judge-key-env=JUDGE_KEY"),
        *(
            "--gate=vqa/bleu >= 60%",
            "--gate=all/accuracy >= 1%",
            "--shards=8",
            "--ci=jenkins",
            "--requirement=./it.whl",
        ),
    )

    settings = (folder / "medgen.yaml").read_text(encoding="utf-8")
    pipeline = (folder / "medgen.Jenkinsfile").read_text(encoding="utf-8")
    assert done.code == 0
    assert "  Qwen3-VL:\n    adapter: openai_chat\n    base_url: 'http://localhost:8000/v1'\n" in settings
    assert "judge:\n  adapter: openai_chat\n  base_url: 'http://localhost:9000/v1'\n" in settings
    assert "gates:\n  - vqa/bleu >= 60%\n  - all/accuracy >= 1%\n" in settings
    assert "sh 'pip install ./it.whl'" in pipeline
    assert '--medgen-shard="$SHARD/8"' in pipeline
    assert "set VLM_KEY and JUDGE_KEY, here and as secrets of the CI service" in done.out


def test_what_no_file_can_be_called_is_told_and_is_no_failure_of_what_was_written(medgen: Medgen, folder: Path) -> None:
    long = "a" * 300

    folder_of_that_name = medgen("init", "--yes", f"--directory={long}")
    dataset_of_that_name = medgen("init", "--yes", f"--dataset={long}", "--ci=none")

    assert (folder_of_that_name.code, folder_of_that_name.out) == (4, "")
    assert "cannot be looked at: File name too long; nothing was written" in folder_of_that_name.err
    assert dataset_of_that_name.code == 0
    assert f"put the dataset at {long}" in dataset_of_that_name.out
    assert names(folder) == ["benchmark_tests/test_medgen.py", "medgen.yaml"]


def test_below_the_root_of_a_repository_it_says_where_services_look(medgen: Medgen, folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".gitignore").write_text("medgen-runs/\n", encoding="utf-8")

    below = medgen("init", "--yes", "--directory=part")
    at_root = medgen("init", "--yes")

    assert f"CI services look for their files in the root of the repository, {folder}: move them there" in below.out
    assert "root of the repository" not in at_root.out
    assert ".gitignore" not in at_root.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--yes", "--gate=everything is fine"], "gate 'everything is fine'"),
        (["--yes", "--model=orakle"], "did you mean 'oracle'?"),
        (["--yes", "--shards=0"], "'0' is no number from 1 to 200"),
        (["--yes", "--ci=travis"], "unknown --ci service 'travis'"),
        (["--yes", "--adapter=http"], "invalid choice: 'http'"),
        ([], "init asks questions, and there is no terminal: --yes takes what is usual and asks nothing"),
        (["--dataset=data"], "there is no terminal"),
    ],
)
def test_wrong_usage_is_exit_code_4_and_writes_nothing(
    medgen: Medgen, folder: Path, arguments: list[str], words: str
) -> None:
    done = medgen("init", *arguments)

    assert (done.code, done.out) == (4, "")
    assert words in done.err
    assert names(folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_at_a_terminal_it_asks(folder: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    replies = b"demo\noracle\n\nall/accuracy >= 99%\nnone\n"

    with subprocess.Popen([*COMMAND], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder) as process:
        os.close(theirs)
        os.write(ours, replies)
        code = process.wait(timeout=60)
    said = os.read(ours, 65536)
    os.close(ours)

    assert code == 0
    assert b"]: " in said
    assert names(folder) == ["benchmark_tests/test_medgen.py", "medgen.yaml"]
    settings = (folder / "medgen.yaml").read_text(encoding="utf-8")
    assert "    adapter: oracle\n" in settings
    assert "  - all/accuracy >= 99%\n" in settings
