"""Resuming: a kill loses at most what is in flight, and nothing finished is computed again."""

from __future__ import annotations

import fnmatch
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sessions import WITHOUT_OTHERS
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

SLOW = """
import os, pathlib, time
def answer(request):
    with open("calls", "a") as file:
        file.write(request.sample_id + "\\n")
    time.sleep(0.2)
    if os.environ.get("DOWN") and request.sample_id.endswith("000001"):
        raise ConnectionError("down")
    if request.format.value == "vqa":
        return "A"
    image = request.inputs[0].array()
    return image if request.format.value == "image_editing" else (image, "The image was mirrored.")
"""


def _kill_midway(bench: Bench, *arguments: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        *WITHOUT_OTHERS,
        "benchmark_tests",
        "--medgen-dataset=data",
        "--medgen-run-dir=run",
        *arguments,
    ]
    process = subprocess.Popen(
        command, cwd=bench.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while _lines(bench) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def _lines(bench: Bench) -> int:
    return sum(path.read_bytes().count(b"\n") for path in (bench.path / "run").glob("results-*.jsonl"))


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed the POSIX way")
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_after_a_kill_every_sample_is_there_once_and_nothing_finished_is_asked_again(
    bench: Bench, workers: str
) -> None:
    bench.write("slow.py", SLOW)
    _kill_midway(bench, "--model=python:slow:answer", workers)
    finished = set(bench.results())
    (bench.path / "calls").unlink()

    result = bench.pytest(
        "benchmark_tests", "--medgen-dataset=data", "--model=python:slow:answer", "--medgen-resume=run", workers
    )

    asked = (bench.path / "calls").read_text().split()
    assert 3 <= len(finished) < SAMPLES
    assert len(bench.results()) == SAMPLES
    assert not {sample for _, sample in finished} & set(asked)
    assert len(asked) == SAMPLES - len(finished)
    assert bench.report()["totals"]["missing"] == 0
    assert result.ret == 1


def test_a_torn_last_line_is_tolerated(bench: Bench) -> None:
    bench.run("--model=oracle")
    path = bench.path / "run" / "results-main.jsonl"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 40])

    result = bench.pytest("benchmark_tests", "--medgen-dataset=data", "--model=oracle", "--medgen-resume=run")

    assert result.ret == 0
    totals = bench.report()["totals"]
    assert (totals["planned"], totals["accurate"]) == (SAMPLES, SAMPLES)
    assert bench.report()["environment"]["damaged_lines"] == 1


def test_errors_are_asked_again_and_answers_are_not(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("slow.py", SLOW)
    monkeypatch.setenv("DOWN", "1")
    bench.run("--model=python:slow:answer", "--medgen-formats=vqa")
    monkeypatch.delenv("DOWN")
    (bench.path / "calls").unlink()

    bench.pytest(
        "benchmark_tests",
        "--medgen-dataset=data",
        "--model=python:slow:answer",
        "--medgen-formats=vqa",
        "--medgen-resume=run",
    )

    assert (bench.path / "calls").read_text().split() == ["vqa:multiple-choice:000001"]
    assert bench.report()["totals"]["error"] == 0


@pytest.mark.parametrize("changed", ["the model", "the sample", "the convention"])
def test_what_changed_is_asked_again(bench: Bench, changed: str) -> None:
    bench.write("slow.py", SLOW)
    bench.run("--model=python:slow:answer", "--medgen-formats=vqa", "-k", "000001")
    (bench.path / "calls").unlink()
    more = []
    if changed == "the model":
        bench.write("slow.py", SLOW.replace('"A"', '"B"'))
    elif changed == "the sample":
        image = bench.path / "data/VQA/multiple-choice/images/0000_input.png"
        image.write_bytes((bench.path / "data/VQA/multiple-choice/images/0001_input.png").read_bytes())
    else:
        more = ["--medgen-convention=canonical"]

    bench.pytest(
        "benchmark_tests",
        "--medgen-dataset=data",
        "--model=python:slow:answer",
        "--medgen-formats=vqa",
        "--medgen-resume=run",
        "-k",
        "000001",
        *more,
    )

    assert (bench.path / "calls").read_text().split() == ["vqa:multiple-choice:000001"]


def test_a_run_of_another_schema_version_is_refused(bench: Bench) -> None:
    bench.run("--model=oracle")
    manifest = bench.path / "run" / "run.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema_version": 99}), encoding="utf-8")

    result = bench.pytest("benchmark_tests", "--medgen-dataset=data", "--model=oracle", "--medgen-resume=run")

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*schema version 99; this version of medgen-pytest reads 1*"])


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_an_edited_result_is_asked_again(bench: Bench, workers: str) -> None:
    bench.write("slow.py", SLOW)
    bench.run("--model=python:slow:answer", "--medgen-formats=vqa")
    (bench.path / "calls").unlink()
    path = bench.path / "run" / "results-main.jsonl"
    first, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(first.replace('"text":"A"', '"text":"B"') + "\n" + rest, encoding="utf-8")

    result = bench.pytest(
        "benchmark_tests",
        "--medgen-dataset=data",
        "--model=python:slow:answer",
        "--medgen-formats=vqa",
        "--medgen-resume=run",
        workers,
    )

    edited = json.loads(first)["sample_id"]
    assert (bench.path / "calls").read_text().split() == [edited]
    assert bench.report()["totals"]["missing"] == 0
    told = f"warning: 1 record was edited since it was written and does not count: results-main.jsonl:1 (*{edited});*"
    assert fnmatch.fnmatchcase(" ".join(result.stdout.str().split()), f"*{told}*")


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize("name", ["run.json", "plan-*.jsonl"])
def test_a_run_whose_plan_or_manifest_was_edited_is_refused_before_the_first_test(
    bench: Bench, name: str, workers: str
) -> None:
    bench.run("--model=oracle")
    [path] = (bench.path / "run").glob(name)
    path.write_text(path.read_text(encoding="utf-8").replace("CT", "MRI").replace("resize", "never"), encoding="utf-8")

    result = bench.pytest("benchmark_tests", "--medgen-dataset=data", "--model=oracle", "--medgen-resume=run", workers)

    assert result.ret == 4
    result.stderr.fnmatch_lines([f"*{path.name} was edited after it was written*"])


def test_a_plan_that_was_removed_is_made_anew(bench: Bench) -> None:
    bench.run("--model=oracle")
    [path] = (bench.path / "run").glob("plan-*.jsonl")
    path.unlink()

    result = bench.pytest("benchmark_tests", "--medgen-dataset=data", "--model=oracle", "--medgen-resume=run")

    assert result.ret == 0
    assert bench.report()["totals"] == {**bench.report()["totals"], "planned": SAMPLES, "missing": 0}


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent the POSIX way")
def test_ctrl_c_keeps_what_was_finished_and_writes_the_reports(bench: Bench) -> None:
    bench.write("slow.py", SLOW)
    # A shell starts background jobs with SIGINT ignored, and Python keeps it so: the process must ask for it again.
    start = (
        "import pytest, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(pytest.main())"
    )
    command = [
        sys.executable,
        "-c",
        start,
        *WITHOUT_OTHERS,
        "benchmark_tests",
        "--medgen-dataset=data",
        "--medgen-run-dir=run",
    ]
    process = subprocess.Popen(
        [*command, "--model=python:slow:answer", "--medgen-gate=all/accuracy >= 0"],
        cwd=bench.path,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while _lines(bench) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "missing" in output
    report = json.loads(Path(bench.path / "run" / "report.json").read_text(encoding="utf-8"))
    assert report["totals"]["missing"] > 0
    assert report["totals"]["planned"] == SAMPLES
