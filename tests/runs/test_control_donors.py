"""Donors: who takes the place of whom, by lot, and never a sample of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.images import encode_png
from medgen_pytest.judge.controls import CONTROLS, Shown
from medgen_pytest.runs.controls.donors import Donors
from medgen_pytest.runs.controls.trials import LeftOut, Trial, make_trial
from medgen_pytest.store import RunDirectory
from tests.engine.parts import image, picture, sample, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.judge.controls import Control

EDIT = Task.STYLE_TRANSFER
MODALITIES = (Modality.CT, Modality.CT, Modality.MRI, Modality.MRI, Modality.X_RAY)


def edits(*modalities: Modality) -> list[Sample]:
    return [
        replace(
            sample(EDIT, number=number, modality=modality, source=image(encode_png(picture(number)))),
            instruction=f"Do it, number {number}",
        )
        for number, modality in enumerate(modalities, start=1)
    ]


def result(one: Sample, store: RunDirectory, *, seed: int) -> SampleResult:
    return SampleResult(
        model="m",
        sample_id=one.sample_id,
        task=one.task,
        modality=one.modality,
        status="answered",
        output=StoredOutput(image=store.save_image(picture(seed)), size=(16, 12)),
        digests={"sample": one.content_digest()},
    )


@pytest.fixture
def store(tmp_path: Path) -> RunDirectory:
    made = RunDirectory(tmp_path / "run")
    made.create({"run_id": "run", "session": "s"})
    return made


def trial_of(
    place: int, control: Control, samples: list[Sample], store: RunDirectory, *, seed: int = 0, alike: bool = False
) -> Trial | LeftOut:
    """The trial of the sample at a place; all have outputs, which look alike or not."""
    results = [result(one, store, seed=1 if alike else 100 + number) for number, one in enumerate(samples)]
    pixels = store.load_image(results[place].output.image or "")
    shown = Shown(samples[place], ModelOutput(image=pixels))
    donors = Donors(samples, results, store, seed=seed)
    return make_trial(results[place], shown, control, donors=donors, seed=seed)


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("seed", range(3))
def test_an_unrelated_image_is_of_another_modality_and_one_of_the_same_of_another_sample(
    store: RunDirectory, place: int, seed: int
) -> None:
    samples = edits(*MODALITIES)

    unrelated = trial_of(place, "unrelated", samples, store, seed=seed)

    assert isinstance(unrelated, Trial)
    assert unrelated.by["modality"] != MODALITIES[place].value
    assert unrelated.by["image"] == "output"
    same = trial_of(place, "same-modality", samples, store, seed=seed)
    if MODALITIES[place] is Modality.X_RAY:
        assert isinstance(same, LeftOut)
    else:
        assert isinstance(same, Trial)
        assert same.by["modality"] == MODALITIES[place].value
        assert same.by["sample_id"] != samples[place].sample_id


def test_the_lot_depends_on_the_seed_and_on_nothing_else(store: RunDirectory) -> None:
    samples = edits(*[Modality.CT, *[Modality.MRI] * 12])

    def donors(seed: int) -> object:
        trial = trial_of(0, "unrelated", samples, store, seed=seed)
        return trial.by["sample_id"] if isinstance(trial, Trial) else None

    assert donors(1) == donors(1)
    assert len({donors(seed) for seed in range(8)}) > 3


def test_a_donor_that_shows_the_same_picture_is_none(store: RunDirectory) -> None:
    samples = edits(Modality.CT, Modality.CT, Modality.CT)

    trial = trial_of(0, "same-modality", samples, store, alike=True)

    # No output differs, so that an input has to do.
    assert isinstance(trial, Trial)
    assert trial.by["image"] == "input"


def test_a_donor_that_cannot_be_read_is_passed_over(store: RunDirectory) -> None:
    samples = [replace(one, inputs=(unreadable(),)) for one in edits(Modality.CT, Modality.CT, Modality.CT)]
    question = replace(sample(modality=Modality.CT), inputs=(image(encode_png(picture(3))),))
    whole = replace(question, sample_id="vqa:multiple-choice:000009", inputs=(image(encode_png(picture(4))),))
    shown = Shown(question, ModelOutput(text="A"))
    donors = Donors([*samples, whole], [], store, seed=0)
    answered = SampleResult(
        model="m", sample_id=question.sample_id, task=question.task, modality=question.modality, status="answered"
    )

    trial = make_trial(answered, shown, "same-modality", donors=donors, seed=0)

    assert isinstance(trial, Trial)
    assert trial.by["sample_id"] == whole.sample_id
    assert np.array_equal(trial.shown.sample.inputs[0].array(), picture(4))


@pytest.mark.parametrize("place", range(3))
def test_an_instruction_is_never_of_the_same_text(store: RunDirectory, place: int) -> None:
    samples = [*edits(Modality.CT, Modality.CT), sample(number=3)]
    samples = [
        samples[0],
        replace(samples[1], instruction=f"  {samples[0].instruction.upper()} "),
        replace(edits(Modality.CT)[0], sample_id="edit:style-transfer:000007", instruction="Something else"),
        samples[2],
    ]

    trial = trial_of(place, "instruction", samples[:3], store)

    assert isinstance(trial, Trial)
    assert trial.shown.sample.instruction.casefold().strip() != samples[place].instruction.casefold().strip()
    assert trial.shown.sample.format is samples[place].format


def test_where_every_instruction_is_the_same_the_control_is_left_out(store: RunDirectory) -> None:
    samples = [replace(one, instruction="Do it") for one in edits(Modality.CT, Modality.CT)]

    left_out = trial_of(0, "instruction", samples, store)

    assert isinstance(left_out, LeftOut)
    assert left_out.reason == "no sample of this format has another instruction"


@pytest.mark.parametrize("control", CONTROLS)
def test_what_is_shown_otherwise_has_other_digests_and_none_of_the_scores(
    store: RunDirectory, control: Control
) -> None:
    samples = edits(*MODALITIES)
    before = result(samples[0], store, seed=100)

    trial = trial_of(0, control, samples, store)

    assert isinstance(trial, Trial)
    same_sample = trial.result.digests["sample"] == before.digests["sample"]
    same_image = trial.result.output.image == before.output.image
    assert (same_sample, same_image) == ((False, True) if control == "instruction" else (True, False))
    assert (trial.result.judgements, trial.result.scores) == ((), {})


def test_an_image_that_is_grey_already_is_left_out_of_blank(store: RunDirectory) -> None:
    (one,) = edits(Modality.CT)
    grey = np.full((12, 16, 3), 128, dtype=np.uint8)

    left_out = make_trial(
        result(one, store, seed=1),
        Shown(one, ModelOutput(image=grey)),
        "blank",
        donors=Donors([], [], store, seed=0),
        seed=0,
    )

    assert isinstance(left_out, LeftOut)
    assert left_out.reason == "the image would look the same"


def test_an_image_of_the_dataset_that_cannot_be_read_leaves_the_output_out(store: RunDirectory) -> None:
    question = replace(sample(), inputs=(unreadable("lost.png"),))
    answered = SampleResult(
        model="m", sample_id=question.sample_id, task=question.task, modality=question.modality, status="answered"
    )

    left_out = make_trial(
        answered, Shown(question, ModelOutput(text="A")), "shuffled", donors=Donors([], [], store, seed=0), seed=0
    )

    assert isinstance(left_out, LeftOut)
    assert "lost.png" in left_out.reason
