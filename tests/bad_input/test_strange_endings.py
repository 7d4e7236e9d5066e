"""Sessions that end before their time: every planned sample is accounted for, and the exit code says so."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.bad_input.conftest import Background
    from tests.plugin.conftest import Bench

SLOW = """
import os, time
def answer(request):
    time.sleep(0.2)
    image = request.inputs[0].array()
    return {"vqa": "A", "image_editing": image}.get(request.format.value, (image, "The image was mirrored."))
def hang(request):
    if request.sample_id.endswith("000002"):
        time.sleep(600)
    return answer(request)
def crash(request):
    if request.sample_id == "vqa:multiple-choice:000001":
        os._exit(9)
    return answer(request)
"""
OPEN_FILES = Path("/proc/self/fd")
PARTS = ("accurate", "inaccurate", "invalid", "error", "missing")


def _totals(bench: Bench) -> dict[str, Any]:
    """The totals of the run, which must add up to its plan."""
    totals: dict[str, Any] = bench.report()["totals"]
    assert totals["planned"] == SAMPLES == sum(totals[part] for part in PARTS)
    assert len(bench.results()) == SAMPLES - totals["missing"]
    aggregated = ET.parse(bench.path / "run" / "junit.xml").getroot()  # noqa: S314 - our own file
    assert sum(1 for _ in aggregated.iter("testcase")) >= SAMPLES
    return totals


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent the POSIX way")
def test_ctrl_c_with_workers_keeps_what_was_finished_and_writes_the_reports(
    bench: Bench, background: Background
) -> None:
    bench.write("own.py", SLOW)
    process = background.start(
        "benchmark_tests", "--model=python:own:answer", "--medgen-run-dir=run", "-n2", "--medgen-gate=all/accuracy >= 0"
    )
    background.wait_for_results(2)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the workers too
    output, _ = process.communicate(timeout=60)

    totals = _totals(bench)

    assert process.returncode == 2
    assert totals["missing"] > 0
    assert "incomplete" in output


def test_a_model_that_hangs_under_workers_costs_each_sample_its_time_limit(bench: Bench) -> None:
    bench.write("own.py", SLOW)

    result = bench.run("--model=python:own:hang", "--medgen-timeout=0.6", "-n2", "--medgen-gate=all/accuracy >= 0")

    totals = _totals(bench)
    assert (totals["error"], totals["missing"]) == (3, 0)
    assert result.ret == 10


def test_a_worker_that_dies_and_may_not_be_restarted_leaves_the_rest_missing(bench: Bench) -> None:
    bench.write("own.py", SLOW)

    result = bench.run(
        "--model=python:own:crash",
        "-n1",
        "--max-worker-restart=0",
        "--medgen-gate=all/accuracy >= 0",
        "--junitxml=x.xml",
    )

    totals = _totals(bench)
    assert (totals["error"], totals["missing"]) == (1, 3)
    assert result.ret == 11
    record = next(record for record in bench.results().values() if record["status"] == "error")
    assert record["reason"].startswith("the test process died while it ran this sample")
    (suite,) = ET.parse(bench.path / "x.xml").getroot()  # noqa: S314 - our own file
    assert (suite.get("errors"), suite.get("tests")) == ("2", "6")  # the sample and the gate; four others and these


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_x_leaves_the_rest_missing_and_a_gate_incomplete(bench: Bench, workers: str) -> None:
    result = bench.run("--model=copy-input", "-x", workers, "--medgen-gate=all/accuracy >= 0.1")

    assert _totals(bench)["missing"] >= SAMPLES - 3
    assert result.ret == 11


def test_a_model_cannot_end_or_skip_the_session(bench: Bench) -> None:
    bench.write(
        "own.py",
        "import pytest\n"
        "def answer(request):\n"
        "    number = request.sample_id[-1]\n"
        "    if number == '2': pytest.exit('stop', returncode=0)\n"
        "    if number == '3': pytest.skip('no')\n"
        "    if number == '4': raise GeneratorExit\n"
        "    return 'A'\n",
    )

    result = bench.run("--model=python:own:answer", "--medgen-formats=vqa", "--medgen-gate=all/accuracy >= 0")

    result.assert_outcomes(passed=1, errors=4)  # three samples and the gate that they leave undecided
    totals = bench.report()["totals"]
    assert (totals["error"], totals["missing"], result.ret) == (3, 0, 10)


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="asks Linux which files are open")
def test_a_session_whose_worker_died_leaves_no_file_of_its_run_open(bench: Bench) -> None:
    bench.write("model.py", SLOW)

    bench.run("--model=python:model:crash", "-n2")

    opened = [str(link.readlink()) for link in OPEN_FILES.iterdir() if link.is_symlink()]
    assert (bench.path / "run" / "results-controller.jsonl").is_file()
    assert [name for name in opened if name.startswith(str(bench.path / "run"))] == []
