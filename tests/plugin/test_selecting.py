"""Selecting: by format, task, modality, subtask, and a limit that is balanced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench


OWN = "import pytest\n@pytest.mark.medgen({marker})\ndef test_own(medgen_assert): medgen_assert()\n"


@pytest.mark.parametrize(
    ("option", "count"),
    [
        ("--medgen-formats=vqa", 4),
        ("--medgen-formats=vqa,image_editing", 6),
        ("--medgen-tasks=noise-reconstruction", 2),
        ("--medgen-tasks=instruction_edit", 2),
        ("--medgen-modalities=CT", 3),
        ("--medgen-modalities=Radiography,mri", 4),
        ("--medgen-subtasks=Gaussian noise", 2),
        ("--medgen-limit=3", 3),
        ("--medgen-limit=100", 8),
    ],
)
def test_an_option_takes_its_samples_and_no_others(bench: Bench, option: str, count: int) -> None:
    result = bench.before_the_tests(
        "benchmark_tests", "--model=oracle", "--medgen-dataset=data", option, "--collect-only", "-q"
    )

    tests = [line for line in result.outlines if "::" in line]
    assert len(tests) == len(set(tests)) == count


def test_those_that_an_option_takes_are_run(bench: Bench) -> None:
    result = bench.run("--model=oracle", "--medgen-tasks=noise-reconstruction")

    result.assert_outcomes(passed=2)


def test_a_smaller_limit_is_part_of_a_larger_one(bench: Bench) -> None:
    chosen = []
    for limit in (2, 5):
        bench.run("--model=oracle", f"--medgen-limit={limit}", run_dir=f"run{limit}")
        chosen.append({sample for _, sample in bench.results(f"run{limit}")})

    assert chosen[0] < chosen[1]


def test_a_marker_chooses_samples_for_a_test_of_ones_own(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        "import pytest\n"
        "@pytest.mark.medgen(task=['noise-reconstruction', 'multiple-choice'], modality='CT')\n"
        "def test_own(medgen_assert): medgen_assert()\n",
    )

    result = bench.run("--model=oracle", tests="test_own.py")

    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("task='noise-reconstrution'", "*unknown task 'noise-reconstrution'; did you mean 'noise-reconstruction'?*"),
        ("format='video'", "*unknown format 'video'; known: *"),
        ("colour='red'", "*the marker medgen: unknown condition 'colour'; known: *"),
    ],
)
def test_a_marker_that_cannot_work_is_a_usage_error(bench: Bench, marker: str, message: str) -> None:
    bench.write("test_own.py", OWN.format(marker=marker))

    result = bench.before_the_tests("test_own.py", "--model=oracle", "--medgen-dataset=data")

    assert result.ret == 4
    result.stdout.fnmatch_lines([message])


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_marker_that_cannot_work_ends_a_process_and_its_workers(bench: Bench, workers: str) -> None:
    bench.write("test_own.py", OWN.format(marker="format='video'"))

    result = bench.run("--model=oracle", workers, tests="test_own.py")

    assert result.ret == 4
    result.stdout.fnmatch_lines(["*unknown format 'video'; known: *"])
