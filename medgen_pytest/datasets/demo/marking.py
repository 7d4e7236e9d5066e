"""Marks: contours, boxes and blank squares set on an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.phantom import Box

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "yellow": (255, 255, 0),
}
"""Colours by the name under which instructions ask for them."""


def with_box(pixels: NDArray[np.uint8], box: Box, *, colour: str, width: int) -> NDArray[np.uint8]:
    """The image with the border of `box`, drawn inwards `width` pixels wide."""
    marked = pixels.copy()
    rows, columns = box.window
    frame = np.ones((rows.stop - rows.start, columns.stop - columns.start), dtype=np.bool_)
    frame[width:-width, width:-width] = False
    marked[rows, columns][frame] = COLOURS[colour]
    return marked


def with_contour(pixels: NDArray[np.uint8], mask: NDArray[np.bool_], *, colour: str, width: int) -> NDArray[np.uint8]:
    """The image with a line of `width` pixels just outside `mask`."""
    grown = mask
    for _ in range(width):
        grown = _grown(grown)
    marked = pixels.copy()
    marked[grown & ~mask] = COLOURS[colour]
    return marked


def with_blank(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The image with the inside of `box` black."""
    marked = pixels.copy()
    marked[box.window] = 0
    return marked


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded = np.pad(mask, 1)
    return padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
