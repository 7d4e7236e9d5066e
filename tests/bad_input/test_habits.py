"""Habits of pytest's users, each of which must do what it does in any suite."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.sessions import WITHOUT_OTHERS
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

MIXED = """
import pytest, unittest

@pytest.mark.xfail(reason="known")
def test_expected(medgen_assert): medgen_assert()

def test_inside(medgen_sample, medgen_assert):
    if medgen_sample.modality.value == "CT":
        pytest.skip("not here")
    medgen_assert()

@pytest.mark.usefixtures("medgen_output")
class TestClass:
    def test_method(self, medgen_sample): assert medgen_sample.instruction

@pytest.fixture(scope="module", params=[1, 2])
def module_wide(request): return request.param

@pytest.mark.parametrize("letter", ["a", "b"], scope="module")
@pytest.mark.medgen(format="vqa")
def test_parametrised(module_wide, letter, medgen_result): assert medgen_result.outcome

class TestUnittest(unittest.TestCase):
    def test_plain(self): pass
"""


def test_marks_classes_parameters_and_unittest_live_beside_the_fixtures(bench: Bench) -> None:
    bench.write("test_mixed.py", MIXED)

    result = bench.run("--model=oracle", tests="test_mixed.py")

    outcomes = result.parseoutcomes()
    assert outcomes == {"xpassed": SAMPLES, "skipped": 3, "passed": 5 + SAMPLES + 16 + 1}
    assert (len(bench.results()), bench.report()["totals"]["planned"]) == (SAMPLES, SAMPLES)


@pytest.mark.slow
def test_runxfail_shows_the_failures_that_xfail_hides(bench: Bench) -> None:
    bench.write("test_mixed.py", MIXED)

    hidden = bench.run("--model=copy-input", "-k", "expected", tests="test_mixed.py")
    shown = bench.run("--model=copy-input", "-k", "expected", "--runxfail", tests="test_mixed.py", run_dir="again")

    assert (hidden.ret, hidden.parseoutcomes()["xfailed"]) == (0, SAMPLES)
    assert (shown.ret, shown.parseoutcomes()["failed"]) == (1, SAMPLES)
    assert bench.report()["totals"] == bench.report("again")["totals"]


def test_a_fixture_that_a_test_asks_for_at_run_time_works_or_says_why_not(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        "def test_own(request, medgen_sample):\n    assert request.getfixturevalue('medgen_result').scores\n",
    )

    result = bench.run("--model=oracle", tests="test_own.py")

    assert "StoreError" not in result.stdout.str()
    assert result.ret == 0 or "medgen_result" in result.stdout.str()


def test_names_with_unusual_characters_go_through_reports_and_node_ids(bench: Bench) -> None:
    names = ["my model", "100% %s %d", "Modèle-数", 'a&b<c>"d"']

    result = bench.run(
        *(f"--model={name}=oracle" for name in names), "--junitxml=out.xml", "--medgen-gate=all/accuracy >= 1"
    )

    assert result.ret == 0
    assert {model for model, _ in bench.results()} == set(names)
    assert [entry["model"] for entry in bench.report()["by_model"]] == sorted(names)
    own, aggregated = (ET.parse(bench.path / path).getroot() for path in ("out.xml", "run/junit.xml"))  # noqa: S314 - our own files
    assert {node.get("value") for node in own.iter("property") if node.get("name") == "model"} == set(names)
    lines = [line for node in aggregated.iter("system-out") for line in (node.text or "").splitlines()]
    assert {line for line in lines if line.startswith("model: ")} == {f"model: {name}" for name in names}


def test_a_node_id_that_was_copied_from_the_terminal_selects_its_sample(bench: Bench) -> None:
    listed = bench.run("--model=Modèle 数 100%=oracle", "--collect-only", "-q")
    (nodeid,) = [line for line in listed.outlines if "vqa" in line and line.endswith("000002]")]

    result = bench.run("--model=Modèle 数 100%=oracle", tests=nodeid)

    result.assert_outcomes(passed=1)
    assert list(bench.results()) == [("Modèle 数 100%", "vqa:multiple-choice:000002")]


@pytest.mark.parametrize(
    "habit",
    [
        ["-W", "error", "--strict-markers", "--strict-config", "--setup-show", "--durations=3", "-vv"],
        ["--import-mode=importlib", "-p", "no:randomly", "-p", "no:logging", "-s", "-rA"],
    ],
    ids=" ".join,
)
def test_an_option_of_pytest_does_what_it_does_anywhere(bench: Bench, habit: list[str]) -> None:
    result = bench.run("--model=oracle", *habit)

    assert result.ret == 0
    assert bench.report()["totals"]["accurate"] == SAMPLES


@pytest.mark.slow
def test_stepwise_goes_on_where_it_stopped(bench: Bench) -> None:
    models = ["--model=copy-input", "--model=oracle"]
    arguments = [*WITHOUT_OTHERS, "benchmark_tests", "--medgen-dataset=data", *models, "--stepwise"]

    first = bench.pytester.runpytest_subprocess(*arguments)
    second = bench.pytester.runpytest_subprocess(*arguments, "--stepwise-skip")

    assert first.ret == second.ret == 2
    assert "noise-reconstruction:000001" in first.stdout.str()
    assert second.parseoutcomes()["failed"] == 2  # the one that is passed over, and the next


def test_options_may_stand_in_pytest_ini_and_other_tests_run_beside_them(bench: Bench) -> None:
    bench.write("pytest.ini", "[pytest]\naddopts = --model=oracle --medgen-dataset=data --medgen-run-dir=run\n")
    bench.write("unit/test_unit.py", "def test_unit(): pass\n")

    unit = bench.pytest("unit")
    wrote = (bench.path / "run").exists()
    everything = bench.pytest()

    unit.assert_outcomes(passed=1)
    assert not wrote
    everything.assert_outcomes(passed=SAMPLES + 1)


def test_an_adapter_of_a_conftest_in_a_subfolder_is_known_to_workers_too(bench: Bench) -> None:
    bench.write(
        "sub/conftest.py",
        "def pytest_medgen_models(config):\n"
        "    from medgen_pytest.models.oracle import build\n    return {'of-the-folder': build}\n",
    )
    shutil.copy(bench.path / "benchmark_tests/test_vqa.py", bench.path / "sub/test_own.py")

    result = bench.run("--model=of-the-folder", "-n2", tests="sub")

    result.assert_outcomes(passed=4)


def test_paths_of_medgen_yaml_start_from_its_folder_wherever_pytest_is_started(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("medgen.yaml", "dataset: data\nmodels: {perfect: {adapter: oracle}}\nrun_dir: runs/one\n")
    bench.write("pytest.ini", "[pytest]\n")
    (bench.path / "elsewhere").mkdir()
    monkeypatch.chdir(bench.path / "elsewhere")

    result = bench.pytest(str(bench.path / "benchmark_tests"))

    result.assert_outcomes(passed=SAMPLES)
    assert len(bench.results("runs/one")) == SAMPLES
    assert list((bench.path / "elsewhere").iterdir()) == []


def test_folders_may_have_any_name(bench: Bench) -> None:
    folder = bench.path / "ünï côdé 数据 100%"
    folder.mkdir()
    (bench.path / "data").rename(folder / "data set")

    result = bench.pytest(
        "benchmark_tests",
        "--model=oracle",
        f"--medgen-dataset={folder.name}/data set",
        f"--medgen-run-dir={folder.name}/run 1",
    )

    result.assert_outcomes(passed=SAMPLES)
    assert len(bench.results(f"{folder.name}/run 1")) == SAMPLES


def test_nothing_is_written_into_the_dataset(bench: Bench) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in (bench.path / "data").rglob("*"))

    bench.run("--model=oracle", "--model=copy-input")

    assert sorted((path, path.stat().st_mtime_ns) for path in (bench.path / "data").rglob("*")) == before
