"""MS-SSIM: structural similarity of two images at five scales."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.errors import ShapeError
from medgen_pytest.metrics.gaussian_windows import WINDOW, window_moments
from medgen_pytest.metrics.luma import luma
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.shapes import check_images
from medgen_pytest.metrics.specs import MS_SSIM as SPEC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.metrics.contract import Pair

    Planes = NDArray[np.int16] | NDArray[np.float64]
    Reals = NDArray[np.float64]

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The exponent of each scale, from the finest to the coarsest."""

LEAST_SIDE = WINDOW * 2 ** (len(WEIGHTS) - 1)
"""The shortest side in pixels: at the coarsest scale it is as long as a window."""

_PEAK = 255
_C1 = (0.01 * _PEAK) ** 2
_C2 = (0.03 * _PEAK) ** 2

# Wider images are turned, so that the memory for some rows stays small whatever the shape.
_WIDEST = 8_192


def ms_ssim(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """Structural similarity of two images over five scales.

    preds, target: uint8 arrays (H, W), or (H, W, 3) that become grey by ITU-R 601 luma as for SSIM. At
    each scale, over every 11x11 window inside the image with Gaussian weights (standard deviation 1.5),
    means u, variances and covariance v: the contrast and structure `cs` is the mean of
    `(2 vxy + C2) / (vx + vy + C2)`, at the coarsest scale of that times
    `(2 ux uy + C1) / (ux^2 + uy^2 + C1)`, with `C1 = (0.01 * 255)^2`, `C2 = (0.03 * 255)^2`. The value is
    the product of `max(cs, 0) ** weight` with weights 0.0448, 0.2856, 0.3001, 0.2363, 0.1333.

    From one scale to the next every 2x2 pixels become their mean; where a side is odd, its last pixels
    stand alone. This is what the code of the metric's authors does. piq takes the same windows and adds
    the missing pixels at the first edge instead, so it is equal for sides that are multiples of 16;
    torchmetrics drops the last pixels and mirrors the image at its edges on the coarsest scale.

    No unit, [0, 1], higher is better; identical images give exactly 1. A scale whose mean is negative
    (structures that are inverted, or unrelated noise) counts as 0 and makes the whole value 0: a
    negative number has no real power, and the libraries cut there too. Source: Wang, Simoncelli, Bovik 2003.

    Raises ShapeError for other types, shapes that differ and sides under 176 pixels.
    """
    check_images(preds, target, least=LEAST_SIDE)
    first, second = luma(preds), luma(target)
    if first.shape[1] > max(first.shape[0], _WIDEST):
        first, second = first.T, second.T
    planes: Planes = _sum_and_difference(first, second)
    means = [_contrast(planes)]
    for _ in WEIGHTS[2:]:
        planes = _halved(planes)
        means.append(_contrast(planes))
    means.append(_similarity(_halved(planes)))
    return math.prod(math.pow(max(mean, 0.0), weight) for mean, weight in zip(means, WEIGHTS, strict=True))


def _sum_and_difference(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Planes (H, 2, W) of x + y - 255 and x - y.

    Their variances p and q hold what the formulas need: vx + vy = (p + q) / 2 and 2 vxy = (p - q) / 2.
    Equal images have q = 0 exactly, hence a value of exactly 1. The 255 keep the squares small.
    """
    planes = np.empty((preds.shape[0], 2, preds.shape[1]), np.int16)
    np.add(preds, target, out=planes[:, 0], dtype=np.int16)
    np.subtract(planes[:, 0], _PEAK, out=planes[:, 0])
    np.subtract(preds, target, out=planes[:, 1], dtype=np.int16)
    return planes


def _halved(planes: Planes) -> Reals:
    """The means of every 2x2 pixels; at an odd side the last pixels count twice."""
    upper, lower = planes[::2], planes[1::2]
    if len(lower) < len(upper):
        lower = np.concatenate([lower, upper[-1:]])
    rows = np.add(upper, lower, dtype=np.float64)
    left, right = rows[:, :, ::2], rows[:, :, 1::2]
    if right.shape[2] < left.shape[2]:
        right = np.concatenate([right, left[:, :, -1:]], axis=2)
    halved: Reals = left + right
    halved *= 0.25
    return halved


def _contrast(planes: Planes) -> float:
    """The mean contrast and structure over all windows."""
    total = math.fsum(float(_ratio(variances, 2 * _C2).sum()) for _, variances in window_moments(planes))
    return total / _windows(planes)


def _similarity(planes: Planes) -> float:
    """The mean of luminance times contrast and structure over all windows."""
    total = math.fsum(
        float(np.multiply(_ratio(_squared_sums(means), 2 * _C1), _ratio(variances, 2 * _C2)).sum())
        for means, variances in window_moments(planes)
    )
    return total / _windows(planes)


def _squared_sums(means: Reals) -> Reals:
    """(ux + uy)^2 and (ux - uy)^2 from the means of the planes."""
    sums = means.copy()
    sums[:, 0] += _PEAK
    return np.square(sums, out=sums)


def _ratio(moments: Reals, constant: float) -> Reals:
    """(p - q + c) / (p + q + c) of moments (rows, 2, columns); 1 where q is 0."""
    first, second = moments[:, 0], moments[:, 1]
    above = first - second
    above += constant
    below = first + second
    below += constant
    return np.divide(above, below, out=above)


def _windows(planes: Planes) -> int:
    height, _, width = planes.shape
    return int((height - WINDOW + 1) * (width - WINDOW + 1))


def _measure(pair: Pair) -> Measured:
    if pair.pred_image is None or pair.target_image is None:
        raise ShapeError("ms_ssim needs two images")
    return Measured(value=ms_ssim(pair.pred_image, pair.target_image))


MS_SSIM = Definition(spec=SPEC, canonical=_measure, upstream=_measure)
"""Both conventions are the same computation: the authors' scripts do not compute it, their paper cites it."""
