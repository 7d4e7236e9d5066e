"""Two sessions in one folder at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.bad_input.conftest import Background
    from tests.plugin.conftest import Bench

TOGETHER = """
import os, pathlib, time
def pytest_collection():
    meeting = pathlib.Path("meeting")
    meeting.mkdir(exist_ok=True)
    (meeting / str(os.getpid())).touch()
    deadline = time.monotonic() + 30
    while len(list(meeting.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
"""


def test_without_a_named_directory_each_has_its_own(bench: Bench, background: Background) -> None:
    bench.write("conftest.py", TOGETHER)

    both = [background.start("benchmark_tests", "--model=oracle") for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    runs = sorted((bench.path / "medgen-runs").iterdir())
    assert [len(bench.results(f"medgen-runs/{run.name}")) for run in runs] == [SAMPLES, SAMPLES]


def test_a_directory_that_both_name_belongs_to_one_of_them(bench: Bench, background: Background) -> None:
    bench.write("conftest.py", TOGETHER)

    both = [
        background.start("benchmark_tests", f"--model={name}", "--medgen-run-dir=run")
        for name in ("oracle", "copy-input")
    ]
    outputs = [process.communicate(timeout=60)[0] for process in both]

    assert 4 in {process.returncode for process in both}, outputs
    assert len({model for model, _ in bench.results()}) == 1
