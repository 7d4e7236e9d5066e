"""What is known to be wrong before the run is said before the run: one line, exit code 4, nothing written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])


@WORKERS
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model=orakle"], "*unknown model*'orakle'; did you mean 'oracle'?*"),
        (["--model=replay:none.jsonl"], "*none.jsonl*"),
        (["--model=python:nowhere:f"], "*nowhere*"),
        (["--model=oracle", "--model=oracle"], "*two models are called 'oracle'*"),
        (["--model=oracle", "--medgen-tasks=denoising"], "*unknown task 'denoising'*"),
        (["--model=oracle", "--medgen-formats=video"], "*unknown format 'video'*"),
        (["--model=oracle", "--medgen-modalities=PET"], "*unknown modality 'PET'*"),
        (["--model=oracle", "--medgen-subtasks=Speckle"], "*unknown subtask 'Speckle'*"),
        (["--model=oracle", "--medgen-limit=0"], "*limit*greater than 0*"),
        (["--model=oracle", "--medgen-threshold=ssin=0.5"], "*unknown metric 'ssin'; did you mean 'ssim'?*"),
        (["--model=oracle", "--medgen-threshold=ssim=7"], "*threshold ssim=7* is out of range*"),
        (["--model=oracle", "--medgen-threshold=ssim=nan"], "*threshold ssim=nan is not a finite number*"),
        (["--model=oracle", "--medgen-threshold=ssim"], "*write METRIC=VALUE, like ssim=0.8*"),
        (["--model=oracle", "--medgen-profile=medgen-2025.12"], "*unknown profile 'medgen-2025.12'; did you mean*"),
        (["--model=oracle", "--medgen-gate=ssim > big"], "*gate 'ssim > big' is not understood: /METRIC is expected*"),
        (["--model=oracle", "--medgen-gate=all/ssim >= 7"], "*an accuracy rate runs from 0 to 1*"),
        (["--model=oracle", "--medgen-gate=vqa/ssim >= 0.5"], "*no sample of this run lies in its slice*"),
        (["--model=oracle", "--medgen-gate=style-transfer/ssim >= 0.5"], "*no sample of this run lies in its slice*"),
        (["--model=oracle", "--medgen-gate=vqa/token_f1 >= 0.5"], "*no threshold for token_f1*--medgen-threshold*"),
        (["--model=oracle", "--medgen-max-error-rate=2"], "*max_error_rate*less than or equal to 1*"),
        (["--model=oracle", "--medgen-timeout=0"], "*timeout*greater than 0*"),
        (["--model=oracle", "--medgen-report-json=nowhere/a.json"], "*report *nowhere*folder does not exist*"),
        (["--model=oracle", "--medgen-run-dir=data"], "*run directory *data already exists; continue it with*"),
        (["--model=oracle", "--medgen-run-dir=data/manifest.json/run"], "*run directory *cannot be created*"),
        (["--model=oracle", "--medgen-resume=data"], "*data is no run directory*"),
    ],
)
def test_settings_that_cannot_work_are_a_usage_error(
    bench: Bench, arguments: list[str], message: str, workers: str
) -> None:
    bench.write("data/manifest.json", "{}") if "manifest" in str(arguments) else None

    result = bench.before_the_tests("benchmark_tests", "--medgen-dataset=data", workers, *arguments)

    assert result.ret == 4
    result.stderr.fnmatch_lines([message])
    assert not (bench.path / "medgen-runs").exists()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", "*nowhere*"),
        ("empty", "*empty*"),
        ("benchmark_tests", "*benchmark_tests*"),
    ],
)
def test_a_dataset_that_is_none_is_a_usage_error(bench: Bench, path: str, message: str) -> None:
    (bench.path / "empty").mkdir()

    result = bench.before_the_tests("benchmark_tests", "--model=oracle", f"--medgen-dataset={path}")

    assert result.ret == 4
    result.stderr.fnmatch_lines([message])


def test_a_bad_record_is_said_with_file_and_line(bench: Bench) -> None:
    path = bench.path / "data" / "VQA" / "multiple-choice" / "data.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    record = json.loads(lines[1])
    del record["instruction"]
    bench.write("data/VQA/multiple-choice/data.jsonl", "\n".join([lines[0], json.dumps(record), *lines[2:]]))

    result = bench.before_the_tests("benchmark_tests", "--model=oracle", "--medgen-dataset=data")

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*VQA/multiple-choice/data.jsonl:2: *instruction*"])


@WORKERS
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--medgen-dataset=data"], "*no model: name one with --model=NAME*"),
        (["--model=oracle"], "*no dataset: name one with --medgen-dataset=PATH*"),
    ],
)
def test_half_of_what_is_needed_is_a_usage_error(
    bench: Bench, arguments: list[str], message: str, workers: str
) -> None:
    result = bench.before_the_tests("benchmark_tests", workers, *arguments)

    assert result.ret == 4
    result.stderr.fnmatch_lines([message])


@pytest.mark.parametrize("arguments", [[], ["--model=oracle", "--medgen-dataset=demo"]])
def test_settings_that_lie_where_the_command_is_typed_but_would_not_be_read_are_a_usage_error(
    bench: Bench, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("pytest.ini", "[pytest]\n")
    bench.write("evaluation/medgen.yaml", "dataset: demo\n")
    bench.write("evaluation/test_own.py", "def test_own(medgen_assert): medgen_assert()\n")
    monkeypatch.chdir(bench.path / "evaluation")

    result = bench.before_the_tests(*arguments)

    told = "\n".join([*result.outlines, *result.errlines])
    assert result.ret == 4
    assert f"{bench.path / 'evaluation' / 'medgen.yaml'} is not read" in told
    assert "--medgen-config=medgen.yaml" in told
    assert not list(bench.path.rglob("medgen-runs"))


@WORKERS
def test_tests_on_the_fixtures_without_any_settings_are_a_usage_error(bench: Bench, workers: str) -> None:
    result = bench.pytest("benchmark_tests", workers)

    assert result.ret == 4
    result.stdout.fnmatch_lines(["*medgen: no dataset: name one with*"])
    assert not (bench.path / "medgen-runs").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("datset: data\n", "*medgen.yaml:1: unknown setting 'datset'; did you mean 'dataset'?*"),
        ("dataset: data\nlimit: many\n", "*medgen.yaml:2: setting limit: *"),
        ("dataset: data\nlimit: 1\nlimit: 2\n", "*medgen.yaml:3: the key 'limit' stands here twice*"),
        ("- a\n", "*medgen.yaml:1: a mapping of settings is needed*"),
        (
            "dataset: {path: data, allow_outside: true}\n",
            "*medgen.yaml:1: unknown setting 'dataset.allow_outside'; did*",
        ),
        ("a: [\n", "*medgen.yaml:2: not YAML*"),
        ("dataset: ${NO_SUCH_VARIABLE_HERE}\n", "*the environment variable NO_SUCH_VARIABLE_HERE is not set*"),
        ("dataset: data\nmodels: {m: {adapter: replay}}\n", "*model 'm'*path*"),
        ("dataset: data\nmodels: {m: {adapter: oracle, x: 1}}\n", "*model 'm'*x*"),
        (
            "dataset: data\nmodels: {m: {adapter: orakle}}\n",
            "*model 'm': unknown adapter 'orakle'; did you mean 'oracle'?*",
        ),
        (
            "dataset: data\nthresholds: {ssim: high}\n",
            "*medgen.yaml:2: setting thresholds.ssim: a threshold is a number*",
        ),
        ("dataset: data\ngates: ['vqa']\nmodels: {m: {adapter: oracle}}\n", "*gate 'vqa' is not understood*"),
        ("dataset: data\ntasks: [denoising]\n", "*unknown task 'denoising'*"),
    ],
)
def test_a_faulty_settings_file_is_said_with_its_line(bench: Bench, text: str, message: str) -> None:
    bench.write("medgen.yaml", text)

    result = bench.before_the_tests("benchmark_tests")

    assert result.ret == 4
    result.stdout.fnmatch_lines([message])


@WORKERS
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("datset: data\n", "*medgen.yaml:1: unknown setting 'datset'; did you mean 'dataset'?*"),
        ("dataset: data\nmodels: {m: {adapter: oracle, x: 1}}\n", "*model 'm'*x*"),
    ],
)
def test_a_faulty_settings_file_ends_a_process_and_its_workers(
    bench: Bench, text: str, message: str, workers: str
) -> None:
    bench.write("medgen.yaml", text)

    result = bench.pytest("benchmark_tests", workers)

    assert result.ret == 4
    result.stdout.fnmatch_lines([message])


@WORKERS
def test_a_usage_error_of_an_option_ends_a_process(bench: Bench, workers: str) -> None:
    result = bench.pytest("benchmark_tests", "--medgen-dataset=data", "--model=orakle", workers)

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*unknown model*'orakle'; did you mean 'oracle'?*"])


def test_a_faulty_settings_file_does_not_touch_other_tests(bench: Bench) -> None:
    bench.write("medgen.yaml", "datset: data\n")
    bench.write("test_unit.py", "def test_unit(): pass\n")

    result = bench.pytest("test_unit.py")

    result.assert_outcomes(passed=1)
    assert result.ret == 0
