"""Sequential tests: on which side of a bound the mean of a population lies, told while its values are being drawn."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

Side = Literal["above", "below"]

BETS = np.linspace(0.1, 0.99, 24) ** 2
"""Shares of the wealth that are put at risk, from 1 to 98 per cent; small ones tell small differences from none."""
SLACK = 1e-9
"""What rounding may make of a sum, as a share of the population."""


class SequentialTest:
    """A test that may be looked at after every value, for as long as one likes, and stopped at any time.

    The values are those of a finite population of `population` values in [0, 1], drawn one after another in a random
    order without replacement. `decision` says on which side of `bound` the mean of all of them lies. It is wrong with
    a probability of at most `level`, whenever it is looked at, and however the values depend on each other: the order
    alone is random. Once there it stays.

    A value that is not known is drawn as the least and the most that it may be: the decision `above` is then right
    whatever it is, and so is `below`; also where values get lost at no random moments.

    On each side money is bet against the mean being on the other one, at odds that are fair if it is just at the
    bound; who gains 1 / level does so by chance with a probability of at most level (Ville's inequality). The wealth is
    the mean of that of several bettors, each of whom puts a constant share at risk: Waudby-Smith and Ramdas,
    "Confidence sequences for sampling without replacement", NeurIPS 2020, and "Estimating means of bounded random
    variables by betting", JRSS B 2024.
    """

    def __init__(self, *, population: int, bound: float, level: float) -> None:
        """Raises ValueError for an empty population, a bound outside of [0, 1] and a level outside of ]0, 1[."""
        if population < 1 or not 0 <= bound <= 1 or not 0 < level < 1:
            raise ValueError(f"no test: population {population}, bound {bound}, level {level}")
        self._above = _Bettors(population, bound, level)
        self._below = _Bettors(population, 1 - bound, level)
        self._population = population
        self._drawn = 0
        self._decision: Side | None = None

    @property
    def drawn(self) -> int:
        """How many values were drawn."""
        return self._drawn

    @property
    def decision(self) -> Side | None:
        """Where the mean lies; None where that is not sure yet, and of a mean that is just the bound."""
        return self._decision

    def draw(self, low: float, high: float) -> None:
        """Takes the next value of the order, which is at least `low` and at most `high`.

        Raises ValueError for what is no range in [0, 1], and for more values than the population has.
        """
        if not 0 <= low <= high <= 1:
            raise ValueError(f"no range in [0, 1]: {low} to {high}")
        if self._drawn == self._population:
            raise ValueError(f"all {self._population} values are drawn")
        self._drawn += 1
        self._above.draw(low)
        self._below.draw(1 - high)
        if self._decision is None and self._above.have_won:
            self._decision = "above"
        elif self._decision is None and self._below.have_won:
            self._decision = "below"


class _Bettors:
    """Those who bet that the mean of a population is above a bound; the order of the values is random."""

    def __init__(self, population: int, bound: float, level: float) -> None:
        self._left = population
        self._rest = population * bound  # what all values to come may add up to, at most, if the mean is not above
        self._slack = population * SLACK
        self._wealth = np.zeros(len(BETS))  # logarithms
        self._goal = math.log(len(BETS) / level)
        self.have_won = False

    def draw(self, value: float) -> None:
        # A share of the wealth over the expected value: with values that are less than the true ones, which are not
        # known, each factor is less than it would be with those.
        if self._rest > self._slack:
            self._wealth += np.log1p(BETS * (value * self._left / self._rest - 1))
        self._left -= 1
        self._rest -= value
        surely = self._rest < -self._slack
        self.have_won = self.have_won or surely or float(np.logaddexp.reduce(self._wealth)) >= self._goal
