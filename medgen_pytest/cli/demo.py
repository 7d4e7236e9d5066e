"""`medgen demo`: the whole way on the embedded dataset with the embedded models."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    import argparse

_GATE = "all/accuracy >= 0.1"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "demo",
        help="evaluate the embedded models on the embedded dataset",
        description="Draws the demo dataset, evaluates a model on it through pytest with a gate, and prints where the"
        " reports lie. Some samples fail: no filter solves them all. Other arguments go to pytest.",
    )
    parser.add_argument("--model", action="append", metavar="NAME", help="a model (default: classical)")
    parser.add_argument("arguments", nargs="*", metavar="-- PYTEST_ARGUMENT", help="arguments for pytest, after --")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs pytest in a process of its own; its exit code."""
    command = [
        *(sys.executable, "-m", "pytest", str(_tests()), "--medgen-dataset=demo", f"--medgen-gate={_GATE}"),
        *(f"--model={name}" for name in options.model or ["classical"]),
        *("--tb=no", "--no-header", "-rN", *options.arguments),
    ]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own arguments, no shell


def _tests() -> Path:
    package = Path(__file__).parents[1]
    # A wheel holds the tests in the package, a checkout beside it.
    for folder in (package / "benchmark_tests", package.parent / "benchmark_tests"):
        if folder.is_dir():
            return folder
    raise ConfigError("the benchmark tests are not installed: install medgen-pytest from its wheel or a checkout")
