"""SSIM: structural similarity of two images, exact window sums in integers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.errors import ShapeError
from medgen_pytest.metrics.luma import luma
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.shapes import check_images
from medgen_pytest.metrics.specs import SSIM as SPEC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.metrics.contract import Pair

WINDOW = 7
"""Side of the uniform window in pixels."""

_AREA = WINDOW * WINDOW
_MARGIN = WINDOW - 1
_PEAK = 255.0
# The constants carry the factors 49 * 49 and 49 * 48 that the integer sums below are multiplied by.
_C1 = (0.01 * _PEAK) ** 2 * _AREA * _AREA
_C2 = (0.03 * _PEAK) ** 2 * _AREA * (_AREA - 1)

# Strips of this many pixels were the fastest of those measured with a second-level cache of 1 MB.
_STRIP_PIXELS = 20_480
_LEAST_ROWS = 40
# Wider images are turned, so that a strip stays small whatever the shape.
_WIDEST = 8_192


def ssim(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """Mean structural similarity of two images.

    preds, target: uint8 arrays (H, W), or (H, W, 3) that become grey by ITU-R 601 luma, rounded as
    Pillow does. The mean over every 7x7 window that lies inside the image of
    `(2 ux uy + C1) (2 vxy + C2) / ((ux^2 + uy^2 + C1) (vx + vy + C2))` with means u, sample variances
    and covariance v (divided by 48), `C1 = (0.01 * 255)^2`, `C2 = (0.03 * 255)^2`.

    No unit, [-1, 1], higher is better; identical images give exactly 1. The same definition as
    scikit-image's `structural_similarity(data_range=255)`. Source: Wang et al. 2004.

    Raises ShapeError for other types, shapes that differ and sides under 7 pixels.
    """
    check_images(preds, target, least=WINDOW)
    first, second = luma(preds), luma(target)
    height, width = first.shape
    if width > max(height, _WIDEST):
        first, second = first.T, second.T
    return float(_total(first, second) / ((height - _MARGIN) * (width - _MARGIN)))


@dataclass(frozen=True, slots=True)
class _Buffers:
    """Memory for one strip, used again for the next; the leading axes are (buffer, image or product)."""

    narrow: NDArray[np.uint16]
    wide: NDArray[np.int32]
    real: NDArray[np.float64]

    @classmethod
    def of(cls, pixels: int) -> _Buffers:
        return cls(
            np.empty((3, 2, pixels), np.uint16), np.empty((3, 2, pixels), np.int32), np.empty((3, pixels), np.float64)
        )


def _total(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """The sum of the similarity over all windows, strip by strip."""
    height, width = preds.shape
    windows = height - _MARGIN
    strips = math.ceil(windows / (max(_LEAST_ROWS, _STRIP_PIXELS // width) - _MARGIN))
    rows = math.ceil(windows / strips)
    buffers = _Buffers.of((rows + _MARGIN) * width)
    return math.fsum(
        _strip(preds[top : top + rows + _MARGIN], target[top : top + rows + _MARGIN], buffers)
        for top in range(0, windows, rows)
    )


def _strip(preds: NDArray[np.uint8], target: NDArray[np.uint8], buffers: _Buffers) -> float:
    """The sum of the similarity over the windows of a strip.

    The strip is taken as one line of pixels: a window is then 7 steps of `width` and 7 steps of 1.
    Windows that run over the end of a row are computed with the others and left out of the sum.
    """
    rows, width = preds.shape
    pixels = rows * width
    narrow, wide = buffers.narrow[:, :, :pixels], buffers.wide[:, :, :pixels]
    narrow[0, 0], narrow[0, 1] = preds.reshape(-1), target.reshape(-1)
    _products(narrow[0], wide)
    sums = _window_sums(narrow, width=width)
    squares = _window_sums(wide, width=width)
    values = _similarity(sums, squares, wide[1:, :, : sums.shape[1]], buffers.real[:, : sums.shape[1]])
    kept = rows - _MARGIN
    # The last row ends where its last window begins, so the line is 6 values short of full rows.
    body = values[: (kept - 1) * width].reshape(kept - 1, width)[:, : width - _MARGIN]
    return float(body.sum()) + float(values[(kept - 1) * width :].sum())


def _products(images: NDArray[np.uint16], wide: NDArray[np.int32]) -> None:
    """Fill `wide[0]` with x*x + y*y and x*y, the two products that the formula needs."""
    wide[2] = images
    np.multiply(wide[2], wide[2], out=wide[1])
    np.add(wide[1, 0], wide[1, 1], out=wide[0, 0])
    np.multiply(wide[2, 0], wide[2, 1], out=wide[0, 1])


def _window_sums(
    buffers: NDArray[np.uint16] | NDArray[np.int32], *, width: int
) -> NDArray[np.uint16] | NDArray[np.int32]:
    """The 7x7 window sums of `buffers[0]`, which they replace; the other two are scratch."""
    length = _sums_of_seven(buffers[0], buffers[1], buffers[2], step=width)
    length = _sums_of_seven(buffers[1, :, :length], buffers[0], buffers[2], step=1)
    return buffers[0, :, :length]


def _sums_of_seven(
    values: NDArray[np.uint16] | NDArray[np.int32],
    out: NDArray[np.uint16] | NDArray[np.int32],
    scratch: NDArray[np.uint16] | NDArray[np.int32],
    *,
    step: int,
) -> int:
    """Fill `out` with the sums of seven values `step` apart, as 4 + 2 + 1; say how many there are."""
    length = values.shape[1]
    twos, fours, sevens = length - step, length - 3 * step, length - 6 * step
    np.add(values[:, :twos], values[:, step:], out=out[:, :twos])
    np.add(out[:, :fours], out[:, 2 * step : twos], out=scratch[:, :fours])
    np.add(scratch[:, :sevens], out[:, 4 * step : 4 * step + sevens], out=scratch[:, :sevens])
    np.add(scratch[:, :sevens], values[:, 6 * step :], out=out[:, :sevens])
    return int(sevens)


def _similarity(
    sums: NDArray[np.uint16] | NDArray[np.int32],
    squares: NDArray[np.uint16] | NDArray[np.int32],
    spare: NDArray[np.int32],
    real: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The similarity of each window from its sums; integers (under 2**31) until the last steps.

    For equal images numerator and denominator are the same numbers, hence exactly 1.
    """
    means, (cross, both) = spare[0], spare[1]
    means[...] = sums
    np.multiply(means[0], means[1], out=cross)
    np.multiply(means, means, out=means)
    np.add(means[0], means[1], out=both)
    np.multiply(squares, _AREA, out=squares)
    np.subtract(squares[0], both, out=squares[0])
    np.subtract(squares[1], cross, out=squares[1])
    np.add(cross, cross, out=cross)
    np.add(squares[1], squares[1], out=squares[1])
    above: NDArray[np.float64] = real[0]
    below, factor = real[1], real[2]
    _product_of_sums(cross, squares[1], above, factor)
    _product_of_sums(both, squares[0], below, factor)
    np.divide(above, below, out=above)
    return above


def _product_of_sums(
    left: NDArray[np.int32],
    right: NDArray[np.uint16] | NDArray[np.int32],
    out: NDArray[np.float64],
    factor: NDArray[np.float64],
) -> None:
    """Fill `out` with (left + C1) * (right + C2)."""
    out[...], factor[...] = left, right
    np.add(out, _C1, out=out)
    np.add(factor, _C2, out=factor)
    np.multiply(out, factor, out=out)


def _measure(pair: Pair) -> Measured:
    if pair.pred_image is None or pair.target_image is None:
        raise ShapeError("ssim needs two images")
    return Measured(value=ssim(pair.pred_image, pair.target_image))


SSIM = Definition(spec=SPEC, canonical=_measure, upstream=_measure)
"""Both conventions are the same computation: the authors' scripts follow the definition here."""
