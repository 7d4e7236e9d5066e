"""`medgen rejudge`: another judgement of stored outputs beside the one that is there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.fake_server import FakeServer, FakeServerSettings
from tests.cli.stored_runs import document, files_of, make_run, records, settings
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

ROOT = Path(__file__).resolve().parents[2]
METRICS = ("judge_with_reference", "judge_without_reference")
JUDGEMENTS = SAMPLES * len(METRICS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands are typed: the folder of the settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, judge: str | None = None, *, more: str = "", **kwargs: object) -> None:
    (folder / "medgen.yaml").write_text(settings(judge, more=more, **kwargs), encoding="utf-8")


def samples_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {one["sample_id"]: one for one in document(path / "report.json")["samples"]}
    return found


def results_of(path: Path) -> list[dict[str, Any]]:
    return [record for file in sorted(path.glob("results-*.jsonl")) for record in records(file)]


def judgings(run: Path) -> list[Path]:
    return sorted((run / "judgings").iterdir()) if (run / "judgings").exists() else []


def test_another_rubric_stands_beside_the_old_scores(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder, config=settings("Blind"))
    before = files_of(run)

    done = medgen("rejudge", run, "--rubric=medgen-clinical")

    assert done.code in {0, 1}
    assert files_of(run, without="judgings") == before
    (judging,) = judgings(run)
    assert judging.name.startswith("medgen-clinical-judge-")
    old, new = samples_of(run), samples_of(judging)
    for sample_id, sample in new.items():
        for metric in METRICS:
            assert "medgen-clinical-" in sample["scores"][metric]["convention"]
            assert "medgen-holistic-" in old[sample_id]["scores"][metric]["convention"]
    dimensions = {name for result in results_of(judging) for one in result["judgements"] for name in one["dimensions"]}
    assert "anatomical_accuracy" in dimensions
    assert "content_accuracy" not in dimensions
    assert f"report: {judging / 'report.json'}" in done.out
    assert "judge_with_reference of oracle: " in done.out
    assert "; before: " in done.out.splitlines()[-1]


def test_another_judge_changes_its_metrics_and_no_other(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder, config=settings("Blind"))

    medgen("rejudge", run, "--judge=python:tests.cli.judges:strict", "--name=strict")

    old, new = samples_of(run), samples_of(run / "judgings" / "strict")
    assert new.keys() == old.keys()
    for sample_id, sample in new.items():
        assert {sample["scores"][metric]["value"] for metric in METRICS} == {3.0}
        others = {name: score for name, score in sample["scores"].items() if name not in METRICS}
        assert others == {name: score for name, score in old[sample_id]["scores"].items() if name not in METRICS}


def test_a_run_that_was_never_judged_gets_thresholds_and_gates(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    command = ("rejudge", run, "--judge=python:tests.cli.judges:strict", "--name=first")

    held = medgen(*command, "--gate=all/judge_with_reference >= 0")
    breached = medgen(*command, "--gate=all/judge_with_reference >= 0.5")
    lowered = medgen(*command, "--gate=all/judge_with_reference >= 0.5", "--threshold=judge_with_reference=3")

    assert (held.code, breached.code, lowered.code) == (0, 1, 0)
    assert "judge_with_reference of oracle: 0.0% (0/8), mean 3 (n=8); before: -" in held.out
    assert "judge_with_reference of oracle: 100.0% (8/8), mean 3 (n=8); before: -" in lowered.out


def test_what_was_judged_is_not_asked_again(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    medgen("rejudge", run)
    (judging,) = judgings(run)
    results = list(judging.glob("results-*.jsonl"))
    before = {path: path.read_bytes() for path in results}

    again = medgen("rejudge", run)

    assert len(records(folder / "asked.jsonl")) == JUDGEMENTS
    assert judgings(run) == [judging]
    assert {path: path.read_bytes() for path in results} == before
    assert "mean 7.5" in again.out


PROGRAM = """
import json, sys
print("weights are loaded", file=sys.stderr)
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    names = request["json_schema"]["properties"]["scores"]["properties"]
    judgement = {"analysis": "Looked at it.", "scores": dict.fromkeys(names, 9), "overall": 9}
    print(json.dumps({"id": request["id"], "text": json.dumps(judgement)}), flush=True)
"""


def test_what_a_program_that_judges_writes_to_stderr_is_kept_with_the_judging(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    (folder / "judge.py").write_text(PROGRAM, encoding="utf-8")
    judge = {"adapter": "process", "command": [sys.executable, "judge.py"]}
    (folder / "medgen.yaml").write_text(f"judge: {json.dumps(judge)}\n", encoding="utf-8")

    medgen("rejudge", run, "--name=one")
    medgen("judge", "controls", run, "--name=two", "--controls=blank", "--tier=with_reference")

    kept = {
        path.relative_to(run / "judgings").as_posix(): "weights are loaded" in path.read_text(encoding="utf-8")
        for path in run.rglob("*.log")
    }
    assert kept == {"one/logs/judge-judge-rejudge.log": True, "two/logs/judge-judge-controls.log": True}
    assert {
        one["scores"]["judge_with_reference"]["value"] for one in samples_of(run / "judgings" / "one").values()
    } == {9.0}


def test_after_a_break_only_what_failed_is_asked(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    (folder / "down").touch()
    write(folder, "Blind", log=str(folder / "asked.jsonl"), down=str(folder / "down"))
    broken = medgen("rejudge", run, "--name=one")
    first = len(records(folder / "asked.jsonl"))
    (folder / "down").unlink()

    whole = medgen("rejudge", run, "--name=one")

    asked = [record["sample_id"] for record in records(folder / "asked.jsonl")]
    assert first == len(asked) / 2 == JUDGEMENTS / 2
    assert {int(sample_id[-3:]) % 2 for sample_id in asked[first:]} == {1}
    assert "mean 7 (n=4)" in broken.out or "(n=4)" in broken.out
    assert "(n=8)" in whole.out
    assert all(
        sample["scores"][metric]["value"] is not None
        for sample in samples_of(run / "judgings" / "one").values()
        for metric in METRICS
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_a_kill_loses_what_is_in_flight_alone(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    (folder / "slow.py").write_text(
        "import time\nfrom tests.cli.judges import Blind\n\n\nclass Slow(Blind):\n"
        "    def __call__(self, request):\n        time.sleep(0.4)\n        return super().__call__(request)\n",
        encoding="utf-8",
    )
    described = {"adapter": "python", "target": "slow:Slow", "kwargs": {"log": str(folder / "asked.jsonl")}}
    (folder / "medgen.yaml").write_text(f"judge: {json.dumps(described)}\n", encoding="utf-8")
    command = [sys.executable, "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251 - handed to the process
    killed = subprocess.Popen([*command, "rejudge", "run", "--name=one", "--window=2"], cwd=folder, env=environment)
    deadline = time.monotonic() + 60
    while len(results_of(run / "judgings" / "one")) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    kept = {result["sample_id"] for result in results_of(run / "judgings" / "one")}
    before = len(records(folder / "asked.jsonl"))

    done = medgen("rejudge", run, "--name=one", "--window=8")

    asked = [record["sample_id"] for record in records(folder / "asked.jsonl")[before:]]
    assert len(kept) >= 3
    assert not kept & set(asked)
    assert len(asked) == (SAMPLES - len(kept)) * 2
    assert "(n=8)" in done.out


def test_a_judging_that_ended_before_its_first_result_is_begun_anew(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    (run / "judgings" / "one").mkdir(parents=True)

    done = medgen("rejudge", run, "--judge=python:tests.cli.judges:strict", "--name=one")

    assert "(n=8)" in done.out


def test_a_judging_that_ended_before_its_plan_has_one_then(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    command = ("rejudge", run, "--judge=python:tests.cli.judges:strict", "--name=one")
    medgen(*command)
    for path in (run / "judgings" / "one").glob("plan-*.jsonl"):
        path.unlink()

    assert "samples: 8 planned" in medgen(*command).out


def test_metrics_that_were_added_to_the_run_stand_in_the_judging_too(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    medgen("rejudge", run, "--name=one")
    assert medgen("score", run, "--metrics=rouge_l").code in {0, 1}

    again = medgen("rejudge", run, "--name=one")

    assert len(records(folder / "asked.jsonl")) == JUDGEMENTS
    assert "(n=8)" in again.out
    assert "rouge_l" in samples_of(run / "judgings" / "one")["vqa:multiple-choice:000001"]["scores"]


@pytest.mark.parametrize(
    "change", ["--rubric=medgen-clinical", "--judge-repeats=2", "--judge=python:tests.cli.judges:strict"]
)
def test_a_name_stands_for_one_judging(medgen: Medgen, folder: Path, change: str) -> None:
    run = make_run(folder)
    write(folder, "Blind")
    medgen("rejudge", run, "--name=one")
    before = files_of(run)

    done = medgen("rejudge", run, "--name=one", change)

    assert (done.code, done.out) == (4, "")
    assert (
        done.err
        == f"medgen: {run / 'judgings' / 'one'} holds another judging; give this one another name with --name\n"
    )
    assert files_of(run) == before


def test_a_folder_of_something_else_is_left_alone(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    (run / "judgings" / "one").mkdir(parents=True)
    (run / "judgings" / "one" / "notes.txt").write_text("mine", encoding="utf-8")

    done = medgen("rejudge", run, "--judge=python:tests.cli.judges:strict", "--name=one")

    assert done.code == 4
    assert "holds something else" in done.err
    assert [path.name for path in (run / "judgings" / "one").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["../out", ".hidden", "a/b", "", "x" * 81])
def test_a_name_is_no_path(medgen: Medgen, folder: Path, name: str) -> None:
    run = make_run(folder)

    done = medgen("rejudge", run, "--judge=python:tests.cli.judges:strict", f"--name={name}")

    assert (done.code, judgings(run)) == (4, [])
    assert "a name is made of letters" in done.err


def test_a_judging_is_not_judged_again(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    command = ("--judge=python:tests.cli.judges:strict", "--name=one")
    medgen("rejudge", run, *command)

    done = medgen("rejudge", run / "judgings" / "one", *command)

    assert done.code == 4
    assert "is a judging" in done.err
    assert not (run / "judgings" / "one" / "judgings").exists()


def test_without_a_judge_nothing_is_judged(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)

    done = medgen("rejudge", run)

    assert (done.code, done.out) == (4, "")
    assert done.err == "medgen: no judge: name one with --judge, or under `judge:` in medgen.yaml\n"
    assert judgings(run) == []


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--judge=python:tests.cli.judges:nobody", "nobody"),
        ("--rubric=medgen-holistc", "did you mean 'medgen-holistic'?"),
        ("--gate=everything", "gate 'everything' is not understood"),
        ("--threshold=judge_with_reference", "write METRIC=VALUE"),
    ],
)
def test_options_that_cannot_work_are_wrong_usage(medgen: Medgen, folder: Path, option: str, message: str) -> None:
    run = make_run(folder)
    write(folder, "Blind", log=str(folder / "asked.jsonl"))

    done = medgen("rejudge", run, option)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert (records(folder / "asked.jsonl"), judgings(run)) == ([], [])


def test_what_is_no_run_is_wrong_usage(medgen: Medgen, folder: Path) -> None:
    done = medgen("rejudge", folder / "nowhere", "--judge=python:tests.cli.judges:strict")

    assert (done.code, done.err) == (
        4,
        f"medgen: {folder / 'nowhere'} is no run directory: name the one that a run printed, like medgen-runs/ID\n",
    )


def test_another_dataset_is_refused(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    path = folder / "data" / "VQA" / "multiple-choice" / "data.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("Which side?", "What side?"), encoding="utf-8")

    done = medgen("rejudge", run, "--judge=python:tests.cli.judges:strict")

    assert done.code == 4
    assert "is not the one that the run was made on" in done.err
    assert judgings(run) == []


def test_an_image_of_the_dataset_that_changed_ends_it_with_what_was_judged_kept(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    path = folder / "data" / "VQA" / "multiple-choice" / "images" / "0003_input.png"
    sound = path.read_bytes()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(path)

    done = medgen("rejudge", run, "--name=one")
    first = len(records(folder / "asked.jsonl"))
    path.write_bytes(sound)
    again = medgen("rejudge", run, "--name=one")

    assert done.code == 4
    assert "sample 'vqa:multiple-choice:000004': its content is not what it was" in done.err
    assert len(results_of(run / "judgings" / "one")) == SAMPLES
    assert len(records(folder / "asked.jsonl")) == JUDGEMENTS
    assert first == (SAMPLES - 1) * 2
    assert "(n=8)" in again.out


def test_outputs_that_are_gone_are_told_before_anybody_is_asked(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    for path in (run / "outputs").iterdir():
        path.unlink()

    done = medgen("rejudge", run)

    assert (done.code, done.out) == (4, "")
    assert "the output image of oracle to edit:noise-reconstruction:000001 is gone (and 3 more)" in done.err
    assert (records(folder / "asked.jsonl"), judgings(run)) == ([], [])


@pytest.mark.parametrize("damage", ["torn", "other pixels"])
def test_an_output_that_is_damaged_ends_it(medgen: Medgen, folder: Path, damage: str) -> None:
    run = make_run(folder)
    write(folder, "Blind")
    path = min((run / "outputs").iterdir())
    if damage == "torn":
        path.write_bytes(path.read_bytes()[:40])
    else:
        Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(path)

    done = medgen("rejudge", run, "--name=one")

    assert (done.code, done.out) == (4, "")
    assert path.name in done.err


def test_what_no_model_answered_is_not_judged(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder, model="flaky")
    write(folder, "Blind", log=str(folder / "asked.jsonl"))

    medgen("rejudge", run, "--name=one")

    assert {record["sample_id"][-1] for record in records(folder / "asked.jsonl")} == {"1", "2", "3"}
    statuses = {result["sample_id"]: result["status"] for result in results_of(run / "judgings" / "one")}
    assert statuses["vqa:multiple-choice:000004"] == "error"


def test_a_judge_that_says_nothing_usable_makes_errors_and_no_scores(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)

    command = ("rejudge", run, "--judge=python:tests.cli.judges:rambling", "--name=one")

    codes = [medgen(*command, *gates).code for gates in ([], ["--gate=all/judge_with_reference >= 0"])]

    assert codes == [1, 10]
    results = results_of(run / "judgings" / "one")
    # Each was asked a second time.
    assert {one["raw"].count("It looks fine to me.") for result in results for one in result["judgements"]} == {2}
    assert {result["scores"][metric]["value"] for result in results for metric in METRICS} == {None}


def test_a_budget_ends_the_asking_and_counts_what_was_spent_before(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    write(folder, "Blind", log=str(folder / "asked.jsonl"), cost=0.1)
    options = ("rejudge", run, "--name=one", "--window=1", "--max-consecutive-errors=0")

    medgen(*options, "--budget=0.55")
    first = len(records(folder / "asked.jsonl"))
    medgen(*options, "--budget=0.75")
    second = len(records(folder / "asked.jsonl"))
    medgen(*options, "--budget=5")

    assert first < JUDGEMENTS
    # The price of a judge that tells it with its answers is known after the first; a resume asks one to learn it.
    assert first <= second <= first + 3
    assert len(records(folder / "asked.jsonl")) == JUDGEMENTS


def test_a_budget_holds_for_the_endpoint_of_a_judge(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    with FakeServer(FakeServerSettings()) as server:
        judge = f"{{adapter: openai_chat, model: m, base_url: '{server.url}/v1', price: {{per_request: 0.1}}}}"
        (folder / "medgen.yaml").write_text(f"judge: {judge}\n", encoding="utf-8")

        medgen("rejudge", run, "--name=one", "--budget=0.5", "--max-consecutive-errors=0")
        first = server.stats.answered
        medgen("rejudge", run, "--name=one", "--budget=0.7", "--max-consecutive-errors=0")

        assert (first, server.stats.answered) == (5, 7)


def test_a_budget_needs_a_judge_whose_price_is_known(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    judge = "{adapter: openai_chat, model: m, base_url: 'http://127.0.0.1:9/v1'}"
    (folder / "medgen.yaml").write_text(f"judge: {judge}\n", encoding="utf-8")

    done = medgen("rejudge", run, "--budget=1")

    assert done.code == 4
    assert "its cost is not known, so no budget can be kept" in done.err
