"""MS-SSIM against piq and torchmetrics, where they take the same windows and the same pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from medgen_pytest.metrics.ms_ssim import WEIGHTS, ms_ssim
from tests.learned.packages import require

torch = require("torch")
piq = require("piq")
torchmetrics_image = require("torchmetrics.functional.image")

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]


def tensor(image: Grey) -> Any:
    return torch.tensor(np.ascontiguousarray(image), dtype=torch.float64)[None, None]


def by_piq(preds: Grey, target: Grey) -> float:
    return float(piq.multi_scale_ssim(tensor(preds), tensor(target), data_range=255))


def by_torchmetrics(preds: Grey, target: Grey) -> float:
    """Five scales of torchmetrics' SSIM, the coarsest one without the windows that reach over an edge.

    Its own MS-SSIM takes these too, over mirrored pixels, and is the same in all else.
    """
    measure = torchmetrics_image.structural_similarity_index_measure
    first, second, value = tensor(preds), tensor(target), 1.0
    for weight in WEIGHTS[:-1]:
        _, contrast = measure(first, second, data_range=255.0, return_contrast_sensitivity=True)
        value *= max(float(contrast), 0.0) ** weight
        first, second = (torch.nn.functional.avg_pool2d(image, 2) for image in (first, second))
    _, similarity = measure(first, second, data_range=255.0, return_full_image=True)
    return float(value * max(float(similarity[..., 5:-5, 5:-5].mean()), 0.0) ** WEIGHTS[-1])


def noisy(*, height: int, width: int, seed: int) -> tuple[Grey, Grey]:
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 256, (height, width))
    preds = np.clip(target + rng.integers(-80, 81, target.shape), 0, 255)
    return preds.astype(np.uint8), target.astype(np.uint8)


@settings(max_examples=25, deadline=None)
@given(st.integers(11, 20), st.integers(11, 20), st.integers(0, 2**32 - 1))
def test_sides_that_are_multiples_of_16_score_as_in_piq(height: int, width: int, seed: int) -> None:
    preds, target = noisy(height=height * 16, width=width * 16, seed=seed)

    assert ms_ssim(preds, target) == pytest.approx(by_piq(preds, target), abs=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(176, 320), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_odd_sides_score_as_in_piq_which_adds_the_missing_pixels_at_the_first_edge(
    height: int, more: int, seed: int
) -> None:
    # piq adds to both sides when one is odd, so both must be odd at the same scales.
    preds, target = noisy(height=height, width=height + 16 * more, seed=seed)

    assert ms_ssim(preds, target) == pytest.approx(by_piq(preds[::-1, ::-1], target[::-1, ::-1]), abs=1e-10)


@settings(max_examples=15, deadline=None)
@given(st.integers(11, 20), st.integers(11, 20), st.integers(0, 2**32 - 1))
def test_sides_that_are_multiples_of_16_score_as_in_torchmetrics_away_from_the_edges(
    height: int, width: int, seed: int
) -> None:
    preds, target = noisy(height=height * 16, width=width * 16, seed=seed)

    assert ms_ssim(preds, target) == pytest.approx(by_torchmetrics(preds, target), abs=1e-10)


@pytest.mark.parametrize("record", ["noise-reconstruction", "artifact-removal", "style-transfer"])
def test_real_images_score_as_in_both_libraries(shared: Path, record: str) -> None:
    folder = shared / "data" / "medgen-mini" / "ImageEditing" / record / "images"
    preds, target = (
        np.asarray(Image.open(folder / f"0000_{role}.png").convert("L").resize((512, 400)))
        for role in ("input", "target")
    )

    assert ms_ssim(preds, target) == pytest.approx(by_piq(preds, target), abs=1e-10)
    assert ms_ssim(preds, target) == pytest.approx(by_torchmetrics(preds, target), abs=1e-10)
