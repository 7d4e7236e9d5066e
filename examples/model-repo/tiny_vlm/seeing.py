"""Seeing: an image as 44 numbers that say how bright, how coloured and how rough it is, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEATURES = 44
_SIDE, _MEAN_OF = 40, 5  # images of any size are looked at in 40 x 40 pixels, each a mean of 5 x 5
_CELLS = 5


def features_of(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """image: floats in [0, 1], (H, W, 3). An array of FEATURES numbers, none much larger than 1."""
    small = _shrunk(image)
    grey = small.mean(axis=2)
    histogram = np.histogram(grey, bins=10, range=(0, 1))[0] / grey.size
    tint = (small - grey[..., None]).mean(axis=(0, 1)) * 5
    colourful = (small.max(axis=2) - small.min(axis=2)).mean() * 5
    rough = [np.abs(np.diff(grey, axis=axis)).mean() * 5 for axis in (0, 1)]
    cells = grey.reshape(_CELLS, _SIDE // _CELLS, _CELLS, _SIDE // _CELLS).mean(axis=(1, 3))
    return np.concatenate([histogram, tint, [colourful], rough, [grey.mean(), grey.std(), 1], cells.ravel()])


def _shrunk(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The image in _SIDE x _SIDE pixels."""
    rows, columns = (np.arange(_SIDE * _MEAN_OF) * length // (_SIDE * _MEAN_OF) for length in image.shape[:2])
    large = image[rows[:, None], columns[None, :]]
    small: NDArray[np.float64] = large.reshape(_SIDE, _MEAN_OF, _SIDE, _MEAN_OF, 3).mean(axis=(1, 3))
    return small
