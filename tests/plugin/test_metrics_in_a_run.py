"""Metrics beyond the default: a user's own, one whose weights are missing, one that cannot be loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

MEDGEN = "import sys; from medgen_pytest.cli import main; sys.exit(main())"
OWN = """
from medgen_pytest import define_metric

def brevity(pair):
    return min(1.0, len(pair.target_text) / max(1, len(pair.pred_text)))

def pytest_medgen_metrics(config):
    return [define_metric("brevity", brevity, kind="text", direction="higher", low=0, high=1)]
"""
NEEDY = """
from medgen_pytest.metrics.need import Need
from tests.runs.fake_metrics import NeedyDefinition

def pytest_medgen_metrics(config):
    return [{definition}]
"""
ROOT_ON_PATH = "import sys\nsys.path.insert(0, {root!r})\n"


def write_needy(bench: Bench, definition: str) -> None:
    on_path = ROOT_ON_PATH.format(root=str(Path(__file__).resolve().parents[2]))
    bench.write("conftest.py", on_path + NEEDY.format(definition=definition))


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_metric_of_ones_own_has_scores_a_rate_and_a_gate(bench: Bench, workers: str) -> None:
    bench.write("conftest.py", OWN)

    result = bench.run(
        "--model=oracle", "--medgen-threshold=brevity=0.9", "--medgen-gate=vqa/brevity >= 1.0", "-n", workers
    )

    assert result.ret == 0
    scores = [record["scores"]["brevity"] for record in bench.results().values() if record["format"] != "image_editing"]
    assert {score["value"] for score in scores} == {1.0}
    assert {score["convention"] for score in scores} == {"brevity/upstream@1"}
    by_metric = bench.report()["by_metric"]["brevity"]
    assert (by_metric["direction"], by_metric["threshold"], by_metric["title"]) == ("higher", 0.9, "Brevity")
    result.stdout.fnmatch_lines(["*brevity >= 0.9*"])


def test_a_stored_run_with_a_metric_of_ones_own_is_rescored_without_it(bench: Bench) -> None:
    bench.write("conftest.py", OWN)
    bench.run("--model=oracle", "--medgen-threshold=brevity=0.9")

    done = bench.pytester.run(
        sys.executable,
        "-c",
        MEDGEN,
        "rescore",
        "run",
        "--gate=vqa/brevity >= 1.0",
        "--threshold=brevity=0.5",
        timeout=60,
    )

    assert done.ret == 0
    done.stdout.fnmatch_lines(["holds*vqa/brevity >= 1.0 for oracle*"])


def test_missing_weights_are_one_line_and_exit_code_4(bench: Bench) -> None:
    write_needy(
        bench, "NeedyDefinition(need=Need(kind='weights', name='w', problem='w.pth is missing', remedy='fetch it'))"
    )

    result = bench.run("--model=oracle")

    assert result.ret == 4
    message = "medgen: metric depth: w.pth is missing; fetch it (or do without it: --medgen-missing-metrics=leave-out)"
    assert message in result.stderr.str() + result.stdout.str()
    assert not (bench.path / "run").exists()


def test_a_metric_that_is_left_out_is_told_in_every_report(bench: Bench) -> None:
    write_needy(bench, "NeedyDefinition(need=Need(kind='weights', name='w', problem='w.pth is missing'))")

    result = bench.run("--model=oracle", "--medgen-missing-metrics=leave-out")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*not measured: depth (w.pth is missing)*"])
    assert bench.report()["environment"]["left_out"]["depth"] == "w.pth is missing"
    junit = (bench.path / "run" / "junit.xml").read_text(encoding="utf-8")
    assert '<property name="not_measured_depth" value="w.pth is missing"' in junit


@pytest.mark.parametrize("workers", ["0", "2"])
def test_weights_that_cannot_be_loaded_end_the_run_before_the_first_sample(bench: Bench, workers: str) -> None:
    write_needy(bench, "NeedyDefinition(fault='w.pth: the layer conv1 is missing')")

    result = bench.run("--model=oracle", "-n", workers)

    assert result.ret == 4
    assert "w.pth: the layer conv1 is missing" in result.stdout.str() + result.stderr.str()
    assert not bench.results()


def test_a_metric_whose_numbers_changed_is_scored_again_on_resume(bench: Bench) -> None:
    write_needy(bench, "NeedyDefinition(value=0.25)")
    bench.run("--model=oracle", "--medgen-formats=image_editing")
    write_needy(bench, "NeedyDefinition(value=0.5)")

    bench.pytest(
        "benchmark_tests",
        "--medgen-dataset=data",
        "--model=oracle",
        "--medgen-formats=image_editing",
        "--medgen-resume=run",
    )

    samples = bench.report()["samples"]
    assert {sample["scores"]["depth"]["value"] for sample in samples} == {0.5}
