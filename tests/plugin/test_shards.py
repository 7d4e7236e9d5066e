"""Shards of a run: `--medgen-shard 3/8` evaluates a part, and leaves the gates to the whole."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli import main
from medgen_pytest.domain.shard import Shard
from tests.plugin.conftest import BENCHMARK_TESTS, Bench
from tests.runs.small_run import comparable
from tests.sessions import WITHOUT_PAGE
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

TESTS = ("benchmark_tests", "--medgen-dataset=data", "--model=oracle")
FLAKY = "def answer(request):\n    raise ConnectionError('the endpoint is down')\n"


def test_shards_share_the_samples_and_each_knows_what_all_of_them_ask(bench: Bench) -> None:
    chosen, whole = [], []
    for index, workers in ((1, "-n0"), (2, "-n2")):
        bench.run("--model=oracle", f"--medgen-shard={index}/2", workers, run_dir=f"run{index}")
        chosen.append({sample for _, sample in bench.results(f"run{index}")})
        (plan,) = (bench.path / f"run{index}").glob("whole-*.jsonl")
        *lines, _seal = plan.read_text(encoding="utf-8").splitlines()
        whole.append({json.loads(line)["sample_id"] for line in lines})

    assert all(Shard(index=index, count=2).takes(sample) for index in (1, 2) for sample in chosen[index - 1])
    assert len(chosen[0]) + len(chosen[1]) == SAMPLES
    assert whole[0] == whole[1] == chosen[0] | chosen[1]


def test_a_shard_divides_by_its_own_samples_and_says_which_it_is(bench: Bench) -> None:
    result = bench.run("--model=copy-input", "--medgen-shard=1/2")

    report, manifest = bench.report(), json.loads((bench.path / "run" / "run.json").read_text(encoding="utf-8"))
    assert 0 < report["totals"]["planned"] < SAMPLES
    assert result.parseoutcomes()["deselected"] == SAMPLES - report["totals"]["planned"]
    assert report["environment"]["shard"] == manifest["shard"] == {"count": 2, "index": 1}
    assert result.ret == 1  # without gates as pytest says


def test_a_shard_does_not_fail_over_a_gate_that_only_the_whole_run_decides(bench: Bench) -> None:
    result = bench.run("--model=copy-input", "--medgen-shard=1/2", "--medgen-gate=all/accuracy >= 1", "-n2")

    report = bench.report()
    assert result.ret == 0
    assert report["verdict"] == {"status": "no_gates", "exit_code": None}
    assert (report["gates"], report["policy"]["gates"]) == ([], ["all/accuracy >= 1"])
    result.stdout.fnmatch_lines(
        [
            "open        all/accuracy >= 1",
            "medgen: shard 1/2 (exit code 0): every sample finished; medgen merge decides*",
        ]
    )


def test_a_shard_with_errors_shows_them_and_leaves_them_to_the_whole_run(bench: Bench) -> None:
    bench.write("flaky.py", FLAKY)

    result = bench.run("--model=python:flaky:answer", "--medgen-shard=1/2", "--medgen-gate=all/accuracy >= 0")

    assert result.ret == 0
    assert result.parseoutcomes()["errors"] > 0
    result.stdout.fnmatch_lines(["*every sample finished, * errors; medgen merge decides the gates"])


def test_a_shard_that_did_not_finish_is_incomplete(bench: Bench) -> None:
    result = bench.run("--model=copy-input", "--medgen-shard=1/2", "--medgen-gate=all/accuracy >= 0", "-x")

    assert result.ret == 11
    result.stdout.fnmatch_lines(["medgen: shard 1/2 (exit code 11): * of its * samples never finished;*"])


def test_a_failure_that_no_sample_explains_fails_a_shard(bench: Bench) -> None:
    bench.write("test_own.py", "def test_arithmetic(): assert 1 + 1 == 3\n")

    result = bench.run("--model=oracle", "test_own.py", "--medgen-shard=1/2", "--medgen-gate=all/accuracy >= 0")

    assert result.ret == 1
    result.stdout.fnmatch_lines(["medgen: shard 1/2 (exit code 1, for what is no gate's)*"])


def test_shards_choose_from_what_the_command_line_leaves(bench: Bench) -> None:
    asked = []
    for index in (1, 2):
        bench.run("--model=oracle", f"--medgen-shard={index}/2", "-k", "vqa", run_dir=f"run{index}")
        asked += [sample for _, sample in bench.results(f"run{index}")]
        (plan,) = (bench.path / f"run{index}").glob("whole-*.jsonl")
        *lines, _seal = plan.read_text(encoding="utf-8").splitlines()
        assert len(lines) == 4

    assert len(asked) == len(set(asked)) == 4


def test_a_shard_is_resumed_as_itself_or_as_the_whole_run_and_as_no_other(bench: Bench) -> None:
    resume = (*TESTS, "--medgen-resume=run")

    bench.run("--model=oracle", "--medgen-shard=1/2")
    refused = bench.before_the_tests(*resume, "--medgen-shard=2/2")
    same, whole = bench.pytest(*resume, "--medgen-shard=1/2"), bench.pytest(*resume)

    assert (refused.ret, same.ret, whole.ret) == (4, 0, 0)
    refused.stderr.fnmatch_lines(["*holds shard 1/2, which --medgen-shard=2/2 cannot go on with: resume it*"])
    whole.assert_outcomes(passed=SAMPLES)
    assert bench.report()["environment"]["shard"] is None


def test_a_shard_that_cannot_be_is_wrong_usage(bench: Bench) -> None:
    result = bench.before_the_tests(*TESTS, "--medgen-run-dir=run", "--medgen-shard=9/8")

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--medgen-shard: setting shard: shard '9/8': shards are counted from 1 to 8"])
    assert not (bench.path / "run").exists()


def test_shards_of_sessions_merge_to_the_report_of_one_session(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--model=classical", "--medgen-gate=all/accuracy >= 0.1")
    for index in (1, 2):
        bench.run(*options, f"--medgen-shard={index}/2", run_dir=f"run{index}")
    one = bench.run(*options, "-n2", run_dir="whole")

    code = main(["merge", *(str(bench.path / f"run{index}") for index in (1, 2)), "-o", str(bench.path / "merged")])

    capsys.readouterr()
    assert code == one.ret
    assert comparable(bench.report("merged")) == comparable(bench.report("whole"))


@pytest.mark.slow
def test_four_shards_of_real_images_merge_to_the_report_of_one_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, shared: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copytree(BENCHMARK_TESTS, pytester.path / "benchmark_tests")
    bench = Bench(pytester)
    options = [
        *("benchmark_tests", f"--medgen-dataset={shared / 'data' / 'medgen-mini'}"),
        *("--model=copy-input", "--model=classical", "--medgen-gate=all/accuracy >= 0.1", WITHOUT_PAGE),
    ]
    shards = [f"run{index}" for index in range(1, 5)]
    for index, name in enumerate(shards, start=1):
        bench.pytest(*options, f"--medgen-shard={index}/4", f"--medgen-run-dir={name}")
    one = bench.pytest(*options, "-n2", "--medgen-run-dir=whole")

    code = main(["merge", *(str(bench.path / name) for name in shards), "-o", str(bench.path / "merged")])

    assert code == one.ret
    assert comparable(bench.report("merged")) == comparable(bench.report("whole"))
