"""The circuit breaker in whole sessions: what is not asked is an error, is said in one line, and a resume asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

MODEL = """
import asyncio, os

def note(request):
    with open("asked", "a") as file:
        file.write(request.sample_id + "\\n")

def plain(request):
    note(request)
    if not os.path.exists("mended"):
        raise ConnectionError("the endpoint is down")
    return {"text": "A", "image": request.inputs[0].pil()}

async def awaited(request):
    await asyncio.sleep(0.01)
    return plain(request)
"""
WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])
MODELS = pytest.mark.parametrize("model", ["plain", "awaited"])


def asked(bench: Bench) -> list[str]:
    return (bench.path / "asked").read_text(encoding="utf-8").split()


@WORKERS
@MODELS
def test_a_model_that_is_down_is_stopped_and_a_resume_asks_the_rest(bench: Bench, model: str, workers: str) -> None:
    bench.write("own.py", MODEL)
    options = [f"--model=m=python:own:{model}", "--medgen-max-consecutive-errors=2", "--medgen-window=2", workers]

    result = bench.run(*options, "--medgen-gate=all/accuracy >= 0")

    first = asked(bench)
    held_back = [record for record in bench.results().values() if record["not_asked"] == "errors"]
    assert 2 <= len(first) <= SAMPLES - 1
    assert len(held_back) == SAMPLES - len(first)
    assert result.ret == 10
    noun = "sample" if len(held_back) == 1 else "samples"
    line = (
        f"m: {len(held_back)} {noun} not asked: the last 2 answers of the model were errors, the latest:"
        " ConnectionError: the endpoint is down; mend that and go on with --medgen-resume=run"
    )
    result.stdout.fnmatch_lines([line])

    bench.write("mended", "")
    bench.pytest("benchmark_tests", "--medgen-dataset=data", "--medgen-resume=run", *options)

    assert len(asked(bench)) == len(first) + SAMPLES
    assert len(set(asked(bench)[len(first) :])) == SAMPLES
    assert bench.report()["totals"]["error"] == 0


@WORKERS
def test_zero_asks_for_ever(bench: Bench, workers: str) -> None:
    bench.write("own.py", MODEL)

    result = bench.run("--model=m=python:own:awaited", "--medgen-max-consecutive-errors=0", workers)

    assert len(asked(bench)) == SAMPLES
    result.stdout.no_fnmatch_line("*not asked*")
