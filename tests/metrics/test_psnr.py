from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ShapeError
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.psnr import psnr
from medgen_pytest.metrics.registry import build_metric

SHAPES = st.tuples(st.integers(1, 150), st.integers(1, 150)).flatmap(lambda size: st.sampled_from([size, (*size, 3)]))


@given(SHAPES, st.integers(0, 2**32 - 1), st.integers(1, 255))
def test_the_value_is_that_of_scikit_image(shape: tuple[int, ...], seed: int, spread: int) -> None:
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 256, shape, dtype=np.uint8)
    preds = np.clip(target + rng.integers(-spread, spread + 1, shape), 0, 255).astype(np.uint8)
    preds.flat[0] = 255 - target.flat[0]  # never identical

    assert psnr(preds, target) == pytest.approx(peak_signal_noise_ratio(target, preds, data_range=255), rel=1e-12)


@given(SHAPES, st.integers(0, 2**32 - 1))
def test_the_order_of_the_images_does_not_matter(shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 256, (2, *shape), dtype=np.uint8)

    assert psnr(first, second) == psnr(second, first) >= 0


@given(SHAPES, st.integers(0, 255))
def test_identical_images_have_no_noise(shape: tuple[int, ...], level: int) -> None:
    image = np.full(shape, level, np.uint8)

    assert psnr(image, image.copy()) == math.inf


def test_the_opposite_image_has_zero_decibels() -> None:
    black = np.zeros((40, 50, 3), np.uint8)

    assert psnr(black, ~black) == 0.0


def test_one_step_everywhere_is_48_decibels() -> None:
    image = np.full((300, 200, 3), 7, np.uint8)

    assert psnr(image, image + np.uint8(1)) == pytest.approx(20 * math.log10(255), rel=1e-15)


def test_differences_do_not_wrap_around() -> None:
    rng = np.random.default_rng(11)
    first, second = rng.integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)

    # Unrelated noise has a mean squared error of about 256^2 / 6; taken modulo 256 it would give 27.9 dB.
    assert psnr(first, second) == pytest.approx(10 * math.log10(6), abs=0.05)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0, 3), (5,), (5, 5, 2)])
def test_arrays_that_are_no_images_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError):
        psnr(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))


def test_upstream_counts_identical_images_as_100_and_says_so() -> None:
    image = np.full((8, 8, 3), 9, np.uint8)
    pair = Pair(task=Task.STYLE_TRANSFER, pred_image=image, target_image=image)

    (canonical,) = build_metric("psnr", convention="canonical").score([pair])
    (upstream,) = build_metric("psnr", convention="upstream").score([pair])

    assert (canonical.value, canonical.notes) == (math.inf, ())
    assert (upstream.value, upstream.notes) == (100.0, ("identical images, counted as 100 dB",))


def test_upstream_is_canonical_for_images_that_differ() -> None:
    image = np.full((8, 8, 3), 9, np.uint8)
    pair = Pair(task=Task.STYLE_TRANSFER, pred_image=image + np.uint8(3), target_image=image)

    (canonical,) = build_metric("psnr", convention="canonical").score([pair])
    (upstream,) = build_metric("psnr", convention="upstream").score([pair])

    assert canonical.value == upstream.value
    assert upstream.notes == ()
