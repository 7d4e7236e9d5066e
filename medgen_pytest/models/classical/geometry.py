"""Geometry: the projection of a stack of slices, and the oblique view of a plane."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2
import numpy as np

from medgen_pytest.images import resize
from medgen_pytest.models.classical.levels import to_levels
from medgen_pytest.models.classical.wording import says, slices_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_USUAL_SLICES = 3
_NEAR = re.compile(
    r"\bnear(?:er|est)?\s+(?:edge|side)\s+(?:on|at|to)\s+(?:the\s+)?(left|right|top|bottom)", re.IGNORECASE
)
_TURNS = {"right": 0, "top": 1, "left": 2, "bottom": 3}
_FAR_INSET = 0.08
_FAR_SHRINK = 0.12


def project(images: Sequence[NDArray[np.uint8]], instruction: str) -> NDArray[np.uint8]:
    """The slices combined into one plane: their maximum, or minimum or mean where the instruction says so.

    Several images are the slices; a single one is a strip of slices along its longer side.
    """
    slices = _same_size(images) if len(images) > 1 else _cut(images[0], slices_in(instruction) or _USUAL_SLICES)
    stack = np.stack(slices)
    if says(instruction, "minimum", "minip"):
        return np.asarray(stack.min(axis=0), dtype=np.uint8)
    if says(instruction, "mean intensity", "average intensity", "average projection", "mean projection"):
        return to_levels(stack.mean(axis=0))
    return np.asarray(stack.max(axis=0), dtype=np.uint8)


def _same_size(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    height, width = images[0].shape[:2]
    return [
        image if image.shape[:2] == (height, width) else resize(image, width=width, height=height) for image in images
    ]


def _cut(strip: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    axis = 1 if strip.shape[1] >= strip.shape[0] else 0
    length = strip.shape[axis] // count
    if length == 0:
        return [strip]
    return [np.take(strip, range(index * length, (index + 1) * length), axis=axis) for index in range(count)]


def view_obliquely(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The plane in perspective, its near edge where the instruction says, on the right by default; black around."""
    found = _NEAR.search(instruction)
    turns = _TURNS[found[1].lower() if found else "right"]
    return np.ascontiguousarray(np.rot90(_near_right(np.rot90(pixels, -turns)), turns))


def _near_right(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    right, bottom = width - 1, height - 1
    inset, shrink = _FAR_INSET * right, _FAR_SHRINK * bottom
    corners = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], dtype=np.float32)
    seen = np.array([(inset, shrink), (right, 0), (right, bottom), (inset, bottom - shrink)], dtype=np.float32)
    if min(right, bottom) < 1:
        return pixels
    matrix = cv2.getPerspectiveTransform(corners, seen)
    warped = cv2.warpPerspective(np.ascontiguousarray(pixels), matrix, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(warped, dtype=np.uint8)
