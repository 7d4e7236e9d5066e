"""A folder with a small dataset and the bundled tests, and pytest run in it as a user would."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import tests.loaded_once  # noqa: F401
from tests.sessions import FRESH, WITHOUT_PAGE
from tests.small_dataset import write_small_dataset

BENCHMARK_TESTS = Path(__file__).resolve().parents[2] / "benchmark_tests"


@dataclass(frozen=True)
class Bench:
    """A user's folder: `data` is a small dataset, `benchmark_tests` the benchmark.

    Sessions run in this process, which costs a third of what processes of their own do (workers of pytest-xdist are
    processes anyway); with `own_process`, where exit codes, kills or streams matter, in one of their own.
    """

    pytester: pytest.Pytester
    own_process: bool = False

    @property
    def path(self) -> Path:
        return self.pytester.path

    def run(self, *arguments: str, tests: str = "benchmark_tests", run_dir: str | None = "run") -> pytest.RunResult:
        """Runs the benchmark on the small dataset."""
        options = ["--medgen-dataset=data", WITHOUT_PAGE, *([f"--medgen-run-dir={run_dir}"] if run_dir else [])]
        return self.pytest(tests, *options, *arguments)

    def before_the_tests(self, *arguments: str) -> pytest.RunResult:
        """Runs pytest in this process in any case: for what happens before the first test."""
        return self._in_this_process(*arguments)

    def _in_this_process(self, *arguments: str) -> pytest.RunResult:
        for file in self.path.glob("*.py"):  # another test may have left a module of that name
            sys.modules.pop(file.stem, None)
        return self.pytester.runpytest_inprocess(*FRESH, *arguments)

    def pytest(self, *arguments: str) -> pytest.RunResult:
        """Runs pytest with these arguments alone."""
        if self.own_process:
            return self.pytester.runpytest_subprocess(*FRESH, *arguments, timeout=120)
        return self._in_this_process(*arguments)

    def results(self, run_dir: str = "run") -> dict[tuple[str, str], dict[str, Any]]:
        """The stored records of a run by model and sample id; fails if a sample has two."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for path in sorted((self.path / run_dir).glob("results-*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                del record["seal"]
                key = (record["model"], record["sample_id"])
                assert key not in found, f"{key} was recorded twice"
                found[key] = record
        return found

    def report(self, run_dir: str = "run") -> dict[str, Any]:
        """The report.json of a run."""
        document: dict[str, Any] = json.loads((self.path / run_dir / "report.json").read_text(encoding="utf-8"))
        return document

    def write(self, name: str, text: str) -> Path:
        """Writes a file into the folder."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def bench(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A user's folder with a dataset of eight samples and the benchmark's tests."""
    monkeypatch.setenv("COLUMNS", "200")  # pytest cuts messages to the width of the terminal
    write_small_dataset(pytester.path / "data")
    shutil.copytree(BENCHMARK_TESTS, pytester.path / "benchmark_tests", ignore=shutil.ignore_patterns("__pycache__"))
    return Bench(pytester)
