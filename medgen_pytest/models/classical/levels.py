"""Levels: computed intensities as the 8 bits of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_levels(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Values on the scale 0 to 255, clipped and rounded to the nearest level."""
    levels: NDArray[np.uint8] = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return levels
