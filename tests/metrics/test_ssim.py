from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from medgen_pytest.errors import ShapeError
from medgen_pytest.metrics.psnr import psnr
from medgen_pytest.metrics.ssim import ssim

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CHANNELS = 3


@st.composite
def images(draw: st.DrawFn, *, colour: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Two images of one shape: noise, smooth, flat or extreme."""
    height, width = draw(st.integers(7, 90)), draw(st.integers(7, 90))
    shape = (height, width, CHANNELS) if colour else (height, width)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["noise", "near", "flat", "extreme"]))
    first = rng.integers(0, 256, shape)
    if kind == "near":
        second = np.clip(first + rng.integers(-9, 10, shape), 0, 255)
    elif kind == "flat":
        first, second = np.full(shape, rng.integers(0, 256)), np.full(shape, rng.integers(0, 256))
    elif kind == "extreme":
        first, second = rng.integers(0, 2, shape) * 255, rng.integers(0, 2, shape) * 255
    else:
        second = rng.integers(0, 256, shape)
    return first.astype(np.uint8), second.astype(np.uint8)


def luma(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(image).convert("L"))


@given(images())
def test_grey_images_score_as_in_scikit_image(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    preds, target = pair

    # Both compute in float64; ours takes the window sums in integers and is the more exact one.
    assert ssim(preds, target) == pytest.approx(structural_similarity(preds, target, data_range=255), abs=1e-11)


@given(images(colour=True))
def test_colour_images_score_as_the_luma_of_pillow(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    preds, target = pair

    expected = structural_similarity(luma(preds), luma(target), data_range=255)

    assert ssim(preds, target) == pytest.approx(expected, abs=1e-11)


@given(images())
def test_the_order_of_the_images_does_not_matter(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    assert ssim(*pair) == ssim(*pair[::-1])


@given(images(colour=True))
def test_the_value_lies_between_minus_one_and_one(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    assert -1 <= ssim(*pair) <= 1


@given(images(colour=True))
def test_identical_images_give_exactly_one(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    assert ssim(pair[0], pair[0].copy()) == 1.0


@given(images(), st.integers(0, 3), st.sampled_from([1, -1]))
def test_turning_both_images_alike_changes_nothing(
    pair: tuple[NDArray[np.uint8], NDArray[np.uint8]], turns: int, direction: int
) -> None:
    turned = [np.rot90(image[:, ::direction], turns) for image in pair]

    assert ssim(*turned) == pytest.approx(ssim(*pair), abs=1e-12)


@pytest.mark.parametrize("shape", [(7, 7), (7, 9000), (9000, 7), (8, 20_000), (700, 350), (13, 4100)])
def test_extreme_shapes_score_as_in_scikit_image(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    target = rng.integers(0, 256, shape, dtype=np.uint8)
    preds = np.clip(target.astype(int) + rng.integers(-30, 30, shape), 0, 255).astype(np.uint8)

    assert ssim(preds, target) == pytest.approx(structural_similarity(preds, target, data_range=255), abs=1e-11)


def test_black_against_white_is_nearly_zero() -> None:
    black = np.zeros((16, 16), np.uint8)
    c1 = (0.01 * 255) ** 2

    # Flat images: only the term of the means is left, 2 * 0 * 255 + C1 over 255^2 + C1.
    assert ssim(black, black + np.uint8(255)) == pytest.approx(c1 / (255**2 + c1), rel=1e-12)


def test_the_published_value_of_the_camera_image_is_met(shared: Path) -> None:
    golden = json.loads((shared / "golden" / "golden.json").read_text(encoding="utf-8"))["ssim_psnr_skimage_camera"]
    camera = data.camera()
    noisy = np.clip(camera + 20.0 * np.random.RandomState(5).randn(*camera.shape), 0, 255).astype(np.uint8)

    # The published figures have seven digits.
    assert ssim(noisy, camera) == pytest.approx(golden["ssim"], abs=1e-7)
    assert psnr(noisy, camera) == pytest.approx(golden["psnr_db"], abs=1e-5)
    assert psnr(noisy, camera) == pytest.approx(peak_signal_noise_ratio(camera, noisy, data_range=255), abs=1e-12)


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (6, 6, 3), (0, 20)])
def test_images_smaller_than_the_window_are_refused(shape: tuple[int, ...]) -> None:
    image = np.zeros(shape, np.uint8)

    with pytest.raises(ShapeError, match="at least 7x7 are needed"):
        ssim(image, image)


def test_images_of_different_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="differ in shape"):
        ssim(np.zeros((9, 8), np.uint8), np.zeros((8, 9), np.uint8))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((9, 9), np.float32), "preds is float32"),
        (np.zeros((9, 9, 4), np.uint8), r"\(9, 9, 4\)"),
        (np.zeros((2, 9, 9, 3), np.uint8), r"\(2, 9, 9, 3\)"),
        (np.zeros(81, np.uint8), r"\(81,\)"),
    ],
    ids=["floats", "alpha", "batch", "line"],
)
def test_arrays_that_are_no_images_are_refused(image: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        ssim(image, image)


@settings(max_examples=20)
@given(st.integers(100, 400), st.integers(100, 400))
def test_the_cut_into_strips_leaves_no_seam(height: int, width: int) -> None:
    rng = np.random.default_rng(height * 1000 + width)
    target = rng.integers(0, 256, (height, width), dtype=np.uint8)
    preds = rng.integers(0, 256, (height, width), dtype=np.uint8)

    assert ssim(preds, target) == pytest.approx(structural_similarity(preds, target, data_range=255), abs=1e-11)
