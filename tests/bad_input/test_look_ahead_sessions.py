"""The look-ahead in whole sessions: each sample is asked once in all workers, and no ending loses what was paid for."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bad_input.conftest import Background
    from tests.plugin.conftest import Bench

MODEL = """
import asyncio, os, time

flying = 0

def note(name, text):
    with open(name, "a") as file:
        file.write(text + "\\n")

async def answer(request, wait=0.3):
    global flying
    flying += 1
    note("asked", request.sample_id)
    note("flying", str(flying))
    try:
        await asyncio.sleep(wait)
    finally:
        flying -= 1
    if request.format.value == "vqa":
        reply = "A"
    else:
        image = request.inputs[0].array()
        reply = image if request.format.value == "image_editing" else (image, "The image was mirrored.")
    note("answered", request.sample_id)
    return reply

async def uneven(request):
    "The first sample of each format comes at once, the others late."
    is_first = request.sample_id.endswith("000001")
    return await answer(request, 0.02 if is_first else float(os.environ.get("LATE", 4)))

async def hang(request):
    return await answer(request, 600 if request.sample_id == "vqa:multiple-choice:000002" else 0.05)

async def fail(request):
    if request.sample_id.endswith("000001"):
        note("asked", request.sample_id)
        raise ConnectionError("down")
    return await answer(request, 0.02)

def is_first():
    try:
        open("first", "x").close()
    except FileExistsError:
        return False
    return True

def block(request):
    "Kills its own process once, after three questions anywhere, that of the first test among them."
    note("asked", request.sample_id)
    known = open("asked").read().split()
    if len(known) >= 3 and "vqa:multiple-choice:000001" in known and is_first():
        time.sleep(0.1)
        os.kill(os.getpid(), 9)
    time.sleep(0.3)
    return "A"
block.concurrency = 3
"""


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.write("own.py", MODEL)
    return bench


def resume(bench: Bench, tests: str, *arguments: str) -> None:
    """Goes on with the run; this time no answer is late."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATE", "0.02")
        bench.pytest(tests, "--medgen-dataset=data", "--model=python:own:uneven", "--medgen-resume=run", *arguments)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def asked(bench: Bench) -> list[str]:
    return lines(bench.path / "asked")


def outcomes(bench: Bench, run_dir: str) -> dict[str, object]:
    """What is recorded of each sample, but for times and who did it."""
    found: dict[str, object] = {}
    for (_, sample_id), record in bench.results(run_dir).items():
        output = {key: value for key, value in record["output"].items() if key != "seconds"}
        kept = {key: record[key] for key in ("status", "reason", "scores", "digests")}
        found[sample_id] = {**kept, "output": output}
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ["-n0"],
        ["-n2"],
        pytest.param(["-n4", "--dist=worksteal"], marks=pytest.mark.slow),
    ],
    ids="".join,
)
def test_every_sample_is_asked_once_several_at_a_time_with_the_same_records(bench: Bench, arguments: list[str]) -> None:
    bench.run("--model=python:own:answer", "--medgen-window=1", run_dir="one-by-one")
    (bench.path / "asked").unlink()
    (bench.path / "flying").unlink()

    result = bench.run("--model=python:own:answer", "--medgen-window=8", *arguments)

    workers = max(1, int(arguments[0][2:]))
    assert Counter(asked(bench)).most_common(1)[0][1] == 1
    assert len(asked(bench)) == SAMPLES
    assert 1 < max(map(int, lines(bench.path / "flying"))) <= 8 // workers
    assert outcomes(bench, "run") == outcomes(bench, "one-by-one")
    assert result.ret == 1


def test_deselected_samples_are_never_asked(bench: Bench) -> None:
    bench.run("--model=python:own:answer", "-k", "vqa")

    assert sorted(asked(bench)) == [f"vqa:multiple-choice:00000{number}" for number in range(1, 5)]


def test_samples_of_tests_that_are_marked_to_be_skipped_are_never_asked(bench: Bench) -> None:
    bench.write(
        "conftest.py",
        "import pytest\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items[1::3]: item.add_marker(pytest.mark.skip)\n"
        "    for item in items[2::3]: item.add_marker(pytest.mark.skipif(True, reason='no'))\n",
    )

    result = bench.run("--model=python:own:answer")

    assert result.parseoutcomes()["skipped"] == SAMPLES - 3
    assert len(asked(bench)) == 3


def test_a_sample_that_several_tests_want_is_asked_once(bench: Bench) -> None:
    for name in ("first", "second"):  # by files, so that each worker gets one of them
        bench.write(
            f"own/test_{name}.py",
            f"import pytest\n@pytest.mark.medgen(format='vqa')\ndef test_{name}(medgen_output): pass\n",
        )

    result = bench.run("--model=python:own:answer", "-n2", "--dist=loadfile", tests="own")

    result.assert_outcomes(passed=8)
    assert len(asked(bench)) == len(bench.results()) == 4


def test_a_sample_that_hangs_is_an_error_and_delays_no_other(bench: Bench) -> None:
    bench.run("--model=python:own:hang", "--medgen-timeout=3", "-n0")

    totals = bench.report()["totals"]
    assert (totals["error"], totals["missing"]) == (1, 0)
    assert len(asked(bench)) == SAMPLES


def test_exceptions_of_a_model_are_errors_of_their_samples(bench: Bench) -> None:
    bench.run("--model=python:own:fail", "-n2")

    failed = {sample for (_, sample), record in bench.results().items() if record["status"] == "error"}
    assert failed == {sample for _, sample in bench.results() if sample.endswith("000001")}
    assert {record["reason"] for record in bench.results().values() if record["status"] == "error"} == {
        "ConnectionError: down"
    }
    assert len(asked(bench)) == SAMPLES


@pytest.mark.parametrize("arguments", [["-x", "-n0"], ["--maxfail=1", "-n2"]], ids="".join)
def test_what_has_arrived_when_a_session_stops_is_recorded_and_not_asked_again(
    bench: Bench, arguments: list[str]
) -> None:
    bench.write("test_own.py", "def test_own(medgen_output):\n    import time; time.sleep(0.5)\n    assert False\n")

    bench.run("--model=python:own:uneven", *arguments, tests="test_own.py")

    answered = set(lines(bench.path / "answered"))
    assert 2 <= len(answered) < SAMPLES
    assert {sample for _, sample in bench.results()} == answered
    (bench.path / "asked").unlink()
    resume(bench, "test_own.py")
    assert sorted(asked(bench)) == sorted(set(all_samples(bench)) - answered)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent the POSIX way")
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_ctrl_c_records_what_has_arrived_and_a_resume_asks_for_the_rest(
    bench: Bench, background: Background, workers: str
) -> None:
    arguments = ["benchmark_tests", "--model=python:own:uneven", workers, "--medgen-gate=all/accuracy >= 0"]
    process = background.start(*arguments, "--medgen-run-dir=run")
    background.wait_for_results(2)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)

    answered = set(lines(bench.path / "answered"))
    assert process.returncode == 2, output
    assert {sample for _, sample in bench.results()} == answered
    assert bench.report()["totals"]["missing"] == SAMPLES - len(answered)

    (bench.path / "asked").unlink()
    resume(bench, "benchmark_tests")
    assert sorted(asked(bench)) == sorted(set(all_samples(bench)) - answered)


def all_samples(bench: Bench) -> list[str]:
    (plan,) = sorted((bench.path / "run").glob("plan-*.jsonl"))[:1]
    *lines, _seal = plan.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["sample_id"] for line in lines]


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed the POSIX way")
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_after_a_kill_of_everything_a_resume_asks_for_what_was_not_stored(
    bench: Bench, background: Background, workers: str
) -> None:
    process = background.start(
        "benchmark_tests", "--model=python:own:uneven", workers, "--medgen-run-dir=run", "--medgen-window=4"
    )
    background.wait_for_results(2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    stored = {sample for _, sample in bench.results()}
    first = asked(bench)
    (bench.path / "asked").unlink()

    resume(bench, "benchmark_tests", workers)

    again = asked(bench)
    assert sorted(again) == sorted(set(all_samples(bench)) - stored)
    assert len(first) + len(again) <= SAMPLES + 4  # what was on its way at the kill
    assert bench.report()["totals"]["missing"] == 0
    assert len(bench.results()) == SAMPLES


@pytest.mark.skipif(sys.platform == "win32", reason="a worker is killed the POSIX way")
def test_a_worker_that_is_killed_costs_its_test_and_others_take_over_its_samples(bench: Bench) -> None:
    result = bench.run("--model=python:own:block", "-n2", "--medgen-formats=vqa", "--medgen-window=6")

    counts = Counter(asked(bench))
    assert set(counts) == set(all_samples(bench))
    assert sum(counts.values()) <= 4 + 3  # again only what the dead worker had on its way
    totals = bench.report()["totals"]
    assert totals["missing"] == 0
    assert totals["error"] <= 1
    assert result.ret == 1


def test_the_claims_of_a_session_are_removed_with_it(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))

    bench.run("--model=python:own:answer", "-n2", "--medgen-formats=vqa")

    assert [path.name for path in (tmp_path / "scratch").glob("medgen-*")] == []
