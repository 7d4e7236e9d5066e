"""Cosine: how alike two vectors point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MATRIX = 2


def cosine_similarities(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """The cosine of each row of one matrix with the same row of another.

    first, second: (n, d), like the embeddings of n texts and of the n images they belong to; lengths do
    not matter. `a . b / sqrt((a . a) (b . b))`, float64 (n,), in [-1, 1], higher is more alike; equal rows
    give exactly 1. A row of zeros has no direction and gives NaN, as does one that is not finite.

    Raises ShapeError for anything but two matrices of one shape.
    """
    if first.ndim != _MATRIX or first.shape != second.shape:
        raise ShapeError(f"embeddings of shapes {first.shape} and {second.shape}; two matrices of one shape are needed")
    left, right = _scaled(first), _scaled(second)
    lengths = np.sqrt(_products(left, left) * _products(right, right))
    cosines = np.full(len(left), np.nan)
    np.divide(_products(left, right), lengths, out=cosines, where=lengths > 0)
    return np.asarray(np.clip(cosines, -1.0, 1.0))


def _scaled(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rows with values of at most 1, so that no square overflows or vanishes; rows that cannot be are zeros."""
    values = rows.astype(np.float64)
    largest = np.abs(values).max(axis=1, initial=0.0, keepdims=True)
    usable = np.isfinite(largest) & (largest > 0)
    return np.asarray(np.divide(values, largest, out=np.zeros_like(values), where=usable))


def _products(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((left * right).sum(axis=1))
