"""Programs as models in whole sessions: every sample is asked once, and no ending of a session leaves a process."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.models.process.asking import HEAD, has_ended, lines
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bad_input.conftest import Background
    from tests.plugin.conftest import Bench

SECRET = "tok-4711-hidden"  # noqa: S105 - what the test looks for
PROGRAM = """
mode = sys.argv[1]
note("children", subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid)
if mode == "loading":
    time.sleep(2.5)
say(ready=True)
for request in requests():
    note("folders", request["folder"])
    note("samples", request["task"] + str(hash(request["instruction"])))
    reply = {"id": request["id"], "text": "A"}
    if "image" in request["wants"]:
        reply["image_path"] = request["image_paths"][0]
    is_second = request["instruction"].startswith("Which organ?")
    if mode == "slow":
        time.sleep(0.5)
    if mode == "crash" and is_second:
        sys.exit("weights lost: " + os.environ["HF_TOKEN"])
    if mode == "hang" and is_second and "image" not in request["wants"]:
        time.sleep(600)
    if mode == "nul":
        reply["text"] = "A\\0B \\ud800"
    say(**reply)
"""


@pytest.fixture
def bench(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("PYTHONHASHSEED", "0")  # programs of several workers note the same
    monkeypatch.setenv("HF_TOKEN", SECRET)
    (bench.path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(bench.path / "temporary"))
    bench.write("serve.py", HEAD + PROGRAM)
    models = {
        mode: {
            "adapter": "process",
            "command": [sys.executable, "serve.py", mode],
            "patience": 0.5,
            "concurrency": 3 if mode == "slow" else 1,
            "env": {"HF_TOKEN": SECRET},
        }
        for mode in ("plain", "slow", "loading", "crash", "hang", "nul")
    }
    models["missing"] = {"adapter": "process", "command": "no-such-program-here --x"}
    bench.write("medgen.yaml", json.dumps({"models": models}))
    return bench


def notes(bench: Bench, name: str) -> list[str]:
    return lines(bench.path / name)


def nothing_is_left(bench: Bench) -> bool:
    """Every program and what it started has ended."""
    pids = [*notes(bench, "pids"), *notes(bench, "children")]
    return bool(pids) and all(has_ended(pid) for pid in pids)


def images_left(bench: Bench) -> list[Path]:
    """The folders through which images went, as far as they are still there."""
    return list((bench.path / "temporary").glob("medgen-images-*"))


def outcomes(bench: Bench, run_dir: str) -> dict[str, object]:
    return {
        sample_id: (record["status"], record["scores"], record["output"].get("text"), record["output"].get("image"))
        for (_, sample_id), record in bench.results(run_dir).items()
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_the_demo_is_answered_by_a_program_for_each_worker(bench: Bench, workers: int) -> None:
    result = bench.run("--model=plain", "--medgen-dataset=demo", "--medgen-limit=12", f"-n{workers}")

    records = bench.results()
    assert result.ret in {0, 1}
    assert {record["status"] for record in records.values()} == {"answered"}
    assert len(notes(bench, "samples")) == len(records) >= 12
    assert len(notes(bench, "pids")) == max(1, workers)
    assert nothing_is_left(bench)
    assert images_left(bench) == []


def test_several_requests_at_once_ask_each_sample_once_with_the_same_records(bench: Bench) -> None:
    bench.run("--model=plain", run_dir="one-by-one")
    (bench.path / "samples").unlink()

    bench.run("--model=slow", "-n2")

    assert max(Counter(notes(bench, "samples")).values()) == 1
    assert len(notes(bench, "samples")) == SAMPLES
    assert outcomes(bench, "run") == outcomes(bench, "one-by-one")


def test_a_command_that_is_not_found_is_one_line_before_the_run(bench: Bench) -> None:
    result = bench.run("--model=missing")

    assert result.ret == 4
    said = [line for line in (*result.outlines, *result.errlines) if "no-such-program-here" in line]
    assert said == ["ERROR: medgen: model 'missing': command 'no-such-program-here' is not found"]


def test_a_program_that_crashes_costs_one_sample_and_a_resume_asks_for_that_one(bench: Bench) -> None:
    result = bench.run("--model=crash")

    failed = [record for record in bench.results().values() if record["status"] != "answered"]
    assert result.ret == 1
    assert [record["status"] for record in failed] == ["error"]
    assert failed[0]["reason"].endswith("ended with exit code 1; its stderr ends: weights lost: ***")
    assert len(notes(bench, "pids")) == 2
    assert len(notes(bench, "samples")) == SAMPLES

    (bench.path / "samples").unlink()
    bench.pytest("benchmark_tests", "--medgen-dataset=data", "--model=crash", "--medgen-resume=run")

    assert len(notes(bench, "samples")) == 1
    assert nothing_is_left(bench)


def test_a_program_that_hangs_costs_one_sample_its_time(bench: Bench) -> None:
    bench.run("--model=hang", "--medgen-timeout=3")

    failed = [record for record in bench.results().values() if record["status"] != "answered"]
    assert [(record["status"], record["reason"]) for record in failed] == [
        ("error", "ModelError: no answer within 3 s (the time limit of a sample)")
    ]
    assert len(notes(bench, "pids")) == 2
    assert nothing_is_left(bench)


def test_the_secret_of_a_program_is_in_no_file_and_no_line_of_a_run(bench: Bench) -> None:
    result = bench.run("--model=crash", "-v", "--medgen-report-html=true")

    said = "\n".join([*result.outlines, *result.errlines])
    written = [path for path in (bench.path / "run").rglob("*") if path.is_file()]
    assert written
    assert SECRET not in said
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]


def test_characters_that_no_file_can_hold_leave_records_and_reports_readable(bench: Bench) -> None:
    bench.run("--model=nul", "--medgen-report-html=true")

    texts = {record["output"]["text"] for record in bench.results().values()}
    assert texts == {"A\0B \ufffd"}
    assert ET.parse(bench.path / "run" / "junit.xml").getroot() is not None  # noqa: S314 - our own file
    assert bench.report()


@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_leaves_no_process_and_no_images(bench: Bench, background: Background, workers: int) -> None:
    process = background.start("benchmark_tests", "--model=slow", "--medgen-run-dir=run", f"-n{workers}")
    background.wait_for_results(2)

    process.send_signal(signal.SIGINT)

    process.communicate(timeout=60)
    assert process.returncode == 2
    assert nothing_is_left(bench)
    assert images_left(bench) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_killing_pytest_leaves_no_program(bench: Bench, background: Background, workers: int) -> None:
    process = background.start("benchmark_tests", "--model=slow", "--medgen-run-dir=run", f"-n{workers}")
    background.wait_for_results(2)

    os.killpg(process.pid, signal.SIGKILL)

    assert all(has_ended(pid) for pid in notes(bench, "pids"))
    for pid in notes(bench, "children"):  # nobody is left to end what a program started
        os.kill(int(pid), signal.SIGKILL)


def test_loading_weights_costs_no_sample_its_time(bench: Bench) -> None:
    bench.run("--model=loading", "--medgen-timeout=2")

    assert {record["status"] for record in bench.results().values()} == {"answered"}
    assert len(bench.results()) == SAMPLES
