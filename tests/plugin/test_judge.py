"""Judging in a run: both tiers in tests, tables and reports, ahead of the tests, and asked once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

# The score depends on the judged image alone, so that records can be compared. Each call is told in a file.
JUDGE = """
import json, os
def judge(request):
    tier = "with" if "Ground Truth" in request.instruction or "reference" in request.instruction[:400] else "without"
    with open("calls", "a") as file:
        file.write(f"{request.sample_id} {request.repeat}\\n")
    if os.environ.get("JUDGE_DOWN") and request.sample_id.endswith("000001"):
        raise ConnectionError("down")
    score = float(os.environ.get("SCORE", 0)) or 5 + len(request.sample_id + request.modality.value) % 5
    score += float(os.environ.get("STEP", 0)) * request.repeat
    names = request.json_schema["properties"]["scores"]["properties"]
    return json.dumps({"analysis": "The image was looked at.", "scores": dict.fromkeys(names, score), "overall": score})
"""
METRICS = ("judge_with_reference", "judge_without_reference")


@pytest.fixture
def judged(bench: Bench) -> Bench:
    """A user's folder with a judge of the user's own."""
    bench.write("my_judge.py", JUDGE)
    bench.write("medgen.yaml", "judge: {adapter: python, target: 'my_judge:judge'}\n")
    return bench


def calls(bench: Bench) -> list[str]:
    path = bench.path / "calls"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def records(bench: Bench, run_dir: str = "run") -> dict[tuple[str, str], dict[str, Any]]:
    """The last record of each sample."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted((bench.path / run_dir).glob("results-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            key = (record["model"], record["sample_id"])
            if key not in found or found[key]["finished"] <= record["finished"]:
                found[key] = record
    return found


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_every_output_is_judged_with_and_without_its_reference(judged: Bench, workers: str) -> None:
    result = judged.run("--model=oracle", "--model=copy-input", workers)

    found = records(judged)
    assert len(found) == 2 * SAMPLES
    for record in found.values():
        assert set(METRICS) <= set(record["scores"])
        told = {judgement["tier"]: judgement for judgement in record["judgements"]}
        assert set(told) == {"with_reference", "without_reference"}
        for tier, judgement in told.items():
            score = record["scores"][f"judge_{tier}"]
            assert judgement["overall"] == score["value"] is not None
            assert judgement["analysis"] == "The image was looked at."
            assert json.loads(judgement["raw"])["overall"] == judgement["overall"]
            assert set(judgement["dimensions"].values()) == {judgement["overall"]}
    assert len(calls(judged)) == 2 * 2 * SAMPLES
    assert "judge_with_reference of oracle: 8 of 8 judged, 0 errors" in result.stdout.str()


def test_the_judge_stands_in_tables_json_and_junit(judged: Bench) -> None:
    result = judged.run("--model=oracle", "--medgen-gate=all/judge_with_reference >= 0.1")

    report = judged.report()
    assert result.ret == 0
    assert set(METRICS) <= set(report["by_metric"])
    assert [row["metric"] for row in report["judging"]] == list(METRICS)
    sample = report["samples"][0]
    assert [judgement["tier"] for judgement in sample["judgements"]] == ["with_reference", "without_reference"]
    assert sample["uncertain"] == []
    assert sample["scores"]["judge_with_reference"]["outcome"] in {"accurate", "inaccurate"}
    junit = (judged.path / "run" / "junit.xml").read_text(encoding="utf-8")
    assert junit.count("\nscore_judge_with_reference: ") == SAMPLES
    result.stdout.fnmatch_lines(["*judge_with_reference*"])
    facts = json.loads((judged.path / "run" / "run.json").read_text(encoding="utf-8"))
    assert facts["judge"]["rubric"]["name"] == "medgen-holistic"
    assert set(METRICS) <= set(facts["metrics"])


def test_records_with_judgements_are_the_same_with_and_without_workers(judged: Bench) -> None:
    def facts(run_dir: str) -> dict[tuple[str, str], object]:
        return {
            key: (
                {name: score["value"] for name, score in record["scores"].items()},
                [{**judgement, "timing": None, "finished": None} for judgement in record["judgements"]],
            )
            for key, record in records(judged, run_dir).items()
        }

    for workers in ("-n0", "-n2", "-n4"):
        judged.run("--model=oracle", "--model=copy-input", workers, run_dir=f"run{workers}")

    assert facts("run-n0") == facts("run-n2") == facts("run-n4")
    reports = [judged.report(f"run{workers}") for workers in ("-n0", "-n2", "-n4")]
    for part in ("totals", "by_model", "by_task", "judging"):
        assert reports[0][part] == reports[1][part] == reports[2][part]


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_resumed_run_asks_the_judge_for_what_it_could_not_judge_and_no_model(
    judged: Bench, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    judged.write(
        "my_model.py",
        "def answer(request):\n"
        "    with open('asked', 'a') as file:\n"
        "        file.write(request.sample_id + '\\n')\n"
        "    image = request.inputs[0].array()\n"
        "    return {'vqa': 'A', 'image_editing': image}.get(request.format.value, (image, 'Mirrored.'))\n",
    )
    monkeypatch.setenv("JUDGE_DOWN", "1")
    judged.run("--model=python:my_model:answer", workers)
    broken = [key for key, record in records(judged).items() if record["scores"][METRICS[0]]["value"] is None]
    before = len(calls(judged))
    monkeypatch.delenv("JUDGE_DOWN")

    result = judged.pytest(
        "benchmark_tests", "--medgen-resume=run", "--medgen-dataset=data", "--model=python:my_model:answer", workers
    )

    assert len(broken) == 3
    again = calls(judged)[before:]
    assert sorted({line.split()[0] for line in again}) == sorted(sample for _, sample in broken)
    assert len(again) == 2 * len(broken)
    assert len((judged.path / "asked").read_text(encoding="utf-8").splitlines()) == SAMPLES
    assert all(record["scores"][METRICS[0]]["value"] is not None for record in records(judged).values())
    assert "8 of 8 judged, 0 errors" in result.stdout.str()


def test_a_judge_that_is_down_makes_errors_and_no_scores(judged: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_DOWN", "1")

    result = judged.run(
        "--model=oracle",
        "--medgen-gate=all/judge_with_reference errors <= 0.1",
        "--medgen-gate=all/judge_without_reference errors <= 50%",
    )

    broken = [record for record in records(judged).values() if record["scores"][METRICS[0]]["value"] is None]
    assert [record["status"] for record in broken] == ["answered"] * 3
    assert all("down" in record["scores"][METRICS[0]]["reason"] for record in broken)
    assert all("down" in record["judgements"][0]["reason"] for record in broken)
    row = judged.report()["judging"][0]
    assert (row["due"], row["scored"], row["errors"], row["error_rate"]) == (SAMPLES, SAMPLES - 3, 3, 3 / SAMPLES)
    assert [gate["status"] for gate in judged.report()["gates"]] == ["breached", "holds"]
    assert result.ret == 1


def test_a_required_judge_that_is_down_makes_the_sample_an_error(
    judged: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_DOWN", "1")
    judged.write(
        "strict.yaml",
        "name: strict\nconvention: upstream\nthresholds: {judge_with_reference: 1.0}\n"
        "required: {vqa: [judge_with_reference], image_editing: [judge_with_reference],"
        " multimodal_generation: [judge_with_reference]}\n",
    )

    result = judged.run("--model=oracle", "--medgen-profile=strict.yaml")

    result.assert_outcomes(passed=SAMPLES - 3, errors=3)
    assert judged.report()["totals"]["error"] == 3


def test_repeats_on_both_sides_of_the_threshold_are_uncertain(judged: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORE", "7.5")
    monkeypatch.setenv("STEP", "0.5")

    result = judged.run("--model=oracle", "--medgen-judge-repeats=3")

    row = judged.report()["judging"][0]
    assert (row["scored"], row["uncertain"]) == (SAMPLES, SAMPLES)
    assert judged.report()["samples"][0]["uncertain"] == list(METRICS)
    assert {record["scores"][METRICS[0]]["value"] for record in records(judged).values()} == {8.0}
    assert len(calls(judged)) == 2 * 3 * SAMPLES
    assert f"{SAMPLES} uncertain" in result.stdout.str()


def test_more_repeats_of_a_resumed_run_ask_only_for_the_new_ones(judged: Bench) -> None:
    judged.run("--model=oracle")
    before = len(calls(judged))

    judged.pytest(
        "benchmark_tests", "--medgen-resume=run", "--medgen-dataset=data", "--model=oracle", "--medgen-judge-repeats=2"
    )

    again = calls(judged)[before:]
    assert len(again) == 2 * SAMPLES
    assert {line.split()[1] for line in again} == {"1"}


def test_an_invalid_output_is_not_judged(judged: Bench) -> None:
    judged.write("empty.py", "def answer(request):\n    return ''\n")

    judged.run("--model=python:empty:answer", "--medgen-formats=vqa")

    assert calls(judged) == []
    assert judged.report()["totals"]["invalid"] == 4
    assert judged.report()["judging"] == []


def test_a_gate_on_the_judge_without_a_judge_is_refused_before_the_run(bench: Bench) -> None:
    result = bench.run("--model=oracle", "--medgen-gate=all/judge_with_reference >= 0.5")

    assert result.ret == 4
    assert "no judge is named for it" in result.stderr.str()
    assert not (bench.path / "run").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("judge: {rubric: medgen-holistic}", "no judge is named"),
        ("judge: {adapter: python, use: oracle, target: 'my_judge:judge'}", "adapter and use both name a judge"),
        (
            "judge: {adapter: python, target: 'my_judge:judge', rubric: medgen-holisitc}",
            "did you mean 'medgen-holistic'",
        ),
        ("judge: {adapter: python, target: 'my_judge:nobody'}", "judge: "),
        ("judge: {use: catalog:dall-e-3}", "judge: "),
        ("judge: {adapter: python, target: 'my_judge:judge', repeats: 0}", "judge.repeats"),
        ("judge: {adapter: python, target: 'my_judge:judge', tiers: [with]}", "judge.tiers"),
    ],
)
def test_a_judge_that_cannot_work_is_refused_before_the_run(judged: Bench, settings: str, said: str) -> None:
    judged.write("medgen.yaml", f"{settings}\n")

    result = judged.run("--model=oracle")

    assert result.ret == 4
    assert said in result.stderr.str()
    assert calls(judged) == []


def test_a_judge_on_the_command_line_beats_that_of_the_file(judged: Bench) -> None:
    judged.write(
        "medgen.yaml", "judge: {adapter: openai_chat, model: none, base_url: 'http://127.0.0.1:9/v1', repeats: 2}\n"
    )

    judged.run("--model=oracle", "--medgen-judge=python:my_judge:judge", "--medgen-formats=vqa")

    assert len(calls(judged)) == 2 * 2 * 4


def test_several_judges_each_have_a_say_and_their_agreement_is_told(judged: Bench) -> None:
    judged.write(
        "medgen.yaml",
        "judge:\n"
        "  panel:\n"
        "    first: {adapter: python, target: 'my_judge:judge'}\n"
        "    second: {adapter: python, target: 'my_judge:judge', revision: '2'}\n"
        "  rule: median\n",
    )

    result = judged.run("--model=copy-input")

    record = next(iter(records(judged).values()))
    assert [judgement["judge"] for judgement in record["judgements"]] == ["first", "first", "second", "second"]
    row = judged.report()["judging"][0]
    assert row["judges"]["alpha"]["value"] == pytest.approx(1.0)
    assert "between judges" in result.stdout.str()
    assert [one["judge"] for one in judged.report()["usage"]["judges"]] == ["first", "second"]
