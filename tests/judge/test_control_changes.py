"""What controls replace: sizes stay, all else stays, and the same seed makes the same change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.judge.controls import (
    BLOCKS,
    GREY,
    Shown,
    blank_images,
    replace_images,
    replace_instruction,
    shuffle_blocks,
    shuffle_images,
)
from tests.engine.parts import image, picture, sample

if TYPE_CHECKING:
    from collections.abc import Callable

SIDES = st.integers(1, 70)
EDIT = Task.NOISE_RECONSTRUCTION


def edited(*, height: int = 12, width: int = 16) -> Shown:
    return Shown(sample(EDIT), ModelOutput(text=None, image=picture(5, height=height, width=width)))


def asked(*, images: int = 1) -> Shown:
    return Shown(replace(sample(), inputs=(image(),) * images), ModelOutput(text="A. left"))


IMAGE_CONTROLS: dict[str, Callable[[Shown], Shown]] = {
    "blank": blank_images,
    "donor": lambda shown: replace_images(shown, [picture(9, height=30, width=20)]),
    "shuffled": lambda shown: shuffle_images(shown, salt="1"),
}
every_image_control = pytest.mark.parametrize("name", sorted(IMAGE_CONTROLS))


@every_image_control
def test_the_image_of_an_output_is_replaced_and_all_else_stays(name: str) -> None:
    shown = edited()
    before = shown.output.image.copy()  # type: ignore[union-attr]  # it has one

    changed = IMAGE_CONTROLS[name](shown)

    assert changed.sample is shown.sample
    assert replace(changed.output, image=None) == replace(shown.output, image=None)
    assert changed.output.image is not None
    assert changed.output.image.shape == before.shape
    assert not np.array_equal(changed.output.image, before)
    assert np.array_equal(shown.output.image, before)  # type: ignore[arg-type]  # it has one


@every_image_control
def test_where_answers_have_no_image_the_inputs_are_replaced_and_all_else_stays(name: str) -> None:
    shown = asked(images=2)

    changed = IMAGE_CONTROLS[name](shown)

    assert changed.output is shown.output
    assert replace(changed.sample, inputs=()) == replace(shown.sample, inputs=())
    assert [one.name for one in changed.sample.inputs] == [one.name for one in shown.sample.inputs]
    for new, old in zip(changed.sample.inputs, shown.sample.inputs, strict=True):
        assert new.array().shape == old.array().shape
        assert not np.array_equal(new.array(), old.array())
    assert not changed.looks_like(shown)
    assert changed.sample.content_digest() != shown.sample.content_digest()


@every_image_control
def test_an_output_without_its_image_stays_as_it_is(name: str) -> None:
    shown = Shown(sample(EDIT), ModelOutput(text="I cannot draw"))

    assert shown.images == []
    assert IMAGE_CONTROLS[name](shown) == shown


def test_a_blank_image_is_grey_everywhere() -> None:
    assert set(np.unique(blank_images(edited()).output.image)) == {GREY}  # type: ignore[arg-type]  # it has one


def test_a_donor_of_the_same_size_is_taken_pixel_by_pixel() -> None:
    donor = picture(9)

    assert np.array_equal(replace_images(edited(), [donor]).output.image, donor)  # type: ignore[arg-type]  # it has one


def test_several_inputs_get_the_donors_in_turn() -> None:
    donors = [picture(7), picture(8)]

    changed = replace_images(asked(images=3), donors)

    assert [int(np.array_equal(one.array(), donors[0])) for one in changed.sample.inputs] == [1, 0, 1]


def test_without_a_donor_nothing_can_be_replaced() -> None:
    with pytest.raises(ValueError, match="no image"):
        replace_images(edited(), [])


def test_an_instruction_comes_with_its_options() -> None:
    shown = asked()
    donor = replace(sample(number=2), instruction="Which organ? A. liver B. lung", choices=("A. liver", "B. lung"))

    changed = replace_instruction(shown, donor)

    assert (changed.sample.instruction, changed.sample.choices) == (donor.instruction, donor.choices)
    kept = replace(changed.sample, instruction=shown.sample.instruction, choices=shown.sample.choices)
    assert kept == shown.sample
    assert changed.output is shown.output
    assert changed.looks_like(shown)


@given(height=SIDES, width=SIDES, salt=st.text(max_size=5))
def test_shuffling_keeps_the_size_and_every_pixel(height: int, width: int, salt: str) -> None:
    before = np.arange(height * width, dtype=np.uint32).view(np.uint8).reshape(height, width, 4)[..., :3]

    after = shuffle_blocks(before, salt=salt)

    assert after.shape == before.shape
    assert sorted(map(tuple, after.reshape(-1, 3))) == sorted(map(tuple, before.reshape(-1, 3)))
    assert np.array_equal(after, shuffle_blocks(before, salt=salt))


@given(height=st.integers(17, 70), width=st.integers(17, 70))
def test_shuffling_leaves_no_whole_block_in_its_place(height: int, width: int) -> None:
    edge = -(-max(height, width) // BLOCKS)
    before = np.arange(height * width, dtype=np.uint32).view(np.uint8).reshape(height, width, 4)[..., :3]

    stayed = (shuffle_blocks(before, salt="s") == before).all(axis=-1)

    whole = stayed[: height // edge * edge, : width // edge * edge]
    assert not whole.any() or whole.shape == (edge, edge)


def test_another_salt_shuffles_otherwise() -> None:
    pixels = picture(1, height=64, width=64)

    assert not np.array_equal(shuffle_blocks(pixels, salt="1"), shuffle_blocks(pixels, salt="2"))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 400), (400, 1)])
def test_extreme_sizes_can_be_shuffled(height: int, width: int) -> None:
    pixels = picture(1, height=height, width=width)

    shuffled = shuffle_blocks(pixels, salt="1")

    assert np.array_equal(shuffled, pixels) is (height * width == 1)
