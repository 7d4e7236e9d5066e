"""Sums of exponential numbers with weights of both signs: the chance that such a sum is at most 0."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.evaluation.statistics.clusters import Numbers

_STEP = 0.12
_PATHS = ((1.0, _STEP), (0.5, _STEP), *((0.0, _STEP / 2**halved) for halved in range(8)))
"""How much a path is bent, and its steps; a straight one always gets there, the finer the surer."""
_AGREES = 1e-6
_FARTHEST = 57.6
_BLOCK = 32
_AT_ONCE = 1 << 16
_NOTHING = 1e-17
_OFF_ZERO = 0.8
_HALVINGS = 30


def chances_up_to_zero(weights: Numbers, times: Numbers | float = 1.0) -> Numbers:
    """The chance that sum_k w_k E_k <= 0, (rows,), E_k independent and exponential with mean 1; weights, (rows, k).

    `times`, (k,), is how often each weight is there, at least once; parts are allowed. The chance is an integral of
    prod_k (1 - w_k s)^-times_k / s over a path round the poles of one side. To 1e-12 of itself or of what it lacks to
    1, whichever is less, by the trapezoidal rule along the hyperbola through the saddle point that is bent as the path
    of steepest descent is there: on it hardly anything oscillates, and what is left falls off so fast that some 25
    steps do for thousands of weights. Where that leads astray, as with one weight much larger than the others, every
    other step says something else, and a path that is bent less is taken. The saddle point lies on the side of the
    poles for sums with a mean above 0; of one below, the chance of the opposite sum is found. Raises FloatingPointError
    where no path agrees with itself, which was never seen.
    Source: Rice 1980 (SIAM Journal on Scientific and Statistical Computing 1:438) for such paths.
    """
    found = np.where(weights.max(axis=1) > 0, 0.0, 1.0)
    mixed = (weights.min(axis=1) < 0) & (weights.max(axis=1) > 0)
    if mixed.any():
        scaled = weights[mixed] / np.abs(weights[mixed]).max(axis=1)[:, None]
        is_below = (times * scaled).sum(axis=1) < 0
        chances = _mixed(np.where(is_below[:, None], -scaled, scaled), times)
        found[mixed] = np.where(is_below, 1 - chances, chances)
    return found


def _mixed(weights: Numbers, times: Numbers | float) -> Numbers:
    """The same of rows with a sum of at least 0, in which some weights are below 0 and some above, all in -1..1."""
    tilts = _tilts(weights, times)
    found, left = np.zeros(len(weights)), np.arange(len(weights))
    for bent, step in _PATHS:
        fine, rough = _integrals(weights[left], times, tilts[left], bent=bent, step=step)
        found[left] = fine
        # The error of all steps is about the square of that of every other one.
        left = left[~(np.abs(fine - rough) <= _AGREES * np.abs(fine) + _NOTHING)]
        if not len(left):
            return np.asarray(np.clip(found, 0.0, 1.0))
    raise FloatingPointError("the chance of a sum of exponential numbers cannot be computed")


def _integrals(
    weights: Numbers, times: Numbers | float, tilts: Numbers, *, bent: float, step: float
) -> tuple[Numbers, Numbers]:
    """The integrals along a path through the tilts, (rows,): by all of its steps, and by every other one."""
    rest = 1 - tilts[:, None] * weights
    tilted = weights / rest
    squares = (times * tilted**2).sum(axis=1)
    scales, bends = 1 / np.sqrt(squares), bent * 2 / 3 * (times * tilted**3).sum(axis=1) / squares**1.5
    fine, rough = np.zeros(len(weights)), np.zeros(len(weights))
    block = 2 * max(1, min(_BLOCK, _AT_ONCE // weights.size) // 2)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # of a path that leads astray
        for start in range(0, math.ceil(_FARTHEST / step), block):
            places = step * np.arange(start, start + block)[:, None]
            up, out = np.sinh(places), np.cosh(places)
            off = scales * (bends * (out - 1) + 1j * up)
            terms = _products(tilted, times, off) * scales * (bends * up + 1j * out) / (tilts + off)
            if start == 0:
                terms[0] /= 2
            fine += terms.imag.sum(axis=0)
            rough += 2 * terms.imag[::2].sum(axis=0)
            if (np.abs(terms[-1]) <= _NOTHING).all():
                break
        factors = -step / math.pi * np.exp(-(times * np.log(rest)).sum(axis=1))
        return factors * fine, factors * rough


def _products(tilted: Numbers, times: Numbers | float, off: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """prod_k (1 - w_k z)^-times_k at places z, (places, rows)."""
    real, imaginary = tilted * off.real[:, :, None], tilted * off.imag[:, :, None]
    sizes = np.log1p(real * (real - 2) + imaginary**2) / 2
    angles = np.arctan2(imaginary, 1 - real)
    return np.asarray(np.exp(1j * (times * angles).sum(axis=2) - (times * sizes).sum(axis=2)))


def _tilts(weights: Numbers, times: Numbers | float) -> Numbers:
    """Where the path crosses the real axis, (rows,): at the saddle point, but below 0, where there is a pole."""
    lows, highs = 1 / weights.min(axis=1), np.zeros(len(weights))
    for _ in range(_HALVINGS):
        middles = (lows + highs) / 2
        falls = (times * weights / (1 - middles[:, None] * weights)).sum(axis=1) < 0
        lows, highs = np.where(falls, middles, lows), np.where(falls, highs, middles)
    return np.asarray(np.minimum(highs, -_OFF_ZERO / np.sqrt((times * weights**2).sum(axis=1))))
