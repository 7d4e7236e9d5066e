"""Quantiles of the normal curve and of Student's t.

scipy has them; but its import takes most of the time that the end of a small run takes, and every run has intervals.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from medgen_pytest.evaluation.statistics.clusters import Numbers

_SUMMED_UP_TO = 1000
_HALVINGS = 60


def normal_quantile(share: float) -> float:
    """The number below which a standard normal one lies with this chance, 0..1 without the ends."""
    return NormalDist().inv_cdf(share)


def normal_quantiles(shares: Numbers) -> Numbers:
    """`normal_quantile` of each share, (k,)."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(share) for share in shares.tolist()])


def normal_shares(numbers: Numbers) -> Numbers:
    """The chance that a standard normal number is below each of these, of any shape."""
    found = [math.erfc(-number / math.sqrt(2)) / 2 for number in numbers.ravel().tolist()]
    return np.array(found).reshape(numbers.shape)


def student_quantiles(freedom: Numbers, tail: float) -> Numbers:
    """The quantile at `tail`, below 1/2, of Student's t with each number of degrees of freedom, (k,), whole ones."""
    each, places = np.unique(freedom, return_inverse=True)
    found = [_student_quantile(round(one), tail) for one in each.tolist()]
    return np.array(found)[places] if len(each) else np.zeros(0)


@lru_cache(maxsize=10_000)  # a run asks for those of the same few numbers again and again
def _student_quantile(freedom: int, tail: float) -> float:
    """Up to 1,000 by bisection of the finite sum, beyond by the expansion around the normal quantile, both to 1e-12.

    Source: Abramowitz and Stegun 1964, Handbook of Mathematical Functions, 26.7.3 and 26.7.4; 26.7.5.
    """
    if freedom > _SUMMED_UP_TO:
        return -_expanded(freedom, -normal_quantile(tail))
    steps = np.arange(freedom % 2, freedom - 2, 2) + 1.0
    factors: Numbers = np.cumprod(np.concatenate([[1.0], steps / (steps + 1)])).astype(np.float64)
    powers: Numbers = 2.0 * np.arange(len(factors), dtype=np.float64)
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        angle = (low + high) / 2
        is_below = _within(angle, freedom, factors, powers) < 1 - 2 * tail
        low, high = (angle, high) if is_below else (low, angle)
    return -math.sqrt(freedom) * math.tan((low + high) / 2)


def _within(angle: float, freedom: int, factors: Numbers, powers: Numbers) -> float:
    """The chance that |t| is at most sqrt(freedom) tan(angle)."""
    if freedom == 1:
        return 2 * angle / math.pi
    terms = float(factors @ math.cos(angle) ** powers)
    if freedom % 2:
        return 2 / math.pi * (angle + math.sin(angle) * math.cos(angle) * terms)
    return math.sin(angle) * terms


def _expanded(freedom: int, z: float) -> float:
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))
