"""Editing: what each instruction does to an image. The filters here leave images as they are."""

from __future__ import annotations

import numpy as np
import pytest

from tiny_vlm.editing import Filters, edit, noise_in

NOTHING = np.zeros((3, 3))
NOTHING[1, 1] = 1
FILTERS = Filters(noise=np.array([0.05]), denoise=NOTHING[None], sharpen=NOTHING, levels=np.array([0.1, 0.9]))
IMAGE = np.random.default_rng(1).random((20, 30, 3))


def test_what_is_not_understood_changes_nothing() -> None:
    edited = edit(IMAGE, "Frame the liver on this contrast-enhanced slice.", FILTERS)

    assert np.array_equal(edited.image, IMAGE)
    assert edited.sentence == "The image is unchanged."


def test_contrast_is_stretched_to_the_learned_levels() -> None:
    flat = 0.4 + 0.2 * IMAGE

    stretched = edit(flat, "Enhance the contrast.", FILTERS).image

    assert np.allclose(np.quantile(stretched, (0.01, 0.99)), FILTERS.levels)


def test_the_size_is_taken_from_the_instruction() -> None:
    text = "It was saved at 1/2 of its resolution. Bring it back to 60x40 pixels."

    assert edit(IMAGE, text, FILTERS).image.shape == (40, 60, 3)


def test_noise_is_measured() -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, (200, 200))[..., None]

    assert noise_in(0.5 + noise) == pytest.approx(0.05, rel=0.05)
