"""PSNR: peak signal-to-noise ratio of two images, from an exact sum of squares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.errors import ShapeError
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.shapes import check_images
from medgen_pytest.metrics.specs import PSNR as SPEC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.metrics.contract import Pair

_PEAK = 255
# Values a step; their buffers stay in the first and second level of cache.
_STRIP = 32_768

UPSTREAM_IDENTICAL = 100.0
"""What the benchmark's scripts count identical images as, in dB."""


def psnr(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio, `10 log10(255^2 / MSE)`.

    preds, target: uint8 arrays (H, W, 3) or (H, W); the mean squared error is taken over all pixels
    and channels. dB, [0, inf], higher is better; identical images give +inf. The same definition as
    scikit-image's `peak_signal_noise_ratio(data_range=255)`; the squares are summed as integers, so
    nothing wraps and nothing is rounded before the logarithm.

    Raises ShapeError for other types, shapes that differ and empty images.
    """
    check_images(preds, target)
    error = _squared_error(preds, target)
    if error == 0:
        return math.inf
    return 10 * math.log10(_PEAK * _PEAK * preds.size / error)


def _squared_error(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> int:
    """The sum of squared differences, exactly."""
    left, right = preds.reshape(-1), target.reshape(-1)
    return sum(
        _strip_error(left[start : start + _STRIP], right[start : start + _STRIP])
        for start in range(0, left.size, _STRIP)
    )


def _strip_error(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> int:
    # Larger minus smaller never wraps in uint8, and 255 squared still fits 16 bits.
    distance = np.maximum(left, right)
    distance -= np.minimum(left, right)
    squares = distance.astype(np.uint16)
    squares *= squares
    return int(squares.sum(dtype=np.uint64))


def _value(pair: Pair) -> float:
    if pair.pred_image is None or pair.target_image is None:
        raise ShapeError("psnr needs two images")
    return psnr(pair.pred_image, pair.target_image)


def _canonical(pair: Pair) -> Measured:
    return Measured(value=_value(pair))


def _upstream(pair: Pair) -> Measured:
    value = _value(pair)
    if math.isinf(value):
        return Measured(value=UPSTREAM_IDENTICAL, notes=("identical images, counted as 100 dB",))
    return Measured(value=value)


PSNR = Definition(spec=SPEC, canonical=_canonical, upstream=_upstream)
"""Upstream counts identical images as 100 dB, which images that differ in a few pixels may exceed."""
