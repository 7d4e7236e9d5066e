"""Annotation: a box or a contour around the brightest compact region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2

from medgen_pytest.models.classical.regions import box_of, brightest_region
from medgen_pytest.models.classical.wording import box_in, quoted_in, says

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.models.classical.wording import Box

_COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
    "orange": (255, 165, 0),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
_COLOUR = re.compile(rf"\b({'|'.join(_COLOURS)})\b", re.IGNORECASE)
_LABEL_SCALE = 0.4
_LABEL_GAP = 4
_LABEL_HEIGHT = 12


def annotate(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image with the region marked in the colour and shape of the instruction: by default a red box."""
    height, width = pixels.shape[:2]
    named = box_in(instruction)
    box = named.within(width=width, height=height) if named else None
    mask = brightest_region(pixels)
    found = _COLOUR.search(instruction)
    colour = _COLOURS[found[1].lower()] if found else _COLOURS["red"]
    drawn = pixels.copy()
    box = box or box_of(mask)
    if named is None and says(instruction, "contour", "outline", "boundar", "delineat", "segment"):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, contours, -1, colour, _thickness(pixels))
    else:
        cv2.rectangle(drawn, (box.left, box.top), (box.right - 1, box.bottom - 1), colour, _thickness(pixels))
    for text in quoted_in(instruction)[:1]:
        _write(drawn, text, box, colour)
    return drawn


def _thickness(pixels: NDArray[np.uint8]) -> int:
    height, width = pixels.shape[:2]
    return max(1, int(min(height, width)) // 192)


def _write(drawn: NDArray[np.uint8], text: str, box: Box, colour: tuple[int, int, int]) -> None:
    """Sets the label above the box, or below where there is no room."""
    above = box.top - _LABEL_GAP
    base = above if above >= _LABEL_HEIGHT else box.bottom + _LABEL_HEIGHT
    # OpenCV's font has no letters beyond ASCII.
    label = text.encode("ascii", "replace").decode("ascii")
    cv2.putText(drawn, label, (box.left, base), cv2.FONT_HERSHEY_SIMPLEX, _LABEL_SCALE, colour, 1, cv2.LINE_8)
