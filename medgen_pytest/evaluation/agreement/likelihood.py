"""The likelihood of calibration and run: a judge's two error rates at their best for a given accuracy rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_STEPS = 200
_ENOUGH = 1e-18
"""The squared Newton decrement, about twice what the log-likelihood can still gain."""
_REACH = 0.95
"""How much of the way to a bound one step may go."""
_LEAST = 1e-9
"""Stands for a cell that holds nothing, so that the rates stay inside (0, 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Verdicts of judge and experts on a calibration sample, and of the judge alone on further outputs.

    Arrays of one shape, one element a data set; need not be whole numbers. `true_accurate` and the like are those of
    `Confusion`; `more_accurate` and `more_inaccurate` count the judge's verdicts on outputs without experts.
    """

    true_accurate: Numbers
    false_accurate: Numbers
    false_inaccurate: Numbers
    true_inaccurate: Numbers
    more_accurate: Numbers
    more_inaccurate: Numbers


def fit_error_rates(rate: Numbers, counts: Counts, *, start: tuple[Numbers, Numbers]) -> tuple[Numbers, Numbers]:
    """The sensitivity a and the false alarm rate b that fit the counts best when `rate` is the accuracy rate t.

    Maximises, for each element, TA log a + FI log(1 - a) + FA log b + TI log(1 - b) + MA log q + MI log(1 - q) with
    q = t a + (1 - t) b, the chance that the judge finds an output accurate. A concave function of (a, b), so that
    Newton's method with steps that stay inside the square finds the one maximum, from any `start` within (0, 1).
    """
    first, second = start
    for _ in range(_STEPS):
        gain, step_first, step_second = _newton_step(rate, counts, first, second)
        if (gain <= _ENOUGH).all():
            break
        share = np.minimum(_room(first, step_first), _room(second, step_second))
        first, second = first + share * step_first, second + share * step_second
    return first, second


def _newton_step(rate: Numbers, counts: Counts, first: Numbers, second: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    judged = rate * first + (1 - rate) * second
    slope, bend = _derivatives(judged, counts.more_accurate, counts.more_inaccurate)
    slope_first, bend_first = _derivatives(first, counts.true_accurate + _LEAST, counts.false_inaccurate + _LEAST)
    slope_second, bend_second = _derivatives(second, counts.false_accurate + _LEAST, counts.true_inaccurate + _LEAST)
    slope_first, slope_second = slope_first + rate * slope, slope_second + (1 - rate) * slope
    bend_first, bend_second = bend_first + rate**2 * bend, bend_second + (1 - rate) ** 2 * bend
    bend_both = rate * (1 - rate) * bend
    # Both bends are positive definite sums, so this is above zero.
    determinant = bend_first * bend_second - bend_both**2
    step_first = (bend_second * slope_first - bend_both * slope_second) / determinant
    step_second = (bend_first * slope_second - bend_both * slope_first) / determinant
    return slope_first * step_first + slope_second * step_second, step_first, step_second


def _derivatives(share: Numbers, yes: Numbers, no: Numbers) -> tuple[Numbers, Numbers]:
    """The slope of yes log(share) + no log(1 - share), and how fast it falls."""
    above, below = yes / share, no / (1 - share)
    return above - below, above / share + below / (1 - share)


def _room(place: Numbers, step: Numbers) -> Numbers:
    """The share of a step that may be taken within (0, 1)."""
    bound = np.where(step > 0, 1 - place, place)
    return np.minimum(1.0, _REACH * bound / np.maximum(np.abs(step), np.finfo(np.float64).tiny))
