"""`medgen judge show`: exactly what a judge would be sent."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.cli.stored_runs import files_of, make_run, records, settings
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

QUESTION = "vqa:multiple-choice:000001"
EDIT = "edit:noise-reconstruction:000001"
GENERATION = "gen:instruction-editing:000001"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands are typed: the folder of the dataset."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


@pytest.mark.parametrize("sample_id", [QUESTION, EDIT, GENERATION])
@pytest.mark.parametrize("tier", ["with_reference", "without_reference"])
def test_it_shows_what_the_judge_is_sent(medgen: Medgen, folder: Path, sample_id: str, tier: str) -> None:
    run = make_run(folder)
    config = settings("Blind", log=str(folder / "asked.jsonl"))
    (folder / "medgen.yaml").write_text(config, encoding="utf-8")
    medgen("rejudge", run)

    done = medgen("judge", "show", sample_id, "--run", run, "--tier", tier, "--images", folder / "shown")

    shown = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / "shown").iterdir())]
    sent = [one for one in records(folder / "asked.jsonl") if one["sample_id"] == sample_id]
    assert done.code == 0
    assert len(sent) == 2
    (same,) = [one for one in sent if done.out.startswith(one["prompt"].rstrip() + "\n\nimage 1: ")]
    assert same["images"] == shown


def test_nobody_is_asked_and_nothing_is_written(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder, config=settings("Blind", log=str(folder / "asked.jsonl")))
    asked = len(records(folder / "asked.jsonl"))
    before = files_of(folder)

    assert medgen("judge", "show", EDIT, "--run", run).code == 0

    assert files_of(folder) == before
    assert len(records(folder / "asked.jsonl")) == asked


def test_without_a_run_the_output_is_the_reference(medgen: Medgen, folder: Path) -> None:
    write_small_dataset(folder / "data")

    done = medgen("judge", "show", GENERATION, "--dataset=data", "--images", folder / "shown")

    assert done.code == 0
    assert done.out.count("The image was mirrored left to right.") == 2
    truth, answer = (pixels(folder / "shown" / f"image-{number}.png") for number in (1, 2))
    assert np.array_equal(truth[:32, :32], answer[:32, :32])
    assert "image 1: Ground Truth, " in done.out
    assert "image 2: Generated Answer, " in done.out


def test_the_order_can_be_swapped(medgen: Medgen, folder: Path) -> None:
    write_small_dataset(folder / "data")

    done = medgen("judge", "show", EDIT, "--dataset=data", "--swapped")

    assert "image 1: Generated Answer, " in done.out
    assert "image 2: Ground Truth, " in done.out


def test_without_the_reference_it_is_not_shown(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder, model="copy-input")

    done = medgen("judge", "show", EDIT, "--run", run, "--tier=without_reference")

    assert "image 1: Input, " in done.out
    assert "image 2: Output, " in done.out
    assert "Ground Truth" not in done.out


def test_the_rubric_can_be_chosen(medgen: Medgen, folder: Path) -> None:
    write_small_dataset(folder / "data")

    done = medgen("judge", "show", EDIT, "--dataset=data", "--rubric=medgen-clinical")

    schema = json.loads(next(line for line in done.out.splitlines() if line.startswith("reply schema: "))[14:])
    assert "anatomical_accuracy" in schema["properties"]["scores"]["properties"]
    assert "`anatomical_accuracy`" in done.out


def test_the_rubric_of_the_settings_is_the_usual_one(medgen: Medgen, folder: Path) -> None:
    write_small_dataset(folder / "data")
    judge = "{adapter: python, target: 'tests.cli.judges:strict', rubric: medgen-clinical}"
    (folder / "medgen.yaml").write_text(f"dataset: data\njudge: {judge}\n", encoding="utf-8")

    assert "`anatomical_accuracy`" in medgen("judge", "show", EDIT).out


def test_of_several_models_one_is_named(medgen: Medgen, folder: Path) -> None:
    make_run(folder)
    run = make_run(folder, model="copy-input")

    unnamed = medgen("judge", "show", EDIT, "--run", run)
    named = [medgen("judge", "show", EDIT, "--run", run, f"--model={name}") for name in ("oracle", "copy-input")]

    assert unnamed.code == 4
    assert "name one with --model (copy-input, oracle)" in unnamed.err
    assert [done.code for done in named] == [0, 0]


def test_an_attempt_to_steer_is_flagged(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder, model="python:tests.cli.judges:steering")

    assert "flag: the output may steer the judge: " in medgen("judge", "show", QUESTION, "--run", run).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vqa:multiple-choice:000009"], "the run has no result for sample 'vqa:multiple-choice:000009'"),
        ([QUESTION, "--model=nobody"], "the run has no result of model 'nobody'"),
        (["vqa:multiple-choice:000004"], "there is nothing to judge: the result is error"),
        ([QUESTION, "--rubric=none"], "unknown rubric 'none'"),
    ],
)
def test_what_cannot_be_shown_is_wrong_usage(medgen: Medgen, folder: Path, arguments: list[str], message: str) -> None:
    run = make_run(folder, model="flaky")

    done = medgen("judge", "show", *arguments, "--run", run)

    assert (done.code, done.out) == (4, "")
    assert message in done.err


def test_a_sample_that_is_not_there_and_a_run_that_is_none_are_wrong_usage(medgen: Medgen, folder: Path) -> None:
    write_small_dataset(folder / "data")

    lost = medgen("judge", "show", "vqa:multiple-choice:000009", "--dataset=data")
    nowhere = medgen("judge", "show", QUESTION, "--run", folder / "data")
    neither = medgen("judge", "show", QUESTION)

    assert [lost.code, nowhere.code, neither.code] == [4, 4, 4]
    assert "the dataset has no sample 'vqa:multiple-choice:000009'" in lost.err
    assert "is no run directory" in nowhere.err
    assert "no dataset" in neither.err


def test_an_output_that_is_gone_is_told(medgen: Medgen, folder: Path) -> None:
    run = make_run(folder)
    for path in (run / "outputs").iterdir():
        path.unlink()

    done = medgen("judge", "show", EDIT, "--run", run)

    assert (done.code, done.out) == (4, "")
    assert "output image" in done.err


def test_images_that_cannot_be_written_are_told(medgen: Medgen, folder: Path) -> None:
    write_small_dataset(folder / "data")
    (folder / "file").touch()

    done = medgen("judge", "show", EDIT, "--dataset=data", "--images", folder / "file")

    assert done.code == 4
    assert f"{folder / 'file'} cannot be written" in done.err
