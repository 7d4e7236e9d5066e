"""`medgen demo`: the whole way on the embedded dataset with the embedded models."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.packages import module_exists
from medgen_pytest.reports.visible_text import visible
from medgen_pytest.runs.prepare import RUNS_FOLDER
from medgen_pytest.store import new_run_id

if TYPE_CHECKING:
    import argparse

_GATE = "all/accuracy >= 0.1"
_SETTINGS = Path(__file__).with_name("demo.ini")
_PAGE = "report.html"
# As `python -m pytest`, but what lies in the folder is looked for last: a checkout of this package there is not what is
# installed.
_PYTEST = "import runpy, sys; sys.path.append(sys.path.pop(0)); runpy.run_module('pytest', run_name='__main__')"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "demo",
        help="evaluate the embedded models on the embedded dataset",
        description="Draws the demo dataset, evaluates a model on it through pytest with a gate, and prints where the"
        " report and its page lie. Some samples fail: no filter solves them all. It takes some seconds, needs neither"
        " a network nor torch, and heeds no settings of the folder that it is called in. Other arguments go to pytest.",
        epilog="exit codes: pytest's own, or those of the gate: 0 it holds, 1 it is breached (medgen --help has all)",
    )
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="a model, repeatable: oracle, copy-input, classical, python:module:attr, ..."
        " (default: classical, or copy-input where OpenCV is not installed)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help=f"where {RUNS_FOLDER} is made (default: here, or in a temporary folder if this one cannot be written)",
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.add_argument("arguments", nargs="*", metavar="-- PYTEST_ARGUMENT", help="arguments for pytest, after --")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs pytest in a process of its own; its exit code. Raises ConfigError for a folder that cannot be written."""
    folder = _folder(options.output)
    stored = folder / RUNS_FOLDER / new_run_id(dt.datetime.now(dt.timezone.utc))
    command = _command(options, stored)
    code = subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603 - our own arguments, no shell
    page = stored / _PAGE
    if page.is_file():
        _show(page, opens=options.open)
    return code


def _command(options: argparse.Namespace, stored: Path) -> list[str]:
    # Tests and settings are ours, and so is the root folder: no conftest and no medgen.yaml of somebody's repository.
    tests = _tests()
    return [
        *(sys.executable, "-c", _PYTEST, str(tests), f"--rootdir={tests}", "-c", str(_SETTINGS)),
        *("--medgen-dataset=demo", f"--medgen-gate={_GATE}", f"--medgen-run-dir={stored}"),
        *(f"--model={name}" for name in options.model or [_default_model()]),
        *("--tb=no", "--no-header", "-rN", "-p", "no:cacheprovider", *options.arguments),
    ]


def _default_model() -> str:
    if module_exists("cv2"):
        return "classical"
    _say("the model classical needs OpenCV (pip install 'medgen-pytest[classical]'); this is copy-input")
    return "copy-input"


def _folder(output: Path | None) -> Path:
    """Where the dataset and the run go. Raises ConfigError for one that is named and cannot be written."""
    if output is not None:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"--output: {output} cannot be made: {error.strerror or error}; name another") from error
    folder = Path.cwd() if output is None else output.resolve()
    if _can_be_written(folder):
        return folder
    if output is not None:
        raise ConfigError(f"--output: {output} cannot be written; name another folder")
    folder = Path(tempfile.mkdtemp(prefix="medgen-demo-"))
    _say(f"{Path.cwd()} cannot be written, so the run goes to {folder} (--output=DIR names another folder)")
    return folder


def _can_be_written(folder: Path) -> bool:
    runs = folder / RUNS_FOLDER
    return os.access(runs if runs.exists() else folder, os.W_OK | os.X_OK)


def _show(page: Path, *, opens: bool) -> None:
    _say(f"the page of this run: {page}")
    if not opens:
        _say("medgen demo --open shows it in a browser")
    elif not webbrowser.open(page.as_uri()):
        _say("no browser could be opened: open that file in one")


def _say(text: str) -> None:
    sys.stdout.write(f"medgen demo: {visible(text)}\n")
    sys.stdout.flush()  # before what pytest, in its own process, says next


def _tests() -> Path:
    package = Path(__file__).parents[1]
    # A wheel holds the tests in the package, a checkout beside it.
    for folder in (package / "benchmark_tests", package.parent / "benchmark_tests"):
        if folder.is_dir():
            return folder
    raise ConfigError("the benchmark tests are not installed: install medgen-pytest from its wheel or a checkout")
