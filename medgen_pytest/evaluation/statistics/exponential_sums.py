"""Sums of exponential numbers with weights of both signs: the chance that such a sum is at most 0."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.evaluation.statistics.clusters import Numbers

_STEP = 0.15
_BLOCK = 32
_AT_ONCE = 1 << 16
_STEPS_AT_MOST = 480
_NOTHING = 1e-17
_HALVINGS = 30


def chances_up_to_zero(weights: Numbers, times: Numbers | float = 1.0) -> Numbers:
    """The chance that sum_k w_k E_k <= 0, (rows,), E_k independent and exponential with mean 1; weights, (rows, k).

    `times`, (k,), is how often each weight is there, at least once; parts are allowed. The chance is an integral of
    prod_k (1 - w_k s)^-times_k / s over a path round the poles of one side. To 1e-10, by the trapezoidal rule along the
    hyperbola through the saddle point that is bent as the path of steepest descent is there: on it hardly anything
    oscillates, and what is left falls off so fast that some 20 steps do for thousands of weights.
    Source: Rice 1980 (SIAM Journal on Scientific and Statistical Computing 1:438) for such paths.
    """
    largest = np.abs(weights).max(axis=1)
    found = np.where(weights.max(axis=1) > 0, 0.0, 1.0)
    mixed = (weights.min(axis=1) < 0) & (weights.max(axis=1) > 0)
    if mixed.any():
        found[mixed] = _mixed(weights[mixed] / largest[mixed][:, None], times)
    return found


def _mixed(weights: Numbers, times: Numbers | float) -> Numbers:
    """The same of rows in which some weights are below 0 and some above, all in -1..1."""
    tilts = _tilts(weights, times)
    rest = 1 - tilts[:, None] * weights
    tilted = weights / rest
    squares = (times * tilted**2).sum(axis=1)
    scales, bends = 1 / np.sqrt(squares), 2 / 3 * (times * tilted**3).sum(axis=1) / squares**1.5
    total = np.zeros(len(weights))
    block = max(1, min(_BLOCK, _AT_ONCE // weights.size))
    for start in range(0, _STEPS_AT_MOST, block):
        places = _STEP * np.arange(start, start + block)[:, None]
        up, out = np.sinh(places), np.cosh(places)
        off = scales * (bends * (out - 1) + 1j * up)
        terms = _products(tilted, times, off) * scales * (bends * up + 1j * out) / (tilts + off)
        total += terms.imag.sum(axis=0) - (terms[0].imag / 2 if start == 0 else 0.0)
        if (np.abs(terms[-1]) <= _NOTHING).all():
            break
    factors = np.exp(-(times * np.log(rest)).sum(axis=1))
    return np.asarray(np.clip(-_STEP / math.pi * factors * total, 0.0, 1.0))


def _products(tilted: Numbers, times: Numbers | float, off: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """prod_k (1 - w_k z)^-times_k at places z, (places, rows)."""
    real, imaginary = tilted * off.real[:, :, None], tilted * off.imag[:, :, None]
    sizes = np.log1p(real * (real - 2) + imaginary**2) / 2
    angles = np.arctan2(imaginary, 1 - real)
    return np.asarray(np.exp(1j * (times * angles).sum(axis=2) - (times * sizes).sum(axis=2)))


def _tilts(weights: Numbers, times: Numbers | float) -> Numbers:
    """Where the path crosses the real axis, (rows,): at the saddle point, but a little below 0 where that is not."""
    lows, highs = 1 / weights.min(axis=1), np.zeros(len(weights))
    for _ in range(_HALVINGS):
        middles = (lows + highs) / 2
        falls = (times * weights / (1 - middles[:, None] * weights)).sum(axis=1) < 0
        lows, highs = np.where(falls, middles, lows), np.where(falls, highs, middles)
    return np.asarray(np.minimum(highs, -0.5 / np.sqrt((times * weights**2).sum(axis=1))))
