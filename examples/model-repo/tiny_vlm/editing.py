"""Editing: filters with learned numbers, chosen by what the instruction asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_SIZE = re.compile(r"(\d+)x(\d+) pixels")


class Filters(NamedTuple):
    """What was learned about images.

    Attributes:
        noise: Standard deviations of noise, (N,), on the scale where white is 1.
        denoise: A square kernel for each of them, (N, side, side).
        sharpen: A square kernel that makes an enlarged image crisp.
        levels: The grey values of the darkest and the brightest hundredth of a good image.
    """

    noise: NDArray[np.float64]
    denoise: NDArray[np.float64]
    sharpen: NDArray[np.float64]
    levels: NDArray[np.float64]


class Edit(NamedTuple):
    """An edited image, floats in [0, 1], (H, W, 3), and a sentence that says what was done."""

    image: NDArray[np.float64]
    sentence: str


def edit(image: NDArray[np.float64], instruction: str, filters: Filters) -> Edit:
    """The first edit whose phrase the instruction holds; without one the image stays as it is."""
    for phrase, how, sentence in _EDITS:
        if re.search(phrase, instruction, re.IGNORECASE):
            return Edit(how(image, instruction, filters), sentence)
    return Edit(image, "The image is unchanged.")


def filtered(image: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """The image, (H, W, C), with each pixel replaced by the weighted sum of its neighbours."""
    return np.clip(neighbours(image, kernel.shape[0]) @ kernel.ravel(), 0, 1)


def neighbours(image: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """For each pixel and channel the side x side values around it: (H, W, C, side * side)."""
    reach = side // 2
    padded = np.pad(image, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    return windows.reshape(*image.shape, side * side)


def noise_in(image: NDArray[np.float64]) -> float:
    """The standard deviation of the noise, by what is left of the image where every smooth surface cancels out."""
    grey = image.mean(axis=2)
    left = 2 * grey[:, 1:-1] - grey[:, :-2] - grey[:, 2:]
    left = 2 * left[1:-1] - left[:-2] - left[2:]
    return float(np.abs(left).mean() * np.sqrt(np.pi / 2) / 6)


def enlarged(image: NDArray[np.float64], instruction: str) -> NDArray[np.float64]:
    """The image in the size that the instruction names as WIDTHxHEIGHT, else in twice its own."""
    named = _SIZE.search(instruction)
    height, width, _ = image.shape
    size = (int(named[1]), int(named[2])) if named else (2 * width, 2 * height)
    picture = Image.fromarray(np.round(image * 255).astype(np.uint8))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC)) / 255


def _denoised(image: NDArray[np.float64], _: str, filters: Filters) -> NDArray[np.float64]:
    nearest = np.abs(filters.noise - noise_in(image)).argmin()
    return filtered(image, filters.denoise[nearest])


def _stretched(image: NDArray[np.float64], _: str, filters: Filters) -> NDArray[np.float64]:
    low, high = np.quantile(image, (0.01, 0.99))
    share = (image - low) / max(high - low, 0.01)
    stretched: NDArray[np.float64] = np.clip(filters.levels[0] + share * np.ptp(filters.levels), 0, 1)
    return stretched


def _sharpened(image: NDArray[np.float64], instruction: str, filters: Filters) -> NDArray[np.float64]:
    return filtered(enlarged(image, instruction), filters.sharpen)


def _mirrored(image: NDArray[np.float64], _: str, __: Filters) -> NDArray[np.float64]:
    return image[:, ::-1]


def _inverted(image: NDArray[np.float64], _: str, __: Filters) -> NDArray[np.float64]:
    return 1 - image


_EDITS: tuple[tuple[str, Callable[[NDArray[np.float64], str, Filters], NDArray[np.float64]], str], ...] = (
    ("(gaussian|speckle) (noise|grain)|denoise", _denoised, "The noise is reduced; all structures stay in place."),
    ("(restore|enhance|increase).* contrast", _stretched, "The contrast is stretched; all structures stay in place."),
    ("its resolution|super-resolution", _sharpened, "The image is enlarged and sharpened; no structure is added."),
    ("mirror", _mirrored, "The image is mirrored left to right."),
    ("invert", _inverted, "The grey scale is inverted; all structures stay in place."),
)
