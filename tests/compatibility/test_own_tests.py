"""Tests of one's own that use the fixtures of this plugin and those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.compatibility.benchmark import run_with
from tests.compatibility.packages import require

if TYPE_CHECKING:
    from pathlib import Path

ASYNC = """\
import asyncio

async def test_sample(medgen_result, medgen_assert):
    await asyncio.sleep(0)
    medgen_assert()
"""
TIMED = """\
def test_sample(benchmark, medgen_result, medgen_assert):
    benchmark(lambda: medgen_result.scores)
    medgen_assert()
"""
HANGING = """\
import threading

def answer(request):
    if request.sample_id.endswith("000002"):
        threading.Event().wait()
    return "A. left"
"""


def test_a_test_may_be_a_coroutine_of_pytest_asyncio(folder: Path) -> None:
    require("pytest-asyncio")
    (folder / "test_samples.py").write_text(ASYNC, encoding="utf-8")

    seen = run_with("--model=oracle", "--asyncio-mode=auto", folder=folder, loads=("asyncio",))

    assert seen.exit_code == 0
    assert "9 passed" in seen.output  # eight samples and the gate


def test_a_test_may_time_something_with_pytest_benchmark(folder: Path) -> None:
    require("pytest-benchmark")
    (folder / "test_samples.py").write_text(TIMED, encoding="utf-8")

    seen = run_with("--model=oracle", "--benchmark-only", folder=folder, loads=("benchmark",))

    assert seen.exit_code == 0
    assert seen.report is not None
    assert seen.report["totals"]["accurate"] == 8


def test_a_sample_that_pytest_timeout_ends_is_an_error(folder: Path) -> None:
    require("pytest-timeout")
    (folder / "own.py").write_text(HANGING, encoding="utf-8")

    seen = run_with(
        "--model=mixed", "--medgen-formats=vqa", "--timeout=5", "--timeout-method=signal", "--medgen-max-error-rate=0",
        folder=folder, loads=("timeout",),
    )  # fmt: skip

    assert seen.exit_code == 10
    assert seen.report is not None
    outcomes = [sample["outcome"] for sample in seen.report["samples"]]
    assert outcomes == ["accurate", "error", "accurate", "inaccurate"]


def test_gates_are_tests_on_the_page_of_pytest_html(folder: Path) -> None:
    require("pytest-html")

    run_with("--html=page.html", folder=folder, loads=("html", "html_fixtures", "metadata"))

    page = (folder / "page.html").read_text(encoding="utf-8")
    assert page.count("medgen-gates::all/accuracy") >= 2
