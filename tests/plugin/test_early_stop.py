"""`--medgen-early-stop`: a run asks no more once its blocking gates are decided."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from medgen_pytest.cli import main
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

TESTS = ("benchmark_tests", "--medgen-dataset=data", "--model=oracle")
ONE_IS_ENOUGH = "--medgen-gate=all/accuracy >= 0.1"
NONE_MAY_FAIL = "--medgen-gate=all/accuracy >= 1"


def test_a_run_ends_with_the_sample_that_decides_and_may_be_gone_on_with(bench: Bench) -> None:
    result = bench.run("--model=oracle", ONE_IS_ENOUGH, "--medgen-early-stop", "-rs")

    report = bench.report()
    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": 2, "skipped": SAMPLES - 1}  # one of them is the gate
    assert len(bench.results()) == 1
    assert report["totals"]["planned"] == report["totals"]["accurate"] == 1
    assert report["early_stop"] == {
        "level": 0.05,
        "samples": 1,
        "planned": SAMPLES,
        "saved": SAMPLES - 1,
        "decided": [
            {"gate": "all/accuracy >= 0.1", "model": "oracle", "status": "holds", "samples": 1, "planned": SAMPLES}
        ],
    }
    result.stdout.fnmatch_lines(
        [
            "holds*1.0000 (1 of 1); decided after 1 of 8 samples at level 5%",
            "early stop at level 5%: 1 of 8 planned samples asked, 7 saved",
            "*early stop: all blocking gates are decided*",
        ]
    )

    run = str(bench.path / "run")
    same, stricter = main(["rescore", run]), main(["rescore", run, "--gate", "all/accuracy >= 0.5"])
    resumed = bench.pytest(*TESTS, ONE_IS_ENOUGH, f"--medgen-resume={run}")

    assert (same, stricter) == (0, 11)
    assert (resumed.ret, len(bench.results())) == (0, SAMPLES)
    assert bench.report()["early_stop"] is None


def test_workers_end_with_the_sample_that_decides(bench: Bench) -> None:
    result = bench.run("--model=copy-input", "--model=oracle", NONE_MAY_FAIL, "--medgen-early-stop=0.01", "-n2")

    report = bench.report()
    asked = {(sample["model"], sample["sample_id"]) for sample in report["samples"]}
    assert result.ret == 1
    assert asked == set(bench.results())
    assert sum(model == "oracle" for model, _ in asked) == SAMPLES  # that all are accurate nothing less can tell
    assert [(gate["model"], gate["status"]) for gate in report["gates"]] == [
        ("copy-input", "breached"),
        ("oracle", "holds"),
    ]
    assert report["early_stop"]["samples"] == len(asked)
    assert report["early_stop"]["decided"][0]["model"] == "copy-input"
    assert result.parseoutcomes().get("skipped", 0) >= report["early_stop"]["saved"]


def test_a_run_that_nothing_could_end_is_wrong_usage(bench: Bench) -> None:
    result = bench.before_the_tests(*TESTS, "--medgen-run-dir=run", "--medgen-early-stop")

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*early_stop: no blocking gate is on a rate, so nothing would end the run; add one*"])
    assert not (bench.path / "run").exists()


def test_the_samples_are_asked_in_an_order_that_formats_and_tasks_do_not_make(bench: Bench) -> None:
    result = bench.before_the_tests(*TESTS, NONE_MAY_FAIL, "--medgen-early-stop", "--collect-only", "-q")

    tests = [line for line in result.outlines if "::" in line]
    formats = [name.partition("|")[2].split(":")[0] for name in tests]
    assert len(tests) == SAMPLES
    assert sum(one != other for one, other in itertools.pairwise(formats)) > 2
