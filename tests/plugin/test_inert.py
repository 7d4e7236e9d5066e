"""A session that does not use the plugin pays nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.sessions import FRESH, WITHOUT_OTHERS, WITHOUT_PAGE
from tests.small_dataset import write_small_dataset


@pytest.fixture
def small_dataset(pytester: pytest.Pytester) -> Path:
    """A dataset in the folder `data`, which takes less than the embedded one."""
    return write_small_dataset(pytester.path / "data")


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import medgen_pytest.plugin;"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('medgen_pytest')))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    heavy = {"numpy", "PIL", "pydantic", "yaml", "pyarrow", "cv2", "asyncio", "torch"}
    assert not heavy & {name.split(".")[0].strip("'[ ") for name in done.stdout.split(",")}


def test_a_session_without_the_plugins_options_imports_writes_and_prints_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_plain="""
import sys

def test_plain():
    heavy = {"numpy", "PIL", "pydantic", "yaml", "medgen_pytest.engine", "medgen_pytest.datasets"}
    assert not heavy & set(sys.modules)
"""
    )

    result = pytester.runpytest_subprocess(*FRESH)

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*run directory*")
    of_pytester = {"stdout", "stderr", "__pycache__"}
    left = {path.name for path in pytester.path.iterdir() if not path.name.startswith("runpytest-")}
    assert left - of_pytester == {"test_plain.py"}


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
@pytest.mark.parametrize("model", ["copy-input", "python:own:answer"])
@pytest.mark.usefixtures("small_dataset")
def test_a_session_whose_model_answers_at_once_loads_no_event_loop(
    pytester: pytest.Pytester, model: str, workers: str
) -> None:
    pytester.makepyfile(own="def answer(request): return 'A'\nanswer.immediate = True\n")
    pytester.makepyfile("def test_own(medgen_output): pass\n")
    pytester.makeconftest("""
import os, pathlib, sys

def pytest_sessionfinish():
    heavy = sorted({"asyncio", "httpx", "medgen_pytest.models.batching"} & set(sys.modules))
    pathlib.Path(f"loaded-{os.getpid()}").write_text(str(heavy))
""")

    result = pytester.runpytest_subprocess(
        *FRESH, f"--model={model}", "--medgen-dataset=data", "--medgen-limit=2", workers
    )

    result.assert_outcomes(passed=2)
    loaded = [path.read_text() for path in pytester.path.glob("loaded-*")]
    assert set(loaded) == {"[]"}
    assert len(loaded) == 1 + int(workers[2:])


# What a run without gates, baselines and a page, on images in the files of a tree, has no use for: in any of its
# processes, in one that asks and scores, and in one that only reports.
_NOWHERE = {
    *("scipy", "jinja2", "PIL.ImageDraw", "PIL.TiffImagePlugin", "medgen_pytest.datasets.parquet"),
    *("medgen_pytest.evaluation.comparison", "medgen_pytest.reports.page.gallery"),
}
_NOT_IN_A_WORKER = {
    *("medgen_pytest.evaluation.gates", "medgen_pytest.evaluation.slices", "medgen_pytest.evaluation.statistics"),
    *("medgen_pytest.reports.junit", "medgen_pytest.reports.terminal"),
}
_NOT_IN_THE_CONTROLLER = {"medgen_pytest.engine.evaluator", "medgen_pytest.engine.scorer"}


@pytest.mark.usefixtures("small_dataset")
def test_each_process_loads_only_what_its_part_of_a_run_needs(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_own(medgen_output): pass\n")
    pytester.makeconftest("""
import pathlib, pytest, sys

@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    role = "worker" if hasattr(config, "workerinput") else "controller"
    pathlib.Path(f"{role}.loaded").write_text("\\n".join(sys.modules))
""")

    result = pytester.runpytest_subprocess(
        *FRESH, "--model=copy-input", "--medgen-dataset=data", "--medgen-limit=2", WITHOUT_PAGE, "-n1"
    )

    result.assert_outcomes(passed=2)
    worker, controller = (
        set((pytester.path / f"{role}.loaded").read_text(encoding="utf-8").splitlines())
        for role in ("worker", "controller")
    )
    assert all(map(find_spec, _NOWHERE | _NOT_IN_A_WORKER | _NOT_IN_THE_CONTROLLER))  # none is misspelt
    assert not worker & (_NOWHERE | _NOT_IN_A_WORKER)
    assert not controller & (_NOWHERE | _NOT_IN_THE_CONTROLLER)


def test_a_conftest_that_owns_model_keeps_it(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--model', default='theirs')\n")
    pytester.makepyfile("def test_theirs(request): assert request.config.getoption('--model') == 'mine'\n")

    result = pytester.runpytest_subprocess(*WITHOUT_OTHERS, "--model=mine")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.usefixtures("small_dataset")
def test_where_model_is_taken_the_twin_works_and_the_message_says_so(pytester: pytest.Pytester, workers: str) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--model', default='theirs')\n")
    pytester.makepyfile("def test_own(medgen_assert): medgen_assert()\n")

    wrong = pytester.runpytest_subprocess(*WITHOUT_OTHERS, "--model=oracle", "--medgen-dataset=data", workers)
    right = pytester.runpytest_subprocess(
        *WITHOUT_OTHERS, "--medgen-model=oracle", "--medgen-dataset=data", "--medgen-limit=2", workers
    )

    assert wrong.ret == 4
    wrong.stderr.fnmatch_lines(["*--model belongs to another plugin or conftest here: use --medgen-model*"])
    right.assert_outcomes(passed=2)


def test_every_option_is_in_the_help_with_a_text(pytester: pytest.Pytester) -> None:
    from medgen_pytest.config.options import OPTIONS

    text = pytester.runpytest_subprocess(*WITHOUT_OTHERS, "--help").stdout.str()

    assert "--model=NAME" in text
    for option in OPTIONS:
        assert option.flag in text


@pytest.mark.usefixtures("small_dataset")
def test_the_plugin_works_without_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_own(medgen_assert): medgen_assert()\n")

    result = pytester.runpytest_subprocess(
        *WITHOUT_OTHERS,
        "-p",
        "no:xdist",
        "--model=oracle",
        "--medgen-dataset=data",
        "--medgen-limit=2",
        "--medgen-gate=all/accuracy >= 1",
    )

    result.assert_outcomes(passed=3)
    assert result.ret == 0


@pytest.mark.usefixtures("small_dataset")
def test_without_a_terminal_the_reports_are_written_all_the_same(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_own(medgen_assert): medgen_assert()\n")

    pytester.runpytest_subprocess(
        *WITHOUT_OTHERS,
        "-p",
        "no:terminal",
        "--model=oracle",
        "--medgen-dataset=data",
        "--medgen-limit=2",
        "--medgen-run-dir=run",
    )

    assert (pytester.path / "run" / "report.json").is_file()


def test_the_checkout_has_no_medgen_runs() -> None:
    assert "medgen-runs" in (Path(__file__).parents[2] / ".gitignore").read_text(encoding="utf-8")
