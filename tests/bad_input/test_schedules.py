"""Orders and schedulers that are not the default: the same records and totals in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

UNDECIDED = """
import os
def answer(request):
    right = "AB"[int(request.sample_id[-1]) % 2 == 0]
    return right if os.environ["PYTEST_XDIST_WORKER"] == "gw0" else "no idea"
"""


@pytest.mark.parametrize("dist", ["loadfile", pytest.param("worksteal", marks=pytest.mark.slow)])
def test_a_scheduler_of_pytest_xdist_changes_nothing(bench: Bench, dist: str) -> None:
    result = bench.run("--model=oracle", "-n2", f"--dist={dist}", "--medgen-gate=all/accuracy >= 1")

    assert (result.ret, len(bench.results())) == (0, SAMPLES)
    assert bench.report()["totals"]["accurate"] == SAMPLES


def test_a_conftest_that_turns_the_order_round_changes_nothing(bench: Bench) -> None:
    bench.write("conftest.py", "def pytest_collection_modifyitems(items): items.reverse()\n")

    result = bench.run("--model=oracle", "-n2", "--import-mode=importlib")

    result.assert_outcomes(passed=SAMPLES)
    assert len(bench.results()) == SAMPLES


@pytest.mark.slow
def test_workers_that_disagree_about_the_order_run_nothing_and_fail(bench: Bench) -> None:
    bench.write(
        "conftest.py",
        "import os\ndef pytest_collection_modifyitems(items):\n"
        "    if os.environ.get('PYTEST_XDIST_WORKER') == 'gw1': items.reverse()\n",
    )

    result = bench.run("--model=oracle", "-n2", "--medgen-gate=all/accuracy >= 0")

    assert result.ret != 0
    assert bench.report()["totals"]["missing"] == SAMPLES


def test_running_every_test_in_every_worker_is_refused(bench: Bench) -> None:
    bench.write("own.py", UNDECIDED)

    result = bench.run(
        "--model=python:own:answer", "--medgen-formats=vqa", "-n2", "--dist=each", "--medgen-gate=all/accuracy >= 0.5"
    )

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--dist each*"])


def test_it_is_refused_too_where_the_settings_file_alone_names_the_run(bench: Bench) -> None:
    bench.write("medgen.yaml", "dataset: data\nmodels: {perfect: {adapter: oracle}}\n")

    result = bench.pytest("benchmark_tests", "-n2", "--dist=each")

    assert result.ret == 4
    result.stdout.fnmatch_lines(["medgen: --dist each*"])
    assert not (bench.path / "medgen-runs").exists()


def test_several_tests_on_one_sample_ask_the_model_once_in_all_workers_together(bench: Bench) -> None:
    bench.write("own.py", "import time\ndef answer(request):\n    time.sleep(0.2)\n    return 'A'\n")
    for name in ("first", "second"):  # by files, so that each worker gets one of them
        bench.write(
            f"own/test_{name}.py",
            f"import pytest\n@pytest.mark.medgen(format='vqa')\ndef test_{name}(medgen_output): pass\n",
        )

    bench.run("--model=python:own:answer", "-n2", "--dist=loadfile", tests="own")

    assert len(bench.results()) == 4  # fails on a sample that was recorded twice
