"""Gaussian windows: weighted means and variances around every pixel, as products of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

WINDOW = 11
"""Side of the window in pixels."""

_SIGMA = 1.5
_MARGIN = WINDOW - 1
# So many windows side by side are one product with a banded matrix. Few make many small products, many
# multiply by zeros: 32 was the fastest of 16, 32 and 64.
_STEP = 32
# So many columns are filtered at once. The products stay below the size from which OpenBLAS shares one among
# threads, which cost forty times the time on a machine whose cores were busy with other workers.
_COLUMNS = 128


def window_moments(planes: NDArray[np.number]) -> Iterator[tuple[Reals, Reals]]:
    """Means and variances of every 11x11 window that lies inside two planes, some rows at a time.

    planes: (H, 2, W), both sides at least 11. Each item is (means, variances), float64 (rows, 2, W - 10),
    weighted by a Gaussian of standard deviation 1.5 whose weights sum to 1; a variance is the weighted
    mean of the squares less the square of the mean, and never negative. The next item takes the memory
    of the last.
    """
    height, _, width = planes.shape
    band = _band(_STEP)
    block = np.empty((_STEP + _MARGIN, 4, width))
    narrowed = np.empty((_STEP, 4, width))
    results = np.empty((_STEP, 4, width - _MARGIN))
    for top in range(0, height - _MARGIN, _STEP):
        rows = min(_STEP, height - _MARGIN - top)
        source, middle, result = block[: rows + _MARGIN], narrowed[:rows], results[:rows]
        source[:, :2] = planes[top : top + rows + _MARGIN]
        np.square(source[:, :2], out=source[:, 2:])
        _filter_columns(source.reshape(rows + _MARGIN, 4 * width), band, out=middle.reshape(rows, 4 * width))
        _filter_rows(middle.reshape(4 * rows, width), band, out=result.reshape(4 * rows, width - _MARGIN))
        means, variances = result[:, :2], result[:, 2:]
        np.subtract(variances, np.square(means), out=variances)
        np.maximum(variances, 0.0, out=variances)
        yield means, variances


def _filter_columns(lines: Reals, band: Reals, *, out: Reals) -> None:
    """Fill `out` with the weighted means down every column."""
    weights = band[: len(out), : len(lines)]
    for left in range(0, lines.shape[1], _COLUMNS):
        columns = slice(left, left + _COLUMNS)
        np.matmul(weights, lines[:, columns], out=out[:, columns])


def _filter_rows(lines: Reals, band: Reals, *, out: Reals) -> None:
    """Fill `out` with the weighted means along every row."""
    length = out.shape[1]
    for left in range(0, length, _STEP):
        columns = min(_STEP, length - left)
        weights = band[:columns, : columns + _MARGIN].T
        np.matmul(lines[:, left : left + columns + _MARGIN], weights, out=out[:, left : left + columns])


def _band(count: int) -> Reals:
    """The matrix whose product with `count + 10` values in a row are the weighted means of `count` windows."""
    distances = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-np.square(distances) / (2 * _SIGMA**2))
    weights /= weights.sum()
    band = np.zeros((count, count + _MARGIN))
    for row in range(count):
        band[row, row : row + WINDOW] = weights
    return band
