"""The main job: models times samples, one test each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.sessions import WITHOUT_OTHERS
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

# Older versions of pytest show the reason under FAILURES alone.
REASON_IN_SUMMARY = pytest.version_tuple >= (8, 4)


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """A folder in which each session is a process of its own, whose exit code CI sees."""
    return replace(bench, own_process=True)


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_the_oracle_is_accurate_on_every_sample(bench: Bench, workers: str) -> None:
    result = bench.run("--model=oracle", workers)

    result.assert_outcomes(passed=SAMPLES)
    assert result.ret == 0
    assert len(bench.results()) == SAMPLES


def test_each_model_gets_a_test_for_each_sample(bench: Bench) -> None:
    result = bench.run("--model=oracle", "--model=copy-input", "--collect-only", "-q")

    nodes = [line for line in result.outlines if "::" in line]
    assert len(nodes) == 2 * SAMPLES
    assert (
        "benchmark_tests/test_image_editing.py::test_image_editing[copy-input|edit:noise-reconstruction:000001]"
        in nodes
    )
    assert not (bench.path / "run").exists()


def test_records_are_the_same_with_and_without_workers(bench: Bench) -> None:
    def facts(run_dir: str) -> dict[tuple[str, str], object]:
        changing = {"finished", "worker", "output"}
        return {
            key: {name: value for name, value in record.items() if name not in changing}
            for key, record in bench.results(run_dir).items()
        }

    codes = [
        bench.run("--model=oracle", "--model=copy-input", workers, run_dir=f"run{workers}").ret
        for workers in ("-n0", "-n2", "-n4")
    ]

    assert codes == [1, 1, 1]
    assert facts("run-n0") == facts("run-n2") == facts("run-n4")
    reports = [bench.report(f"run{workers}") for workers in ("-n0", "-n2", "-n4")]
    for part in ("totals", "by_model", "by_task", "by_task_and_modality", "by_metric", "verdict"):
        assert reports[0][part] == reports[1][part] == reports[2][part]


def test_a_failing_sample_says_what_it_needs_in_one_line(bench: Bench) -> None:
    result = bench.run("--model=copy-input")

    result.stdout.re_match_lines([r".*psnr [\d.]+, needs >= 28"])
    if REASON_IN_SUMMARY:
        name = r"test_image_editing\[copy-input\|edit:noise-reconstruction:000001\]"
        result.stdout.re_match_lines([rf"FAILED .*{name} - .*psnr [\d.]+, needs >= 28"])


def test_k_and_last_failed_work_as_in_any_suite(bench: Bench) -> None:
    by_name = bench.run("--model=oracle", "-k", "000002 and noise")
    arguments = [*WITHOUT_OTHERS, "benchmark_tests", "--medgen-dataset=data", "--model=copy-input"]
    failing = bench.pytester.runpytest_subprocess(*arguments)
    again = bench.pytester.runpytest_subprocess(*arguments, "--lf")

    by_name.assert_outcomes(passed=1, deselected=SAMPLES - 1)
    outcomes = failing.parseoutcomes()
    assert again.parseoutcomes()["failed"] == outcomes["failed"]
    assert "passed" not in again.parseoutcomes()


def test_x_stops_at_the_first_failure_and_the_report_says_what_is_missing(bench: Bench) -> None:
    result = bench.run("--model=copy-input", "-x")

    assert result.ret == 1
    totals = bench.report()["totals"]
    assert totals["planned"] == SAMPLES
    assert totals["missing"] == SAMPLES - len(bench.results())
    assert totals["missing"] > 0


def test_pytests_own_junit_file_carries_the_properties_of_each_sample(bench: Bench) -> None:
    bench.run("--model=oracle", "-n2", "--junitxml=out.xml")

    text = (bench.path / "out.xml").read_text(encoding="utf-8")
    assert text.count('<property name="modality"') == SAMPLES
    assert '<property name="task" value="noise-reconstruction"' in text
    assert '<property name="score_ssim" value="1' in text


def test_reports_go_where_the_options_say(bench: Bench) -> None:
    options = ("--medgen-report-json=a.json", "--medgen-report-junit=b.xml", "--medgen-report-html=c.html")

    result = bench.run("--model=oracle", *options)

    assert all((bench.path / name).is_file() for name in ("a.json", "b.xml", "c.html"))
    assert not (bench.path / "run" / "report.html").exists()
    result.stdout.fnmatch_lines(["*report: *a.json", "*report: *b.xml", "*report: *c.html"])


def test_a_run_without_a_directory_goes_to_a_new_one_in_medgen_runs(bench: Bench) -> None:
    bench.run("--model=oracle", run_dir=None)
    bench.run("--model=oracle", run_dir=None)

    assert len(list((bench.path / "medgen-runs").iterdir())) == 2


def test_plain_pytest_evaluates_what_medgen_yaml_names(bench: Bench) -> None:
    bench.write("medgen.yaml", "dataset: data\nmodels:\n  perfect: {adapter: oracle}\nrun_dir: run\n")

    result = bench.pytest()

    result.assert_outcomes(passed=SAMPLES)
    assert {model for model, _ in bench.results()} == {"perfect"}
