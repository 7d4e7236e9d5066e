"""Held images are image sources without a file."""

from __future__ import annotations

import numpy as np

from medgen_pytest.domain.contracts import ImageSource
from medgen_pytest.images import HeldImage, decode

PIXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def test_a_held_image_is_an_image_source() -> None:
    image = HeldImage("Input 1", PIXELS)

    assert isinstance(image, ImageSource)
    assert image.name == "Input 1"
    assert np.array_equal(image.array(), PIXELS)
    assert np.array_equal(decode(image.read(), name="Input 1"), PIXELS)
    assert image.read() == image.read()


def test_what_is_done_to_the_array_leaves_the_image_alone() -> None:
    image = HeldImage("Input 1", PIXELS)

    image.array()[:] = 0

    assert np.array_equal(image.array(), PIXELS)


def test_held_images_can_be_told_apart_and_shown_without_their_pixels() -> None:
    one, other = HeldImage("Input", PIXELS), HeldImage("Input", PIXELS)

    assert one != other
    assert {one, other, one} == {one, other}
    assert repr(one) == "HeldImage(name='Input')"
