"""Noise: how strong it is, and non-local means to remove it."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import cv2
import numpy as np

from medgen_pytest.models.classical.levels import to_levels
from medgen_pytest.models.classical.wording import says

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_TOP = 65535
_LOG_TOP = float(np.log(256.0))
_MAD_TO_SIGMA = 0.6745
# Where values are clipped at black or white, the noise looks weaker than it is.
_UNCLIPPED = (8.0, 247.0)
_ENOUGH = 64
_GREY_CHROMA = 12.0
_TEMPLATE = 5
# Strength in units of the noise; the distance of colours adds over channels, so that it grows.
_GREY_STRENGTH = 1.0
_COLOUR_STRENGTH = 1.4
# Work of non-local means is pixels times search area; this bound keeps 16 megapixels below some seconds.
_WORK = 4_000_000 * 49
_QUANTILES = np.array([NormalDist().inv_cdf((index + 0.5) / 101) for index in range(101)])


def remove_noise(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image without the noise that the instruction speaks of; Gaussian noise when it names none."""
    if says(instruction, "salt", "pepper", "impulse", "shot noise", "dead pixel", "hot pixel"):
        return remove_impulses(pixels)
    if says(instruction, "speckl", "multiplicat"):
        return remove_speckle(pixels)
    return remove_gaussian(pixels)


def noise_level(plane: NDArray[np.floating]) -> float:
    """Standard deviation of the noise of a plane (H, W), from the diagonal detail of 2x2 blocks.

    The median of the absolute detail ignores edges, which are few. Blocks at black or white are left
    out where enough others remain.
    """
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    a, b = plane[:height:2, :width:2], plane[:height:2, 1:width:2]
    c, d = plane[1:height:2, :width:2], plane[1:height:2, 1:width:2]
    detail, mean = np.abs(a - b - c + d) / 2, (a + b + c + d) / 4
    inside = (mean > _UNCLIPPED[0]) & (mean < _UNCLIPPED[1])
    chosen = detail[inside] if inside.sum() >= _ENOUGH else detail
    return float(np.median(chosen) / _MAD_TO_SIGMA) if chosen.size else 0.0


def remove_gaussian(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Additive noise removed by non-local means, as strong as the noise that the image shows."""
    planes = _planes(pixels).astype(np.float64)
    sigma = float(np.mean([noise_level(pixels[..., channel].astype(np.float64)) for channel in range(3)]))
    strength = float(np.mean([noise_level(planes[..., channel]) for channel in range(planes.shape[2])]))
    smooth = _non_local_means(planes / 255, sigma=strength / 255) * 255
    return _finished(_unclipped(smooth, lambda value: value + sigma * _QUANTILES))


def remove_speckle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Multiplicative noise removed by non-local means of the logarithm, where it is additive."""
    planes = np.log1p(_planes(pixels).astype(np.float64))
    bright = planes[..., 0] > np.log1p(_UNCLIPPED[0])
    spread = noise_level(planes[..., 0] / _LOG_TOP * 255) / 255 * _LOG_TOP if bright.any() else 0.0
    smooth = np.expm1(_non_local_means(planes / _LOG_TOP, sigma=spread / _LOG_TOP) * _LOG_TOP)
    return _finished(
        _unclipped(smooth, lambda value: value * (1 + spread * _QUANTILES), through=np.log1p, back=np.expm1)
    )


def remove_impulses(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels at black or white that their 5x5 neighbourhood contradicts, replaced by its median."""
    median = np.asarray(cv2.medianBlur(pixels, 5), dtype=np.uint8)
    extreme = (pixels <= 2) | (pixels >= 253)  # noqa: PLR2004 - JPEG moves black and white by a level or two
    wrong = extreme & (np.abs(pixels.astype(np.int16) - median) > 24)  # noqa: PLR2004 - a tenth of the range
    return np.where(wrong, median, pixels).astype(np.uint8)


def _planes(pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
    """(H, W, 1) for a grey image whose noise alone is coloured, else (H, W, 3): averaging weakens the noise."""
    blurred = np.asarray(cv2.blur(pixels, (9, 9)), dtype=np.int16)
    chroma = np.percentile(np.ptp(blurred, axis=2), 90)
    if chroma < _GREY_CHROMA:
        grey: NDArray[np.floating] = pixels.mean(axis=2, keepdims=True)
        return grey
    return pixels.astype(np.float64)


def _non_local_means(planes: NDArray[np.floating], *, sigma: float) -> NDArray[np.floating]:
    """Planes (H, W, C) in [0, 1], each pixel the mean of those in its window that look alike."""
    height, width, channels = planes.shape
    strength = sigma * (_GREY_STRENGTH if channels == 1 else _COLOUR_STRENGTH)
    if strength <= 0:
        return planes
    search = int(np.clip(np.sqrt(_WORK / (height * width * channels)), 5, 21)) // 2 * 2 + 1
    levels = np.rint(np.clip(planes, 0, 1) * _TOP).astype(np.uint16)
    source = np.ascontiguousarray(levels[..., 0] if channels == 1 else levels)
    smooth = cv2.fastNlMeansDenoising(source, [strength * _TOP] * channels, None, _TEMPLATE, search, cv2.NORM_L1)
    result: NDArray[np.floating] = np.asarray(smooth, dtype=np.float64).reshape(planes.shape) / _TOP
    return result


def _unclipped(
    values: NDArray[np.floating],
    noisy: Callable[[float], NDArray[np.floating]],
    *,
    through: Callable[[NDArray[np.floating]], NDArray[np.floating]] = np.asarray,
    back: Callable[[NDArray[np.floating]], NDArray[np.floating]] = np.asarray,
) -> NDArray[np.floating]:
    """Undoes what clipping does to a mean: noise that cannot go below black makes black grey.

    `noisy` gives the values that noise makes of one; their clipped mean under `through` is what
    averaging found.
    """
    true = np.linspace(0, 255, 256)
    found = back(np.array([through(np.clip(noisy(float(value)), 0, 255)).mean() for value in true]))
    result: NDArray[np.floating] = np.interp(values, np.maximum.accumulate(found), true)
    return result


def _finished(planes: NDArray[np.floating]) -> NDArray[np.uint8]:
    levels = to_levels(planes)
    return np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels
