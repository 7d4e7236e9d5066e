"""A user's folder like that of the plugin's tests, for whoever comes with bad input or strange habits."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.plugin.conftest import BENCHMARK_TESTS, Bench
from tests.sessions import FRESH, WITHOUT_PAGE
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60


@pytest.fixture
def bench(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A user's folder with a dataset of eight samples and the benchmark's tests."""
    monkeypatch.setenv("COLUMNS", "200")  # pytest cuts messages to the width of the terminal
    write_small_dataset(pytester.path / "data")
    shutil.copytree(BENCHMARK_TESTS, pytester.path / "benchmark_tests", ignore=shutil.ignore_patterns("__pycache__"))
    return Bench(pytester)


@dataclass(frozen=True)
class Background:
    """Sessions of pytest that go on while the test does something else."""

    bench: Bench
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts a session on the small dataset in a process group of its own."""
        # A shell starts background jobs with SIGINT ignored, and Python keeps it so: the session asks for it again.
        begin = "import pytest, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"
        command = [sys.executable, "-c", f"{begin}; sys.exit(pytest.main())", *FRESH]
        process = subprocess.Popen(
            [*command, "--medgen-dataset=data", WITHOUT_PAGE, *arguments],
            cwd=self.bench.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def wait_for_results(self, number: int, *, run_dir: str = "run") -> None:
        """Waits until so many samples have finished."""
        deadline = time.monotonic() + PATIENCE
        while self._finished(run_dir) < number:
            assert time.monotonic() < deadline, "the session did not get that far"
            time.sleep(0.02)

    def _finished(self, run_dir: str) -> int:
        files = (self.bench.path / run_dir).glob("results-*.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in files)


@pytest.fixture
def background(bench: Bench) -> Iterator[Background]:
    """Sessions in the background; what is left of them is ended with the test."""
    sessions = Background(bench)
    yield sessions
    for process in sessions.started:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        if process.stdout is not None:
            process.stdout.close()
