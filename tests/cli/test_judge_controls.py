"""`medgen judge controls`: a judge that looks notices, one that does not is told from it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.datasets.demo import write_demo_dataset
from tests.cli.stored_runs import document, files_of, make_run, records, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

ROOT = Path(__file__).resolve().parents[2]
CONTROLS = ("blank", "unrelated", "same-modality", "shuffled", "instruction")
TIERS = ("with_reference", "without_reference")
OUTPUTS = 48


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo dataset and a run of the oracle on it, which nobody judged."""
    folder = tmp_path_factory.mktemp("controls")
    write_demo_dataset(folder / "data")
    make_run(folder)
    return folder


@pytest.fixture
def folder(demo_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with that run, where commands are typed; the dataset stays where it was."""
    shutil.copytree(demo_run / "run", tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a run on the small dataset."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, judge: str, *, more: str = "", **kwargs: object) -> None:
    (folder / "medgen.yaml").write_text(settings(judge, more=more, **kwargs), encoding="utf-8")


def verdicts(study: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(one["tier"], one["control"]): one["effects"][0]["verdict"] for one in study["findings"]}


def asked(folder: Path) -> int:
    return len(records(folder / "asked.jsonl"))


def test_a_judge_that_looks_notices_everything(medgen: Medgen, folder: Path, demo_run: Path) -> None:
    write(folder, "Looking", dataset=str(demo_run / "data"), more="progress: 0\n")

    done = medgen("judge", "controls", "run", "--samples=24", "--fail-unless-noticed")

    study = document(folder / "run" / "controls.json")
    assert (done.code, done.err) == (0, "")
    assert verdicts(study) == {(tier, control): "notices" for tier in TIERS for control in CONTROLS}
    assert "notices all that it should" in done.out
    drops = {(one["tier"], one["control"]): one["effects"][0]["drop"] for one in study["findings"]}
    for control in CONTROLS[:-1]:
        assert drops["without_reference", control]["mean"] == pytest.approx(3, abs=0.5)
    assert drops["without_reference", "instruction"] == {"mean": 2, "low": 2, "high": 2, "pairs": 24, "level": 0.95}


def test_a_judge_that_is_blind_notices_nothing(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind")

    done = medgen("judge", "controls", "run", "--samples=24")
    failed = medgen("judge", "controls", "run", "--samples=24", "--fail-unless-noticed")

    study = document(folder / "run" / "controls.json")
    assert (done.code, failed.code) == (0, 1)
    assert verdicts(study) == {(tier, control): "does not notice" for tier in TIERS for control in CONTROLS}
    assert {effect["drop"]["mean"] for one in study["findings"] for effect in one["effects"]} <= {0, None}
    missed = [f"{control} ({tier})" for tier in TIERS for control in CONTROLS]
    missed.remove("instruction (with_reference)")
    assert f"not seen to notice: {', '.join(missed)}" in failed.out


def test_a_judge_that_breaks_sometimes_has_errors_and_no_zeros(medgen: Medgen, folder: Path) -> None:
    write(folder, "Breaking")

    done = medgen("judge", "controls", "run", "--controls=blank", "--tier=without_reference")

    (finding,) = document(folder / "run" / "controls.json")["findings"]
    overall = finding["effects"][0]
    assert 0 < finding["errors"] < 40
    assert overall["drop"]["pairs"] == finding["tried"] - finding["errors"]
    assert overall["drop"]["mean"] == 0
    assert "errors of the judge, without_reference, blank: " in done.out
    assert "the judge is down" in done.out


def test_of_too_few_outputs_nothing_can_be_told(medgen: Medgen, folder: Path, demo_run: Path) -> None:
    write(folder, "Looking", dataset=str(demo_run / "data"))

    done = medgen("judge", "controls", "run", "--samples=5", "--fail-unless-noticed")

    assert done.code == 1
    assert set(verdicts(document(folder / "run" / "controls.json")).values()) == {"cannot be told"}


def test_the_study_says_what_was_replaced_by_what(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind")

    medgen("judge", "controls", "run", "--samples=24", "--seed=7")

    study = document(folder / "run" / "controls.json")
    assert (study["schema_version"], study["run_id"], study["model"], study["seed"]) == (1, "run", "oracle", 7)
    assert study["judge"]["rubric"]["name"] == "medgen-holistic"
    assert len(study["judge"]["judges"]["judge"]["digest"]) == 64
    assert len(study["outputs"]) == 24
    assert len(study["replaced"]) + len(study["left_out"]) == 24 * len(CONTROLS)
    for one in study["replaced"]:
        if one["control"] == "instruction":
            assert one["replaced"] == "instruction"
        else:
            assert one["replaced"] == ("input images" if one["sample_id"].startswith("vqa") else "output image")
        assert one["by"].get("sample_id") != one["sample_id"]
    donated = [one for one in study["replaced"] if one["control"] in {"unrelated", "same-modality"}]
    assert {(one["replaced"], one["by"]["image"]) for one in donated} >= {
        ("output image", "output"),
        ("input images", "input"),
    }


def test_the_same_seed_draws_and_replaces_the_same(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind")
    studies = []
    for options in ([], ["--name=again"], ["--seed=1"]):
        medgen("judge", "controls", "run", "--samples=12", *options)
        studies.append(document(folder / "run" / "controls.json"))

    first, same, other = ((study["outputs"], study["replaced"]) for study in studies)
    assert first == same
    assert first != other


def test_no_judgement_is_asked_for_twice(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    medgen("judge", "controls", "run", "--samples=12", "--controls=blank,shuffled")
    first = asked(folder)

    again = medgen("judge", "controls", "run", "--samples=12", "--controls=blank,shuffled")
    second = asked(folder)
    medgen("judge", "controls", "run", "--samples=12", "--controls=blank,instruction")
    third = asked(folder)
    medgen("judge", "controls", "run", "--samples=12", "--controls=shuffled", "--tier=with_reference")

    assert first == second == 12 * 2 * 3
    assert third == first + 12 * 2
    assert asked(folder) == third
    assert "does not notice" in again.out


def test_another_rubric_is_a_study_of_its_own(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    command = ("judge", "controls", "run", "--samples=12", "--controls=blank")
    medgen(*command)
    first = asked(folder)

    done = medgen(*command, "--rubric=medgen-clinical")

    assert asked(folder) == 2 * first
    assert len(list((folder / "run" / "judgings").iterdir())) == 2
    assert "medgen-clinical@" in done.out
    assert "anatomical_accuracy" in done.out
    for path in (folder / "run" / "judgings").iterdir():
        assert document(path / "controls.json")["findings"]


def test_under_one_name_no_judgement_of_another_judge_is_taken(medgen: Medgen, folder: Path, demo_run: Path) -> None:
    write(folder, "Blind")
    command = ("judge", "controls", "run", "--samples=12", "--controls=blank", "--name=one")
    medgen(*command)
    write(folder, "Looking", dataset=str(demo_run / "data"))

    medgen(*command)

    assert set(verdicts(document(folder / "run" / "controls.json")).values()) == {"notices"}


def test_errors_are_asked_again(medgen: Medgen, folder: Path) -> None:
    (folder / "down").touch()
    write(folder, "Blind", log=str(folder / "asked.jsonl"), down=str(folder / "down"))
    command = ("judge", "controls", "run", "--samples=12", "--controls=blank", "--max-consecutive-errors=0")
    medgen(*command)
    first, broken = asked(folder), document(folder / "run" / "controls.json")
    (folder / "down").unlink()

    medgen(*command)

    whole = document(folder / "run" / "controls.json")
    assert 0 < first < 12 * 2 * 2 == asked(folder)
    assert sum(one["errors"] for one in broken["findings"]) > 0
    assert [one["errors"] for one in whole["findings"]] == [0, 0]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_a_kill_loses_what_is_in_flight_alone(medgen: Medgen, folder: Path) -> None:
    (folder / "slow_judge.py").write_text(
        "import time\nfrom tests.cli.judges import Blind\n\n\nclass Slow(Blind):\n"
        "    def __call__(self, request):\n        time.sleep(0.1)\n        return super().__call__(request)\n",
        encoding="utf-8",
    )
    described = {"adapter": "python", "target": "slow_judge:Slow", "kwargs": {"log": str(folder / "asked.jsonl")}}
    (folder / "medgen.yaml").write_text(f"judge: {json.dumps(described)}\n", encoding="utf-8")
    arguments = ["judge", "controls", "run", "--samples=8", "--controls=blank", "--name=one", "--window=2"]
    command = [sys.executable, "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251 - handed to the process
    killed = subprocess.Popen(command, cwd=folder, env=environment)
    deadline = time.monotonic() + 60
    while len(kept(folder)) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    before, known = asked(folder), len(kept(folder))

    done = medgen(*arguments)

    assert known >= 4
    assert asked(folder) - before == (8 * 2 - known) * 2
    assert "8 outputs of oracle" in done.out


def kept(folder: Path) -> list[dict[str, Any]]:
    return [one for path in (folder / "run" / "judgings").glob("one/judgements-*.jsonl") for one in records(path)]


def test_a_torn_line_is_asked_again(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    command = ("judge", "controls", "run", "--samples=12", "--controls=blank", "--name=one")
    medgen(*command)
    (path,) = (folder / "run" / "judgings" / "one").glob("judgements-*.jsonl")
    path.write_bytes(path.read_bytes()[:-40])
    before = asked(folder)

    assert medgen(*command).code == 0

    assert asked(folder) == before + 2


def test_judgements_of_the_run_by_the_same_judge_are_taken(medgen: Medgen, small: Path) -> None:
    run = make_run(small, config=settings("Blind", log=str(small / "asked.jsonl")))
    before = asked(small)
    command = ("judge", "controls", run, "--controls=blank")

    medgen(*command)
    first = asked(small)
    medgen(*command, "--rubric=medgen-clinical")

    assert before == 8 * 2
    assert first == before + 8 * 2
    assert asked(small) == first + 8 * 2 * 2


def test_the_rest_of_the_run_stays_as_it_is(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind")
    before = files_of(folder / "run")

    medgen("judge", "controls", "run", "--samples=12", "--controls=blank")

    after = files_of(folder / "run", without="judgings")
    assert after.keys() - before.keys() == {folder / "run" / "controls.json"}
    assert {path: after[path] for path in before} == before


def test_a_judging_can_be_controlled_too(medgen: Medgen, small: Path) -> None:
    run = make_run(small)
    (small / "medgen.yaml").write_text(settings("Blind", log=str(small / "asked.jsonl")), encoding="utf-8")
    medgen("rejudge", run, "--name=one")
    before = asked(small)

    done = medgen("judge", "controls", run / "judgings" / "one", "--controls=blank")

    assert done.code == 0
    assert asked(small) == before + 8 * 2
    assert (run / "judgings" / "one" / "controls.json").is_file()


def test_it_prints_a_table_or_json(medgen: Medgen, folder: Path, demo_run: Path) -> None:
    write(folder, "Looking", dataset=str(demo_run / "data"))
    command = ("judge", "controls", "run", "--samples=24", "--controls=blank", "--tier=with_reference")

    table, data = medgen(*command), medgen(*command, "--json")

    lines = table.out.splitlines()
    assert lines[0].startswith("24 outputs of oracle, judged by judge (medgen-holistic@")
    assert lines[3].split() == [
        *("replaced", "drop", "95%", "interval", "p", "p", "(Holm)", "pairs", "errors", "the", "judge"),
    ]
    assert lines[4].startswith("blank ")
    assert lines[4].endswith(" notices")
    assert lines[5].startswith("  coherence ")
    assert lines[-1] == f"stored: {Path('run') / 'controls.json'}"
    assert json.loads(data.out) == document(folder / "run" / "controls.json")


def test_a_control_that_no_output_can_be_put_under_is_left_out_and_told(medgen: Medgen, small: Path) -> None:
    run = make_run(small)
    (small / "medgen.yaml").write_text(settings("Blind"), encoding="utf-8")

    done = medgen("judge", "controls", run)

    study = document(run / "controls.json")
    # Pathology is there once.
    assert study["left_out"] == [
        {
            "control": "same-modality",
            "sample_id": "gen:instruction-editing:000002",
            "reason": "there is no other image of this modality",
        }
    ]
    assert "left out of same-modality: 1 x there is no other image of this modality" in done.out


def test_of_several_models_one_is_named(medgen: Medgen, small: Path) -> None:
    make_run(small)
    run = make_run(small, model="copy-input")
    (small / "medgen.yaml").write_text(settings("Blind"), encoding="utf-8")

    unnamed = medgen("judge", "controls", run, "--controls=blank")
    named = medgen("judge", "controls", run, "--controls=blank", "--model=copy-input")
    unknown = medgen("judge", "controls", run, "--controls=blank", "--model=copy-inptu")

    assert [unnamed.code, named.code, unknown.code] == [4, 0, 4]
    assert "name one with --model (copy-input, oracle)" in unnamed.err
    assert " of copy-input, judged by " in named.out
    assert "did you mean 'copy-input'?" in unknown.err


def test_a_budget_is_kept(medgen: Medgen, folder: Path) -> None:
    write(folder, "Blind", log=str(folder / "asked.jsonl"), cost=0.1)
    command = ("judge", "controls", "run", "--samples=12", "--controls=blank", "--window=1")

    medgen(*command, "--budget=1")
    first = asked(folder)
    medgen(*command, "--budget=9")

    assert first <= 12
    assert asked(folder) == 12 * 2 * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--controls=blnk"], "unknown control 'blnk'; did you mean 'blank'?"),
        (["--samples=0"], "--samples 0: at least 1 is needed"),
        (["--model=nobody"], "unknown model 'nobody'"),
        (["--rubric=none"], "unknown rubric 'none'"),
        (["--name=../x"], "a name is made of letters"),
        (["--budget=-1"], "budget"),
    ],
)
def test_options_that_cannot_work_are_wrong_usage(
    medgen: Medgen, folder: Path, options: list[str], message: str
) -> None:
    write(folder, "Blind", log=str(folder / "asked.jsonl"))
    before = files_of(folder)

    done = medgen("judge", "controls", "run", *options)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert files_of(folder) == before


def test_without_a_judge_or_a_run_or_an_output_it_is_wrong_usage(medgen: Medgen, folder: Path) -> None:
    without = medgen("judge", "controls", "run")
    nowhere = medgen("judge", "controls", "nowhere", "--judge=python:tests.cli.judges:strict")
    for path in (folder / "run").glob("results-*.jsonl"):
        path.unlink()
    empty = medgen("judge", "controls", "run", "--judge=python:tests.cli.judges:strict")

    assert [without.code, nowhere.code, empty.code] == [4, 4, 4]
    assert "no judge: name one with --judge" in without.err
    assert "nowhere is no run directory" in nowhere.err
    assert "no usable output" in empty.err


def test_a_name_of_a_rejudging_is_taken(medgen: Medgen, small: Path) -> None:
    run = make_run(small)
    judge = "--judge=python:tests.cli.judges:strict"
    medgen("rejudge", run, judge, "--name=one")
    medgen("judge", "controls", run, judge, "--controls=blank", "--name=two")

    controls = medgen("judge", "controls", run, judge, "--name=one")
    rejudged = medgen("rejudge", run, judge, "--name=two")

    assert (controls.code, rejudged.code) == (4, 4)
    assert "holds a judging of the whole run" in controls.err
    assert "holds something else" in rejudged.err


def test_outputs_and_samples_that_changed_are_told_before_anybody_is_asked(medgen: Medgen, small: Path) -> None:
    run = make_run(small)
    (small / "medgen.yaml").write_text(settings("Blind", log=str(small / "asked.jsonl")), encoding="utf-8")
    aside = {path: path.read_bytes() for path in (run / "outputs").iterdir()}
    for path in aside:
        path.unlink()
    gone = medgen("judge", "controls", run)
    for path, data in aside.items():
        path.write_bytes(data)
    image = small / "data" / "VQA" / "multiple-choice" / "images" / "0001_input.png"
    image.write_bytes((image.parent / "0002_input.png").read_bytes())

    changed = medgen("judge", "controls", run)

    assert (gone.code, changed.code, asked(small)) == (4, 4, 0)
    assert "output image" in gone.err
    assert "its content is not what it was" in changed.err
