"""Editing: what an instruction asks of intensities and geometry, done as it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from medgen_pytest.models.classical.contrast import change_contrast
from medgen_pytest.models.classical.levels import to_levels
from medgen_pytest.models.classical.noise import remove_noise
from medgen_pytest.models.classical.style import luminance
from medgen_pytest.models.classical.wording import degrees_in, gamma_in, percent_in, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_USUAL_GAMMA = 0.7
_USUAL_ANGLE = 90.0
_SHARPENING = 0.6


def edit(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image after the first edit that the instruction asks for; unchanged when it asks for none we know."""
    for words, method in _EDITS:
        if says(instruction, *words):
            return np.ascontiguousarray(method(pixels, instruction))
    return pixels


def change_gamma(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """Intensities to the power of gamma, black and white fixed; below 1 brightens, and words beat numbers."""
    gamma = gamma_in(instruction) or _USUAL_GAMMA
    brightens, darkens = says(instruction, "bright", "lighten"), says(instruction, "darken", "dim ")
    if brightens != darkens and (gamma > 1) == brightens:
        gamma = 1 / gamma
    table = to_levels(255 * (np.arange(256) / 255) ** gamma)
    return np.asarray(table[pixels], dtype=np.uint8)


def change_brightness(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """Intensities more or less by the named percentage, else a gamma."""
    share = percent_in(instruction)
    if share is None:
        return change_gamma(pixels, instruction)
    factor = max(0.0, 1 - share) if says(instruction, "darken", "dim", "less bright", "reduc", "decreas") else 1 + share
    return to_levels(pixels * factor)


def mirror(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """Left and right exchanged, or top and bottom where the instruction says so."""
    upside = says(instruction, "vertical", "upside", "top to bottom", "top and bottom", "up and down")
    return pixels[::-1] if upside else pixels[:, ::-1]


def rotate(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """Turned clockwise, or counter-clockwise where the instruction says so; right angles move no pixel value."""
    angle = degrees_in(instruction)
    degrees = _USUAL_ANGLE if angle is None else angle
    if says(instruction, "counter", "anti-?clockwise", "to the left"):
        degrees = -degrees
    if degrees % 90 == 0:
        return np.rot90(pixels, -int(degrees // 90))
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC), dtype=np.uint8)


def invert(pixels: NDArray[np.uint8], _instruction: str) -> NDArray[np.uint8]:
    """The negative."""
    return 255 - pixels


def make_grey(pixels: NDArray[np.uint8], _instruction: str) -> NDArray[np.uint8]:
    """The luminance in three equal channels."""
    return np.repeat(luminance(pixels)[..., np.newaxis], 3, axis=2)


def sharpen(pixels: NDArray[np.uint8], _instruction: str) -> NDArray[np.uint8]:
    """Unsharp masking."""
    blurred = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.5), dtype=np.float32)
    return to_levels(pixels + _SHARPENING * (pixels - blurred))


def blur(pixels: NDArray[np.uint8], _instruction: str) -> NDArray[np.uint8]:
    """A mild Gaussian blur."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 2.0), dtype=np.uint8)


_EDITS: tuple[tuple[tuple[str, ...], Callable[[NDArray[np.uint8], str], NDArray[np.uint8]]], ...] = (
    (("gamma",), change_gamma),
    (("mirror", "flip", "reflect"), mirror),
    (("rotat", r"turn the image", r"turn it"), rotate),
    (("invert", "negative"), invert),
    (("greyscale", "grayscale", "monochrom"), make_grey),
    (("contrast",), change_contrast),
    (("bright", "darken", "lighten"), change_brightness),
    (("sharpen", "crisp"), sharpen),
    (("denois", "nois"), remove_noise),
    (("blur", "smooth"), blur),
)
