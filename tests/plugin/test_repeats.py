"""Repeats: each sample asked several times, each answer a record and a test of its own, rates over samples."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tests.small_dataset import QUESTIONS, SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

ALL_WAYS = pytest.mark.parametrize("workers", [(), ("-n0",), ("-n2",)], ids=["plain", "n0", "n2"])
WORKERS = pytest.mark.parametrize("workers", ["-n0", "-n2"])
# To questions whose answer is A: accurate in repeats 0 and 2, as a model that samples might be.
WAVERING = """
def answer(request):
    with open("calls", "a") as file:
        file.write(f"{request.sample_id}|{request.repeat}\\n")
    return "B" if request.repeat == 1 else "A"
"""
AHEAD = WAVERING.replace("def answer", "async def answer")
FAILING = """
def answer(request):
    if request.repeat == 1:
        raise ConnectionError("down")
    return "A"
"""
MODEL = ("--model=wavering=python:wavering:answer", "--medgen-formats=vqa")
N = len(QUESTIONS)
RIGHT = sum(answer.startswith("A") for _, answer, _, _ in QUESTIONS)


@pytest.fixture
def wavering(bench: Bench) -> Bench:
    bench.write("wavering.py", WAVERING)
    return bench


def records(bench: Bench, run_dir: str = "run") -> dict[tuple[str, int], dict[str, Any]]:
    """The stored records of a run of one model by sample id and repeat; fails if one is there twice."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for path in sorted((bench.path / run_dir).glob("results-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            key = (record["sample_id"], record["repeat"])
            assert key not in found, f"{key} was recorded twice"
            found[key] = record
    return found


def calls(bench: Bench) -> list[str]:
    return (bench.path / "calls").read_text(encoding="utf-8").split()


def every(repeats: int) -> list[tuple[str, int]]:
    return [(f"vqa:multiple-choice:{number:06d}", repeat) for number in range(1, N + 1) for repeat in range(repeats)]


@ALL_WAYS
@pytest.mark.parametrize("source", [WAVERING, AHEAD], ids=["one by one", "ahead"])
def test_each_repeat_is_asked_once_and_is_a_test_and_a_record_of_its_own(
    bench: Bench, workers: tuple[str, ...], source: str
) -> None:
    bench.write("wavering.py", source)

    result = bench.run(*MODEL, "--medgen-repeats=3", *workers)

    assert sorted(records(bench)) == every(3)
    assert sorted(calls(bench)) == [f"{sample}|{repeat}" for sample, repeat in every(3)]
    assert result.parseoutcomes()["passed"] == 2 * RIGHT + (N - RIGHT)
    totals, repeats = bench.report()["totals"], bench.report()["repeats"]
    assert (totals["planned"], totals["judged"]) == (N, N)
    assert totals["accurate"] == pytest.approx((2 * RIGHT + (N - RIGHT)) / 3)
    assert (repeats["fewest"], repeats["most"], repeats["aggregate"]) == (3, 3, "mean")
    assert (repeats["totals"]["planned"], repeats["totals"]["accurate"]) == (3 * N, 2 * RIGHT + (N - RIGHT))
    assert [(one["sample_id"], one["repeat"]) for one in bench.report()["samples"]] == every(3)
    result.stdout.fnmatch_lines(["vqa (mean of 3 repeats)", "by task (mean of 3 repeats)", "X-Ray*33.3% (0.33/1)*"])
    result.stdout.fnmatch_lines(["samples (mean of 3 repeats): 4 planned, 2 accurate,*"])
    result.stdout.fnmatch_lines(["repeats: 12 planned, 6 accurate, 6 inaccurate, 0 invalid, 0 errors, 0 missing"])


def test_tests_are_named_by_their_repeat_and_those_of_a_sample_stand_together(wavering: Bench) -> None:
    result = wavering.run(*MODEL, "--medgen-repeats=2", "--collect-only", "-q")

    found = re.findall(r"\[(.*)\]", result.stdout.str())
    assert found == [f"wavering|{sample}|{repeat}" for sample, repeat in every(2)]


def test_without_repeats_names_are_as_ever(wavering: Bench) -> None:
    result = wavering.run(*MODEL, "--medgen-repeats=1", "--medgen-aggregate=any", "--collect-only", "-q")

    assert re.findall(r"\[(.*)\]", result.stdout.str()) == [f"wavering|{sample}" for sample, _ in every(1)]


def test_a_run_that_asks_once_looks_as_ever(wavering: Bench) -> None:
    result = wavering.run(*MODEL, "--junitxml=out.xml")

    assert "repeat" not in result.stdout.str()
    assert "repeat" not in (wavering.path / "out.xml").read_text(encoding="utf-8")
    assert "repeat" not in (wavering.path / "run" / "junit.xml").read_text(encoding="utf-8")


@WORKERS
@pytest.mark.parametrize(("aggregate", "rate", "code"), [("mean", "0.5000 (2 of 4)", 0), ("all", "0.0000 (0 of 4)", 1)])
def test_gates_go_by_the_aggregated_rate(wavering: Bench, workers: str, aggregate: str, rate: str, code: int) -> None:
    result = wavering.run(
        *MODEL, "--medgen-repeats=3", f"--medgen-aggregate={aggregate}", "--medgen-gate=vqa/accuracy >= 0.5", workers
    )

    assert result.ret == code
    result.stdout.fnmatch_lines([f"gates ({aggregate} of 3 repeats)", f"*vqa/accuracy >= 0.5 for wavering: {rate}"])


def test_any_is_the_rate_of_samples_with_one_accurate_repeat(wavering: Bench) -> None:
    result = wavering.run(*MODEL, "--medgen-repeats=2", "--medgen-aggregate=any", "--medgen-gate=vqa/accuracy >= 1")

    assert result.ret == 0
    assert wavering.report()["totals"]["accurate"] == N


@pytest.mark.parametrize(("aggregate", "errors"), [("mean", N), ("all", RIGHT), ("any", N - RIGHT)])
def test_an_error_of_a_repeat_is_no_verdict_on_its_sample(bench: Bench, aggregate: str, errors: int) -> None:
    bench.write("wavering.py", FAILING)

    result = bench.run(
        *MODEL, "--medgen-repeats=2", f"--medgen-aggregate={aggregate}", "--medgen-gate=vqa/accuracy >= 0.4"
    )

    assert (result.ret, bench.report()["totals"]["error"]) == (10, errors)
    assert bench.report()["repeats"]["totals"]["error"] == N


@WORKERS
def test_resuming_with_more_repeats_asks_only_the_new_ones(wavering: Bench, workers: str) -> None:
    wavering.run(*MODEL, workers)
    (wavering.path / "calls").unlink()

    wavering.pytest(
        "benchmark_tests", "--medgen-dataset=data", *MODEL, "--medgen-repeats=3", "--medgen-resume=run", workers
    )

    assert sorted(calls(wavering)) == [f"{sample}|{repeat}" for sample, repeat in every(3) if repeat]
    assert sorted(records(wavering)) == every(3)
    assert wavering.report()["repeats"]["most"] == 3
    assert wavering.report()["totals"]["missing"] == 0


def test_resuming_asks_the_repeats_that_are_missing(wavering: Bench) -> None:
    wavering.run(*MODEL, "--medgen-repeats=2", "--maxfail=1")
    done = set(records(wavering))
    (wavering.path / "calls").unlink()

    wavering.pytest("benchmark_tests", "--medgen-dataset=data", *MODEL, "--medgen-repeats=2", "--medgen-resume=run")

    assert 0 < len(done) < 2 * N
    assert sorted(calls(wavering)) == [
        f"{sample}|{repeat}" for sample, repeat in every(2) if (sample, repeat) not in done
    ]
    assert wavering.report()["totals"]["missing"] == 0


def test_resuming_with_fewer_repeats_keeps_what_was_planned_and_recorded(wavering: Bench) -> None:
    wavering.run(*MODEL, "--medgen-repeats=3")
    (wavering.path / "calls").unlink()

    wavering.pytest("benchmark_tests", "--medgen-dataset=data", *MODEL, "--medgen-repeats=2", "--medgen-resume=run")

    assert not (wavering.path / "calls").exists()
    assert wavering.report()["repeats"]["most"] == 3


@WORKERS
def test_several_tests_of_a_sample_ask_once_for_each_repeat(wavering: Bench, workers: str) -> None:
    wavering.write(
        "test_own.py",
        "def test_one(medgen_output, medgen_case):\n    assert medgen_case.repeat in (0, 1)\n\n"
        "def test_two(medgen_result):\n    assert medgen_result.record.repeat in (0, 1)\n",
    )

    result = wavering.run(*MODEL, "--medgen-repeats=2", workers, tests="test_own.py")

    assert result.ret == 0
    assert result.parseoutcomes()["passed"] == 4 * N
    assert sorted(calls(wavering)) == [f"{sample}|{repeat}" for sample, repeat in every(2)]


@WORKERS
def test_both_junit_files_tell_the_repeats_apart(wavering: Bench, workers: str) -> None:
    wavering.run(*MODEL, "--medgen-repeats=2", "--junitxml=out.xml", workers)

    for path, told in (("out.xml", '<property name="repeat" value="{}"'), ("run/junit.xml", "\nrepeat: {}\n")):
        text = (wavering.path / path).read_text(encoding="utf-8")
        names = [case.attrib["name"] for case in ET.fromstring(text).iter("testcase")]  # noqa: S314 - our own files
        assert len(set(names)) == len(names) == 2 * N
        assert [text.count(told.format(repeat)) for repeat in (0, 1)] == [N, N]


def test_the_settings_file_can_say_it(wavering: Bench) -> None:
    wavering.write("medgen.yaml", "repeats: 2\naggregate: all\n")

    wavering.run(*MODEL)

    assert (wavering.report()["repeats"]["most"], wavering.report()["repeats"]["aggregate"]) == (2, "all")
    assert wavering.report()["environment"]["settings"]["repeats"] == 2


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--medgen-repeats=0", "*--medgen-repeats: setting repeats: input should be greater than or equal to 1*"),
        ("--medgen-repeats=101", "*--medgen-repeats: setting repeats: input should be less than or equal to 100*"),
        ("--medgen-aggregate=median", "*argument --medgen-aggregate: invalid choice: 'median'*"),
    ],
)
def test_what_cannot_work_is_said_before_the_run(wavering: Bench, option: str, message: str) -> None:
    result = wavering.run(*MODEL, option)

    assert result.ret == 4
    result.stderr.fnmatch_lines([message])
    assert not (wavering.path / "run").exists()


def test_a_deterministic_model_gives_equal_answers(bench: Bench) -> None:
    bench.run("--model=oracle", "--medgen-repeats=2", "--medgen-aggregate=all", "--medgen-gate=all/accuracy >= 1")

    assert bench.report()["verdict"]["exit_code"] == 0
    assert bench.report()["totals"]["accurate"] == SAMPLES


def test_a_replay_with_one_answer_a_sample_is_refused_before_the_run(bench: Bench) -> None:
    lines = [json.dumps({"sample_id": sample, "response": "A"}) for sample, _ in every(1)]
    bench.write("answers.jsonl", "\n".join(lines) + "\n")

    result = bench.run("--model=replay:answers.jsonl", "--medgen-formats=vqa", "--medgen-repeats=2")

    assert result.ret == 4
    result.stderr.fnmatch_lines(["*the files hold one answer to each sample, but the run asks for 2 repeats*"])


def test_a_replay_with_an_answer_to_each_repeat_is_replayed(bench: Bench) -> None:
    lines = [
        json.dumps({"sample_id": sample, "repeat": repeat, "response": "BA"[repeat % 2]}) for sample, repeat in every(3)
    ]
    bench.write("answers.jsonl", "\n".join(lines) + "\n")

    bench.run("--model=replay:answers.jsonl", "--medgen-formats=vqa", "--medgen-repeats=2")

    assert {key: record["output"]["text"] for key, record in records(bench).items()} == {
        (sample, repeat): "BA"[repeat] for sample, repeat in every(2)
    }
