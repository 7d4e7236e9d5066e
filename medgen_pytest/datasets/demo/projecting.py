"""Projections: stacks of slices as strips and maxima, a plane seen from the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import to_pixels, to_values
from medgen_pytest.datasets.demo.plane import soft
from medgen_pytest.datasets.demo.texture import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FAR_SCALE = 0.6
_MARGIN = 0.08


def strip(slices: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Slices of one size side by side, first on the left."""
    return np.concatenate(list(slices), axis=1)


def maximum_intensity(slices: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The largest value of each pixel along the stack."""
    return np.asarray(np.max(np.stack(list(slices)), axis=0), dtype=np.uint8)


def oblique(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image plane turned in perspective, its right edge near the viewer, on black."""
    height, width = pixels.shape[:2]
    across = (np.arange(width, dtype=np.float64) / (width - 1) - _MARGIN) / (1.0 - 2.0 * _MARGIN)
    scale = np.clip(_FAR_SCALE + (1.0 - _FAR_SCALE) * across, 0.1, None)
    # With linear scale on the screen, equal steps on the plane shrink towards the far edge.
    columns = np.broadcast_to(across / scale * (width - 1), (height, width))
    middle = (height - 1) / 2
    down = np.arange(height, dtype=np.float64)[:, None] - middle
    rows = down / (scale * (1.0 - _MARGIN)) + middle
    inside = _within(rows, height) * _within(columns, width)
    return to_pixels(sample(to_values(pixels), rows, columns) * inside[..., None])


def _within(position: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return soft(position + 0.5, edge=1.0) * soft(size - 0.5 - position, edge=1.0)
