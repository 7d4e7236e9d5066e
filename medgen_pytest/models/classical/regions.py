"""Regions: the brightest compact part of an image, and parts that somebody blackened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from medgen_pytest.models.classical.style import luminance
from medgen_pytest.models.classical.wording import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLUR = 1 / 10
_DEPTH = 0.7
_REACH = 1 / 8
_RECTANGULAR = 0.95
_SMALLEST = 36


def brightest_region(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mask (H, W) of the connected part that is brightest on average over a compact neighbourhood.

    It reaches from its peak most of the way down to the median of the image, but no farther than an
    eighth of the shorter side, or it would not be compact.
    """
    grey = luminance(pixels)
    height, width = grey.shape
    shorter = min(height, width)
    smooth = _smoothed(grey, side=max(1, round(shorter * _BLUR)))
    y, x = np.unravel_index(int(smooth.argmax()), smooth.shape)
    threshold = _DEPTH * float(np.median(smooth)) + (1 - _DEPTH) * float(smooth[y, x])
    reach = max(1, round(shorter * _REACH))
    bright = np.zeros((height, width), np.uint8)
    window = (slice(max(y - reach, 0), y + reach + 1), slice(max(x - reach, 0), x + reach + 1))
    bright[window] = smooth[window] >= threshold
    labels = np.asarray(cv2.connectedComponents(bright)[1])
    mask: NDArray[np.uint8] = (labels == labels[y, x]).astype(np.uint8)
    return mask


def _smoothed(grey: NDArray[np.uint8], *, side: int) -> NDArray[np.floating]:
    """Two box filters, nearly a Gaussian, whose time does not grow with the side."""
    values = grey.astype(np.float32)
    return np.asarray(cv2.blur(cv2.blur(values, (side, side)), (side, side)), dtype=np.float32)


def box_of(mask: NDArray[np.uint8]) -> Box:
    """The smallest box that holds a mask, which must not be empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def black_rectangle(pixels: NDArray[np.uint8]) -> Box | None:
    """The largest rectangle of pure black that does not touch the border; None without one."""
    height, width = pixels.shape[:2]
    black = (pixels.max(axis=2) == 0).astype(np.uint8)
    _, _, table, _ = cv2.connectedComponentsWithStats(black)
    found: list[tuple[int, Box]] = []
    for left, top, wide, high, area in np.asarray(table)[1:].tolist():
        box = Box(left, top, left + wide, top + high)
        inside = left > 0 and top > 0 and box.right < width and box.bottom < height
        if inside and area >= max(_SMALLEST, _RECTANGULAR * wide * high):
            found.append((area, box))
    return max(found)[1] if found else None
