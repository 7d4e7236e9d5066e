"""Samples: what a model may see of them, and digests that say whether they changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.contracts import ImageSource
from medgen_pytest.domain.sample import Sample, Target
from medgen_pytest.domain.taxonomy import Format, Modality, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class BytesImage:
    """An image source that holds its bytes."""

    data: bytes
    name: str = "images/0000.png"

    def read(self) -> bytes:
        return self.data

    def array(self) -> NDArray[np.uint8]:
        return np.frombuffer(self.data, dtype=np.uint8).reshape(1, -1, 3)


CHOICE = Sample(
    sample_id="vqa:multiple-choice:000001",
    task=Task.MULTIPLE_CHOICE,
    modality=Modality.CT,
    instruction="Which side? Choose one option: A. left B. right",
    inputs=(BytesImage(b"abc"),),
    target=Target(text="A. left"),
    choices=("A. left", "B. right"),
)
EDIT = Sample(
    sample_id="edit:noise-reconstruction:000017",
    task=Task.NOISE_RECONSTRUCTION,
    modality=Modality.X_RAY,
    instruction="Remove the noise, \u03c3 = 25, from this radiograph.",
    inputs=(BytesImage(b"noisy!"),),
    target=Target(image=BytesImage(b"clean!")),
    subtask="Gaussian noise",
    where="ImageEditing/noise-reconstruction/data.jsonl:17",
    provenance={"source": "synpic1.jpg"},
)


def test_an_image_held_in_memory_is_an_image_source() -> None:
    assert isinstance(BytesImage(b"abc"), ImageSource)


def test_a_sample_has_the_format_of_its_task() -> None:
    assert (CHOICE.format, EDIT.format) == (Format.VQA, Format.IMAGE_EDITING)


def test_a_request_holds_all_but_the_target() -> None:
    request = CHOICE.request()

    assert request.sample_id == CHOICE.sample_id
    assert (request.task, request.format, request.modality) == (Task.MULTIPLE_CHOICE, Format.VQA, Modality.CT)
    assert (request.instruction, request.inputs, request.choices) == (CHOICE.instruction, CHOICE.inputs, CHOICE.choices)
    assert not hasattr(request, "target")


# Stored runs hold these digests: a change here makes every earlier run impossible to resume.
@pytest.mark.parametrize(
    ("sample", "digest"),
    [
        (CHOICE, "44ab47b31f36df55b1bcf72102a7c52af2b4c8d6e0e9b99ed88806a366a5b6e5"),
        (EDIT, "c949abeb0f877a1a2d66b366893980de70940d17a89f35694304fa9cdb0263e1"),
    ],
)
def test_the_record_digest_is_the_committed_one(sample: Sample, digest: str) -> None:
    assert sample.record_digest() == digest


@pytest.mark.parametrize(
    ("sample", "digest"),
    [
        (CHOICE, "ad686debd3ce5fc589cefd1cd726818e0d8fa020a1643292a0823f9219eb5270"),
        (EDIT, "77453654854acbe3e00d1902a38339034143e7431da2521aa205faf1a9b125df"),
    ],
)
def test_the_content_digest_is_the_committed_one(sample: Sample, digest: str) -> None:
    assert sample.content_digest() == digest


@pytest.mark.parametrize(
    "changed",
    [
        replace(EDIT, instruction="Remove the noise."),
        replace(EDIT, modality=Modality.CT),
        replace(EDIT, subtask=None),
        replace(EDIT, sample_id="edit:noise-reconstruction:000018"),
        replace(EDIT, inputs=(*EDIT.inputs, *EDIT.inputs)),
        replace(EDIT, target=Target()),
        replace(EDIT, target=Target(image=EDIT.target.image, text="Done.")),
    ],
)
def test_both_digests_change_with_the_record(changed: Sample) -> None:
    assert changed.record_digest() != EDIT.record_digest()
    assert changed.content_digest() != EDIT.content_digest()


@pytest.mark.parametrize(
    "changed",
    [replace(EDIT, inputs=(BytesImage(b"other!"),)), replace(EDIT, target=Target(image=BytesImage(b"other!")))],
)
def test_only_the_content_digest_changes_with_the_bytes_of_an_image(changed: Sample) -> None:
    assert changed.record_digest() == EDIT.record_digest()
    assert changed.content_digest() != EDIT.content_digest()


def test_samples_of_one_first_image_are_known_by_it() -> None:
    other = replace(EDIT, sample_id="edit:noise-reconstruction:000099", inputs=(*EDIT.inputs, BytesImage(b"second")))
    swapped = replace(EDIT, inputs=(BytesImage(b"second"), *EDIT.inputs))

    found = [sample.content_digests().first_input for sample in (EDIT, other, swapped)]

    assert found[0] == found[1] != found[2]
    assert replace(EDIT, inputs=()).content_digests().first_input is None


def test_digests_do_not_depend_on_where_the_record_lies() -> None:
    moved = replace(
        EDIT,
        where="parquet/image_editing/train-00000-of-00001.parquet:16",
        provenance={},
        inputs=(BytesImage(b"noisy!", name="row 16"),),
    )

    assert moved.record_digest() == EDIT.record_digest()
    assert moved.content_digest() == EDIT.content_digest()


def test_options_that_the_instruction_lists_count_once() -> None:
    derived = replace(CHOICE, choices=())
    other = replace(CHOICE, choices=("A. left", "B. right", "C. both"))

    assert derived.record_digest() == CHOICE.record_digest()
    assert other.record_digest() != CHOICE.record_digest()


def test_a_broken_unicode_text_has_a_digest_too() -> None:
    broken = replace(CHOICE, instruction="half a pair: \ud83d")

    assert broken.record_digest() != CHOICE.record_digest()


def test_a_request_says_which_repeat_it_is_and_is_the_same_otherwise() -> None:
    assert CHOICE.request().repeat == 0
    assert replace(CHOICE.request(repeat=3), repeat=0) == CHOICE.request()
