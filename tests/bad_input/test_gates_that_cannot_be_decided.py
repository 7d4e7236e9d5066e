"""Gates on what did not run: a gate that was asked for and not decided must never look like one that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

UNDECIDED = {10, 11}

VANISHING = """
import shutil
def answer(request):
    if request.sample_id.endswith("000004"):
        shutil.rmtree("run")
    return "AB"[int(request.sample_id[-1]) % 2 == 0]
"""


def test_a_run_directory_that_vanishes_leaves_no_gate_that_holds(bench: Bench) -> None:
    bench.write("own.py", VANISHING)

    result = bench.run(
        "--model=python:own:answer", "--medgen-gate=vqa/accuracy >= 1", tests="benchmark_tests/test_vqa.py"
    )

    result.assert_outcomes(passed=4)
    assert result.ret != 0
    assert "medgen" in result.stdout.str().partition("collected")[2]


def test_a_gate_of_the_command_line_does_not_hold_when_no_sample_was_evaluated(bench: Bench) -> None:
    bench.write("unit/test_unit.py", "def test_unit(): pass\n")

    result = bench.run("--model=oracle", "--medgen-gate=vqa/accuracy >= 1", tests="unit")

    result.assert_outcomes(passed=1)
    assert result.ret in UNDECIDED


SELECTIONS = {
    "-k": ["benchmark_tests", "-k", "vqa"],
    "a node id": ["benchmark_tests/test_vqa.py::test_vqa[oracle|vqa:multiple-choice:000001]"],
}


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_gate_of_the_settings_on_deselected_samples_is_undecided_and_the_reports_are_written(
    bench: Bench, selection: str
) -> None:
    bench.write(
        "medgen.yaml",
        "dataset: data\nmodels: {oracle: {adapter: oracle}}\nrun_dir: run\n"
        "gates: ['image_editing/ssim >= 0.5', 'vqa/accuracy >= 0.5']\n",
    )

    result = bench.pytest(*SELECTIONS[selection])

    assert result.ret in UNDECIDED
    totals = bench.report()["totals"]
    assert totals["accurate"] == totals["planned"] > 0
    assert "vqa/accuracy >= 0.5" in result.stdout.str()


def test_a_gate_on_a_slice_that_the_options_leave_empty_is_said_before_the_run(bench: Bench) -> None:
    result = bench.run("--model=oracle", "--medgen-formats=vqa", "--medgen-gate=image_editing/ssim >= 0.5")

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*no sample of this run lies in its slice*"])
    assert not (bench.path / "run").exists()


def test_skipped_samples_are_missing_and_leave_a_gate_incomplete(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        "import pytest\n@pytest.mark.skip(reason='later')\ndef test_own(medgen_assert): medgen_assert()\n",
    )

    result = bench.run("--model=oracle", "--medgen-gate=all/accuracy >= 0.1", tests="test_own.py")

    assert (result.ret, result.parseoutcomes()["skipped"]) == (11, 8)
    assert bench.report()["totals"]["missing"] == 8


def test_expected_failures_do_not_soften_a_gate(bench: Bench) -> None:
    bench.write("test_own.py", "import pytest\n@pytest.mark.xfail\ndef test_own(medgen_assert): medgen_assert()\n")

    result = bench.run("--model=copy-input", "--medgen-gate=all/accuracy >= 0.5", tests="test_own.py")

    outcomes = result.parseoutcomes()
    assert (result.ret, outcomes["xfailed"]) == (1, 8)
    assert bench.report()["totals"]["inaccurate"] == 8


def test_a_fixture_that_breaks_is_an_error_and_its_samples_are_missing(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        "import pytest\n@pytest.fixture\ndef broken(): raise RuntimeError('mine')\n"
        "def test_own(broken, medgen_assert): medgen_assert()\n",
    )

    result = bench.run("--model=oracle", "--medgen-gate=all/accuracy >= 0", tests="test_own.py")

    assert result.ret != 0
    totals = bench.report()["totals"]
    assert (totals["planned"], totals["missing"], totals["judged"]) == (8, 8, 0)


def test_the_last_line_names_the_exit_code_that_the_process_has(bench: Bench) -> None:
    bench.write("test_other.py", "def test_other(): assert False\n")
    bench.write("medgen.yaml", "dataset: data\nmodels: {oracle: {adapter: oracle}}\ngates: ['all/accuracy >= 0.5']\n")

    result = bench.pytest("benchmark_tests", "test_other.py")

    assert result.ret == 1
    result.stdout.no_fnmatch_line("*holds (exit code 0)*")
