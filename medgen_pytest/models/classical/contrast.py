"""Contrast: stretched between the percentiles, or adapted locally where the instruction asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from medgen_pytest.models.classical.levels import to_levels
from medgen_pytest.models.classical.wording import says

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A few extreme pixels, like a burnt-in marker, must not decide.
_PERCENTILES = (0.05, 99.95)
_CLIP_LIMIT = 2.0
_TILES = (8, 8)
_SOFTER = 0.7


def change_contrast(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image with more contrast; with less where the instruction says so."""
    if says(instruction, "clahe", "adaptive", "local contrast", "locally"):
        return equalise_locally(pixels)
    if says(
        instruction, "reduce the contrast", "lower the contrast", "soften", "less contrast", "decrease the contrast"
    ):
        mean = pixels.mean()
        return to_levels(mean + (pixels - mean) * _SOFTER)
    return stretch(pixels)


def stretch(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Intensities spread over the whole range, by one line for all channels so that hues stay."""
    low, high = np.percentile(pixels, _PERCENTILES)
    if high <= low:
        return pixels
    return to_levels((pixels - low) * (255 / (high - low)))


def equalise_locally(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Contrast-limited adaptive histogram equalisation of the lightness; colours stay."""
    lab = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), dtype=np.uint8)
    lab[..., 0] = cv2.createCLAHE(clipLimit=_CLIP_LIMIT, tileGridSize=_TILES).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)
