"""Inpainting: a part of the image filled from its surroundings by Telea's fast marching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from medgen_pytest.models.classical.regions import black_rectangle, brightest_region
from medgen_pytest.models.classical.wording import Box, box_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RADIUS = 5
_MARGIN = 24
# Telea's time grows with the filled area; larger ones are filled at a smaller scale.
_LARGEST_AREA = 256 * 256


def remove_structure(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image without what lies in the box of the instruction, else without its brightest compact region."""
    mask = _box_mask(pixels, box_in(instruction))
    if mask is None:
        mask = np.asarray(cv2.dilate(brightest_region(pixels), np.ones((5, 5), np.uint8)), dtype=np.uint8)
    return fill(pixels, mask)


def reconstruct_structure(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image with the hidden box of the instruction filled, else its largest black rectangle."""
    mask = _box_mask(pixels, box_in(instruction) or black_rectangle(pixels))
    return pixels if mask is None else fill(pixels, mask)


def fill(pixels: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image with the pixels of a mask (H, W) filled from those around; a full mask leaves it as it is."""
    if not mask.any() or mask.all():
        return pixels
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = (
        slice(max(rows[0] - _MARGIN, 0), rows[-1] + 1 + _MARGIN),
        slice(max(columns[0] - _MARGIN, 0), columns[-1] + 1 + _MARGIN),
    )
    part, hidden = np.ascontiguousarray(pixels[window]), np.ascontiguousarray(mask[window])
    filled = pixels.copy()
    filled[window] = np.where(hidden[..., np.newaxis] > 0, _filled(part, hidden), part)
    return filled


def _filled(part: NDArray[np.uint8], hidden: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = hidden.shape
    scale = min(1.0, float(np.sqrt(_LARGEST_AREA / max(1, int(hidden.sum())))))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        # The mask may only grow: a pixel that is partly hidden must not enter the filling.
        small = np.asarray(cv2.resize(hidden * 255, size, interpolation=cv2.INTER_AREA))
        result = cv2.inpaint(
            cv2.resize(part, size, interpolation=cv2.INTER_AREA),
            (small > 0).astype(np.uint8),
            _RADIUS,
            cv2.INPAINT_TELEA,
        )
        return np.asarray(cv2.resize(result, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    return np.asarray(cv2.inpaint(part, hidden, _RADIUS, cv2.INPAINT_TELEA), dtype=np.uint8)


def _box_mask(pixels: NDArray[np.uint8], box: Box | None) -> NDArray[np.uint8] | None:
    height, width = pixels.shape[:2]
    inside = box.within(width=width, height=height) if box else None
    if inside is None:
        return None
    mask = np.zeros((height, width), np.uint8)
    mask[inside.top : inside.bottom, inside.left : inside.right] = 1
    return mask
