from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.metrics import structural_similarity

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ShapeError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.gaussian_windows import window_moments
from medgen_pytest.metrics.ms_ssim import LEAST_SIDE, MS_SSIM, WEIGHTS, ms_ssim

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    Images = tuple[Grey, Grey]

RECORDS = ("noise-reconstruction", "artifact-removal", "style-transfer")


@st.composite
def images(draw: st.DrawFn, *, multiple: int = 1) -> Images:
    """Two grey images of one shape: near, unrelated, flat, extreme or inverted."""
    sides = st.integers(LEAST_SIDE // multiple, 260 // multiple)
    shape = (draw(sides) * multiple, draw(sides) * multiple)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["near", "near", "unrelated", "flat", "extreme", "inverted"]))
    first = rng.integers(0, 256, shape)
    if kind == "near":
        second = first + rng.integers(-90, 91, shape)
    elif kind == "flat":
        first, second = np.full(shape, rng.integers(0, 256)), np.full(shape, rng.integers(0, 256))
    elif kind == "extreme":
        first, second = rng.integers(0, 2, shape) * 255, np.full(shape, 255 * rng.integers(0, 2))
    else:
        second = 255 - first if kind == "inverted" else rng.integers(0, 256, shape)
    return first.astype(np.uint8), np.clip(second, 0, 255).astype(np.uint8)


def by_scikit_image(preds: Grey, target: Grey) -> float:
    """MS-SSIM from single-scale SSIM: a luminance constant beyond all measure leaves contrast and structure alone."""
    first, second = preds.astype(np.float64), target.astype(np.float64)
    value = 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            first, second = halved(first), halved(second)
        mean = structural_similarity(
            first,
            second,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            K1=0.01 if scale == len(WEIGHTS) - 1 else 1e6,
            K2=0.03,
        )
        value *= max(mean, 0.0) ** weight
    return value


def halved(image: NDArray[np.float64]) -> NDArray[np.float64]:
    even = np.pad(image, [(0, side % 2) for side in image.shape], mode="edge")
    height, width = even.shape
    return np.asarray(even.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)))


def luma(image: NDArray[np.uint8]) -> Grey:
    return np.asarray(Image.fromarray(image).convert("L"))


def noise(*shape: int, seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def real_images(shared: Path, record: str, size: tuple[int, int]) -> Images:
    folder = shared / "data" / "medgen-mini" / "ImageEditing" / record / "images"
    opened = [Image.open(folder / f"0000_{role}.png").convert("RGB").resize(size) for role in ("input", "target")]
    return np.asarray(opened[0]), np.asarray(opened[1])


@settings(max_examples=40, deadline=None)
@given(images())
def test_any_size_scores_as_five_scales_of_scikit_image(pair: Images) -> None:
    # The oracle's sums lose some digits where a flat image leaves no variance.
    assert ms_ssim(*pair) == pytest.approx(by_scikit_image(*pair), abs=1e-9)


@pytest.mark.parametrize("size", [(512, 512), (301, 219), (177, 400)])
@pytest.mark.parametrize("record", RECORDS)
def test_real_images_score_as_five_scales_of_scikit_image(shared: Path, record: str, size: tuple[int, int]) -> None:
    preds, target = real_images(shared, record, size)

    assert ms_ssim(preds, target) == pytest.approx(by_scikit_image(luma(preds), luma(target)), abs=1e-11)


@settings(max_examples=30, deadline=None)
@given(images())
def test_the_value_lies_between_zero_and_one(pair: Images) -> None:
    assert 0 <= ms_ssim(*pair) <= 1


@settings(max_examples=30, deadline=None)
@given(images())
def test_identical_images_give_exactly_one(pair: Images) -> None:
    assert ms_ssim(pair[0], pair[0].copy()) == 1.0
    assert ms_ssim(pair[1], pair[1].copy()) == 1.0


@settings(max_examples=30, deadline=None)
@given(images())
def test_the_order_of_the_images_does_not_matter(pair: Images) -> None:
    assert ms_ssim(*pair) == ms_ssim(*pair[::-1])


@settings(max_examples=20, deadline=None)
@given(images(multiple=16), st.integers(0, 3), st.sampled_from([1, -1]))
def test_turning_both_images_alike_changes_nothing(pair: Images, turns: int, direction: int) -> None:
    turned = [np.rot90(image[:, ::direction], turns) for image in pair]

    # Structures that nearly cancel come close to the cut at 0, where the power makes rounding visible.
    assert ms_ssim(turned[0], turned[1]) == pytest.approx(ms_ssim(*pair), abs=1e-9)


def test_very_wide_images_score_as_very_high_ones() -> None:
    target = noise(180, 9000)
    preds = np.clip(target + np.random.default_rng(2).integers(-40, 40, target.shape), 0, 255).astype(np.uint8)

    assert ms_ssim(preds, target) == pytest.approx(by_scikit_image(preds, target), abs=1e-11)


def test_more_noise_scores_lower() -> None:
    target = np.asarray(Image.fromarray(noise(12, 12)).resize((256, 256)))
    rng = np.random.default_rng(2)
    noisy = [np.clip(target + rng.normal(0, sigma, target.shape), 0, 255).astype(np.uint8) for sigma in (5, 20, 60)]

    values = [ms_ssim(preds, target) for preds in noisy]

    assert 1 > values[0] > values[1] > values[2] > 0


def test_black_against_white_is_left_with_the_luminance_of_the_coarsest_scale() -> None:
    black = np.zeros((200, 200), np.uint8)
    c1 = (0.01 * 255) ** 2

    assert ms_ssim(black, black + np.uint8(255)) == pytest.approx((c1 / (255**2 + c1)) ** 0.1333, rel=1e-12)


def test_inverted_structures_give_zero_rather_than_no_number() -> None:
    target = noise(200, 200)

    assert ms_ssim(255 - target, target) == 0.0


def test_colour_images_score_as_their_luma() -> None:
    preds, target = noise(190, 180, 3), noise(190, 180, 3) // 2

    assert ms_ssim(preds, target) == ms_ssim(luma(preds), luma(target))


def test_images_that_are_read_only_or_not_contiguous_score_alike() -> None:
    preds, target = noise(200, 190, 3), noise(200, 190, 3) // 2
    spread = np.zeros((400, 380, 3), np.uint8)
    spread[::2, ::2] = preds
    target.setflags(write=False)

    assert ms_ssim(spread[::2, ::2], target) == ms_ssim(preds, target)
    assert ms_ssim(np.asfortranarray(preds), target) == ms_ssim(preds, target)


def test_the_smallest_image_is_as_long_as_a_window_at_the_coarsest_scale() -> None:
    image = noise(176, 176)

    assert LEAST_SIDE == 176
    assert ms_ssim(image, image) == 1.0


@pytest.mark.parametrize("shape", [(175, 300), (300, 175), (24, 31, 3), (0, 200)])
def test_smaller_images_are_refused(shape: tuple[int, ...]) -> None:
    image = np.zeros(shape, np.uint8)

    with pytest.raises(ShapeError, match="at least 176x176 are needed"):
        ms_ssim(image, image)


def test_images_of_different_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="differ in shape"):
        ms_ssim(noise(180, 190), noise(190, 180))


def test_a_pair_too_small_is_unscored_and_leaves_its_batch_alone() -> None:
    large, small = noise(180, 180, 3), noise(24, 31, 3)
    pairs = [
        Pair(task=Task.NOISE_RECONSTRUCTION, pred_image=image, target_image=image) for image in (large, small, large)
    ]

    scores = MS_SSIM.under("upstream", MetricContext()).score(pairs)

    assert [score.value for score in scores] == [1.0, None, 1.0]
    assert scores[1].reason == "images of 31x24 pixels; at least 176x176 are needed"
    assert scores[0].convention == "ms_ssim/upstream@1"


def test_the_moments_of_windows_are_weighted_by_a_gaussian() -> None:
    planes = np.random.default_rng(4).integers(0, 256, (50, 2, 47)).astype(np.float64)
    distances = np.arange(-5, 6)
    line = np.exp(-(distances**2) / 4.5)
    weights = np.outer(line, line) / line.sum() ** 2

    means, variances = (np.concatenate(parts) for parts in zip(*copies(planes), strict=True))

    window = planes[33:44, 1, 20:31]
    mean = (weights * window).sum()
    assert means.shape == (40, 2, 37)
    assert means[33, 1, 20] == pytest.approx(mean, rel=1e-12)
    assert variances[33, 1, 20] == pytest.approx((weights * (window - mean) ** 2).sum(), rel=1e-10)


def copies(planes: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    return [(means.copy(), variances.copy()) for means, variances in window_moments(planes)]


def test_the_exponents_are_those_of_the_paper() -> None:
    assert WEIGHTS == (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    assert math.isclose(sum(WEIGHTS), 1.0, abs_tol=2e-4)
