"""Training: a model of few drawings has learned something. What the released weights can do, the benchmark asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawings import draw, draw_section
from tiny_vlm.answering import best
from tiny_vlm.editing import edit
from tiny_vlm.model import Weights, load, save
from tiny_vlm.seeing import features_of
from train import train

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Weights of a few drawings, in less than a second."""
    return train(rounds=5, noise=[0.05], seed=1)


def test_new_drawings_are_recognised(weights: Weights) -> None:
    new = list(draw(5, chance=np.random.default_rng(2)))

    said = [best(weights.language.sentences, features_of(drawing.picture), weights.language) for drawing in new]

    right = [text[:12] == drawing.caption[:12] for text, drawing in zip(said, new, strict=True)]
    assert np.mean(right) > 0.6  # by chance it is one kind of six


def test_a_new_drawing_is_denoised(weights: Weights) -> None:
    chance = np.random.default_rng(2)
    good = draw_section(chance).picture
    noisy = np.clip(good + chance.normal(0, 0.05, good.shape), 0, 1)

    denoised = edit(noisy, "Denoise it.", weights.filters).image

    assert np.square(denoised - good).mean() < 0.7 * np.square(noisy - good).mean()


def test_weights_are_read_as_they_were_written(weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"

    save(weights, path)

    assert load(path).language.words == tuple(weights.language.words)
    assert np.allclose(load(path).filters.denoise, weights.filters.denoise, atol=1e-6)
