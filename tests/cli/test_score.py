"""`medgen score`: metrics for recorded answers and for stored runs, without any model."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.store import RunDirectory
from tests.cli.stored_runs import report
from tests.runs.small_run import carry_out, prepare, without_seals
from tests.small_dataset import SAMPLES, write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

ANSWERS = [
    {"sample_id": f"vqa:multiple-choice:{number:06d}", "response": text}
    for number, text in enumerate(["A. left", "the lung", "", "no idea at all"], start=1)
]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A stored run of copy-input that did not compute token_f1."""
    carry_out(prepare(tmp_path, metrics=["ssim"]), tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Recorded answers to the questions of the small dataset."""
    write_small_dataset(tmp_path / "data")
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(answer) + "\n" for answer in ANSWERS), encoding="utf-8")
    return path


def scores(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    results = RunDirectory(path).load().results.values()
    return {
        (result.model, result.sample_id): {name: score.to_dict() for name, score in result.scores.items()}
        for result in results
    }


def test_recorded_answers_become_a_run_with_the_scores_that_pytest_gives(
    medgen: Medgen, answers: Path, tmp_path: Path
) -> None:
    carry_out(prepare(tmp_path, f"replay:{answers}", formats=["vqa"]), tmp_path / "by-pytest")

    done = medgen("score", answers, "--dataset=data", "--formats=vqa", "--run-dir=run", "--gate=vqa/accuracy >= 0.5")

    assert (done.code, done.err) == (0, "")
    assert "holds" in done.out
    assert scores(tmp_path / "run") == scores(tmp_path / "by-pytest")
    assert len(scores(tmp_path / "run")) == len(ANSWERS)
    assert report(tmp_path / "run")["totals"]["planned"] == len(ANSWERS)


def test_a_gate_that_is_breached_is_exit_code_1(medgen: Medgen, answers: Path) -> None:
    done = medgen("score", answers, "--dataset=data", "--formats=vqa", "--gate=vqa/accuracy >= 0.9")

    assert done.code == 1


def test_answers_that_lack_samples_are_refused_before_anything_is_written(
    medgen: Medgen, answers: Path, tmp_path: Path
) -> None:
    answers.write_text(json.dumps(ANSWERS[0]) + "\n", encoding="utf-8")

    done = medgen("score", answers, "--dataset=data", "--formats=vqa", "--run-dir=run")

    assert done.code == 4
    assert "vqa:multiple-choice:000002" in done.err
    assert not (tmp_path / "run").exists()


def test_a_metric_is_added_to_a_run_and_the_other_scores_stay(medgen: Medgen, run: Path) -> None:
    before = scores(run)

    medgen("score", run, "--metrics=token_f1")

    after = scores(run)
    kept = {key: {name: score for name, score in of.items() if name != "token_f1"} for key, of in after.items()}
    assert kept == before
    assert {key for key, of in after.items() if "token_f1" in of} == {key for key in after if "edit:" not in key[1]}
    assert "token_f1/upstream@1" in report(run)["environment"]["metrics"].values()
    assert report(run)["totals"]["missing"] == 0


def test_a_gate_on_a_metric_that_a_run_lacks_says_how_to_add_it(medgen: Medgen, run: Path) -> None:
    done = medgen("rescore", run, "--threshold=token_f1=0.5", "--gate=vqa/token_f1 >= 0.5")

    assert done.code == 4
    assert f"this run has no scores of token_f1; add them with: medgen score {run} --metrics=token_f1" in done.err


def test_another_convention_computes_every_metric_of_the_run_again(medgen: Medgen, run: Path) -> None:
    medgen("score", run, "--convention=canonical")

    conventions = {score["convention"] for of in scores(run).values() for score in of.values()}
    assert conventions == {f"{name}/canonical@1" for name in ("ssim", "psnr", "bleu", "exact_match")}
    assert report(run)["profile"]["convention"] == "canonical"
    assert report(run)["totals"]["missing"] == 0


def test_a_run_can_be_scored_twice_and_ends_the_same(medgen: Medgen, run: Path) -> None:
    medgen("score", run, "--metrics=token_f1")
    first = scores(run)

    done = medgen("score", run, "--metrics=token_f1")

    assert done.code == 1
    assert "no gates are set; the exit code is 0 if every sample is accurate, else 1" in done.out
    assert scores(run) == first


def test_what_a_kill_left_is_used_and_nothing_changes_before_all_is_scored(
    medgen: Medgen, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "medgen.yaml").write_text("metrics: {batch_size: 1}\nprogress: 0.000001\n", encoding="utf-8")
    stored = RunDirectory(run).load().results.values()
    (name,) = {result.output.image for result in stored if result.sample_id == "gen:instruction-editing:000002"}
    image = run / "outputs" / str(name)
    pixels = image.read_bytes()
    image.unlink()  # it ends the scoring in its second batch, as a kill might
    medgen("score", run, "--metrics=token_f1")
    (draft,) = run.glob("draft-*.jsonl")
    text = draft.read_text(encoding="utf-8")
    told_apart = without_seals(text.replace('"worker":"main"', '"worker":"earlier"'))
    draft.write_text(told_apart + text[:20], encoding="utf-8")
    image.write_bytes(pixels)
    halfway = scores(run)

    done = medgen("score", run, "--metrics=token_f1")

    assert done.err.endswith(f"medgen scored {SAMPLES - 2}/{SAMPLES - 2}, 0:00 left\n")

    assert not any("token_f1" in of for of in halfway.values())
    assert sum("token_f1" in of for of in scores(run).values()) == SAMPLES - 2  # image editing has no text
    workers = [result.worker for result in RunDirectory(run).load().results.values()]
    assert workers.count("earlier") == text.count("\n") == 2
    assert not list(run.glob("draft-*.jsonl"))


def test_an_output_that_is_gone_is_told_and_the_run_stays_as_it_was(medgen: Medgen, run: Path) -> None:
    before = scores(run)
    for image in (run / "outputs").glob("*.png"):
        image.unlink()

    done = medgen("score", run, "--metrics=token_f1")

    assert done.code == 4
    assert "cannot be read" in done.err
    assert scores(run) == before


def test_another_dataset_is_refused(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    record = tmp_path / "data" / "VQA" / "multiple-choice" / "data.jsonl"
    record.write_text(record.read_text(encoding="utf-8").replace("Which side?", "Which part?"), encoding="utf-8")

    done = medgen("score", run, "--metrics=token_f1")

    assert done.code == 4
    assert "is not the one that the run was made on; name that one with --dataset" in done.err


def test_a_sample_whose_image_changed_is_refused(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    images = tmp_path / "data" / "ImageEditing" / "noise-reconstruction" / "images"
    shutil.copy(images / "0000_target.png", images / "0001_target.png")

    done = medgen("score", run, "--metrics=token_f1")

    assert done.code == 4
    assert "sample 'edit:noise-reconstruction:000002': its content is not what it was" in done.err


def test_options_for_recorded_answers_are_refused_for_a_run(medgen: Medgen, run: Path) -> None:
    done = medgen("score", run, "--limit=3")

    assert done.code == 4
    assert "--limit is for recorded answers" in done.err


def test_an_unknown_metric_is_refused_with_the_nearest(medgen: Medgen, run: Path) -> None:
    done = medgen("score", run, "--metrics=token_f2")

    assert done.code == 4
    assert "unknown metric 'token_f2'; did you mean 'token_f1'?" in done.err


def test_a_path_that_is_neither_is_told(medgen: Medgen, tmp_path: Path) -> None:
    write_small_dataset(tmp_path / "data")

    done = medgen("score", "nothing", "--dataset=data")

    assert done.code == 4
    assert "nothing" in done.err


def test_progress_is_told_in_lines_where_there_is_no_terminal(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    (tmp_path / "medgen.yaml").write_text("progress: 0.000001\nmetrics: {batch_size: 1}\n", encoding="utf-8")

    done = medgen("score", run, "--metrics=token_f1")

    lines = done.err.splitlines()
    assert lines[-1] == f"medgen scored {SAMPLES}/{SAMPLES}, 0:00 left"
    assert len(lines) == SAMPLES / 2


def test_recorded_answers_to_repeats_are_scored_and_aggregated(medgen: Medgen, answers: Path, tmp_path: Path) -> None:
    lines = [{**answer, "repeat": repeat} for answer in ANSWERS for repeat in (0, 1)]
    lines[1]["response"] = "B. right"
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    done = medgen(
        "score",
        answers,
        "--dataset=data",
        "--formats=vqa",
        "--run-dir=run",
        "--repeats=2",
        "--gate=vqa/accuracy >= 0.3",
    )

    assert (done.code, done.err) == (0, "")
    assert "samples (mean of 2 repeats): 4 planned, 1.50 accurate" in done.out
    assert len(RunDirectory(tmp_path / "run").load().results) == 2 * len(ANSWERS)
    assert report(tmp_path / "run")["repeats"]["totals"]["accurate"] == 3


def test_recorded_answers_without_repeats_cannot_be_scored_as_several(medgen: Medgen, answers: Path) -> None:
    done = medgen("score", answers, "--dataset=data", "--formats=vqa", "--repeats=2")

    assert done.code == 4
    assert "the files hold one answer to each sample, but the run asks for 2 repeats" in done.err


def test_scoring_a_run_keeps_its_repeats_and_can_aggregate_them_otherwise(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, metrics=["ssim"], repeats=2, aggregate="all"), tmp_path / "run")

    first = medgen("score", "run", "--metrics=token_f1")
    second = medgen("score", "run", "--metrics=token_f1", "--aggregate=any")

    assert f"samples (all of 2 repeats): {SAMPLES} planned" in first.out
    assert f"samples (any of 2 repeats): {SAMPLES} planned" in second.out
    assert all(
        "token_f1" in sample["scores"] for sample in report(tmp_path / "run")["samples"] if sample["format"] == "vqa"
    )
    assert medgen("score", "run", "--repeats=2").code == 4
