"""False alarms of runs that end early, and what they save: `python benchmarks/early_stop.py [--runs N] [--seed N]`.

First the rate of the whole run is exactly the bound of the gate, where every early decision is a false one: "above"
lets a gate hold that the next sample would breach, "below" the other way round. Each may happen in at most 5 % of all
runs, the level. Samples stand alone, or in clusters of 4 that all have one answer, and come in the order in which runs
ask them. The same is asked of orders that are balanced over strata, in which the test is not valid: strata that take
turns, as a limit takes them, and a proportional share of each stratum, in random order within it. Then the rate is some
points off the bound. Prints, for each setting, the shares of runs that are decided on
either side, and how many samples that took. Many runs are played at once, in arrays; some of each setting are played
again by the test that runs use, which must say the same.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.random_order import random_place
from medgen_pytest.evaluation.statistics import SequentialTest
from medgen_pytest.evaluation.statistics.sequential import BETS, SLACK

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

LEVEL = 0.05
SIZE = 4
"""Samples of a cluster."""
PLAYED_AGAIN = 10
"""Runs of each setting that are compared with those of the test itself."""
ALARMS = [(samples, rate, size) for samples in (200, 1000) for rate in (0.1, 0.5, 0.8, 0.95) for size in (1, SIZE)]
"""Samples of a run, its rate, which is the bound, and samples of a cluster."""
STRATA: dict[str, list[tuple[int, int]]] = {
    "10 of 40, rates 5 to 95 %": [(40, 2 + 4 * number) for number in range(10)],
    "16 of 1 to 100, small ones hard": [
        *((size, 7 * size // 10) for size in (100, 80, 60, 40)),
        *((size, size // 10) for size in (30, 20, 20, 10, 10, 10, 5, 5, 4, 3, 2, 1)),
    ],
    "200 of 2, one accurate": [(2, 1)] * 200,
}
"""Of each stratum how many samples it has, and how many of them are accurate."""
SAVINGS = [
    *((samples, 0.8, rate) for samples in (500, 1000, 6623) for rate in (0.9, 0.7)),
    *((6623, 0.8, rate) for rate in (0.95, 0.85, 0.75, 0.5)),
    *((6623, 0.95, rate) for rate in (0.99, 0.9)),
    *((6623, 0.5, rate) for rate in (0.6, 0.4)),
]
"""Samples of a run, the bound of its gate, and its rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Of each run the side it was decided on (1 above, -1 below, 0 neither), and after how many samples."""

    sides: NDArray[np.int8]
    samples: NDArray[np.int64]


def main() -> None:
    """Draws, decides and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started, generator = time.perf_counter(), np.random.default_rng(options.seed)
    error = math.sqrt(LEVEL * (1 - LEVEL) / options.runs)
    print(f"{options.runs} runs a setting; {LEVEL:.0%} +- {error:.1%} (one standard error)")
    at_the_bound(options.runs, generator)
    off_the_bound(options.runs, generator)
    by_strata(5 * options.runs, generator)  # what is wrong with a balanced order is little, and takes many to be seen
    print(f"{time.perf_counter() - started:.0f} s")


def at_the_bound(runs: int, generator: Generator) -> None:
    """How often runs are decided whose rate is the bound."""
    print(f"{'at the bound':<32}{'above':>10}{'below':>10}")
    worst = 0.0
    for samples, rate, size in ALARMS:
        values = np.stack([_in_order(_clustered(samples, rate, size, generator), run) for run in range(runs)])
        found = play(values, values.mean(axis=1))
        above, below = (float(np.mean(found.sides == side)) for side in (1, -1))
        worst = max(worst, above, below)
        name = f"{rate:g} of {samples}" + (f", clusters of {size}" if size > 1 else "")
        print(f"{name:<32}{above:>10.2%}{below:>10.2%}", flush=True)
    print(f"largest share {worst:.2%}")


def off_the_bound(runs: int, generator: Generator) -> None:
    """How many samples runs take whose rate is off the bound."""
    print(f"{'off the bound':<32}{'right':>10}{'median':>10}{'90 %':>10}{'saved':>10}")
    for samples, bound, rate in SAVINGS:
        accurate = np.arange(samples) < round(rate * samples)
        values = generator.permuted(np.tile(accurate, (runs, 1)), axis=1).astype(np.float64)
        found = play(values, np.full(runs, bound))
        right = float(np.mean(found.sides == (1 if rate > bound else -1)))
        median, most = np.quantile(found.samples, (0.5, 0.9))
        saved = 1 - float(found.samples.mean()) / samples
        print(f"{f'{rate:g} of {samples} for {bound:g}':<32}{right:>10.2%}{median:>10.0f}{most:>10.0f}{saved:>10.1%}")


def by_strata(runs: int, generator: Generator) -> None:
    """The same in orders that are balanced over strata, and the median of what is asked 10 points off the bound."""
    print(f"{'at the bound, by strata':<32}{'order':<14}{'above':>10}{'below':>10}{'asked':>10}")
    for name, strata in STRATA.items():
        for order in ("random", "proportional", "turns"):
            values = np.stack([_of_strata(strata, order, generator) for _ in range(runs)])
            found = play(values, values.mean(axis=1))
            above, below = (float(np.mean(found.sides == side)) for side in (1, -1))
            asked = float(np.median(play(values, values.mean(axis=1) - 0.1).samples))
            print(f"{name:<32}{order:<14}{above:>10.2%}{below:>10.2%}{asked:>10.0f}", flush=True)


def play(values: Values, bounds: Values) -> Decided:
    """What is decided of runs, (runs, samples) in their order, each against its bound."""
    runs, samples = values.shape
    sides, taken = np.zeros(runs, dtype=np.int8), np.full(runs, samples)
    left = np.arange(runs)
    bettors = (_Bettors(samples, bounds), _Bettors(samples, 1 - bounds))
    for drawn in range(samples):
        drew = values[left, drawn]
        above, below = bettors[0].draw(drew), bettors[1].draw(1 - drew)
        sides[left] = np.where(above, 1, np.where(below, -1, 0))
        done = above | below
        if done.any():
            taken[left[done]] = drawn + 1
            left = left[~done]
            for each in bettors:
                each.keep(~done)
    _check(values, bounds, Decided(sides=sides, samples=taken))
    return Decided(sides=sides, samples=taken)


def _check(values: Values, bounds: Values, found: Decided) -> None:
    """Raises RuntimeError where the test that runs use says otherwise."""
    names = {"above": 1, "below": -1, None: 0}
    for run in range(min(PLAYED_AGAIN, len(values))):
        test = SequentialTest(population=values.shape[1], bound=float(bounds[run]), level=LEVEL)
        for value in values[run]:
            test.draw(float(value), float(value))
            if test.decision is not None:
                break
        if (names[test.decision], test.drawn) != (found.sides[run], found.samples[run]):
            raise RuntimeError(f"run {run}: {test.decision} after {test.drawn}, not as played at once")


class _Bettors:
    """Those of `SequentialTest`, of many runs at once."""

    def __init__(self, population: int, bounds: Values) -> None:
        self._left, self._slack = population, population * SLACK
        self._rest = population * bounds
        self._wealth = np.zeros((len(bounds), len(BETS)))

    def draw(self, values: Values) -> NDArray[np.bool_]:
        """Takes the next value of each run; whether the bet is won there."""
        plays = self._rest > self._slack
        odds = np.where(plays, values * self._left / np.where(plays, self._rest, 1.0) - 1, 0.0)
        self._wealth += np.log1p(BETS * odds[:, None])
        self._left -= 1
        self._rest = self._rest - values
        top = self._wealth.max(axis=1)
        total = top + np.log(np.exp(self._wealth - top[:, None]).sum(axis=1))
        won: NDArray[np.bool_] = (self._rest < -self._slack) | (total >= math.log(len(BETS) / LEVEL))
        return won

    def keep(self, those: NDArray[np.bool_]) -> None:
        """Forgets the other runs."""
        self._rest, self._wealth = self._rest[those], self._wealth[those]


def _clustered(samples: int, rate: float, size: int, generator: Generator) -> Values:
    """The answers of a run: exactly a share of its clusters is accurate."""
    clusters = generator.permutation(np.arange(samples // size) < round(rate * samples / size))
    return np.repeat(clusters, size).astype(np.float64)


def _of_strata(strata: list[tuple[int, int]], order: str, generator: Generator) -> Values:
    """The answers of a run in an order; within each stratum it is random."""
    answers = [generator.permutation(np.arange(size) < accurate) for size, accurate in strata]
    ranks = [_ranks(len(answer), order, generator) for answer in answers]
    return np.concatenate(answers)[np.argsort(np.concatenate(ranks), kind="stable")].astype(np.float64)


def _ranks(size: int, order: str, generator: Generator) -> Values:
    """Where the samples of a stratum come in an order, those of all strata together."""
    if order == "random":
        return generator.random(size)
    places = np.arange(size, dtype=np.float64)
    return (places + generator.random()) / size if order == "proportional" else places


def _in_order(values: Values, run: int) -> Values:
    """The values in the order in which a run asks for samples with such ids, another for each run."""
    places = [random_place(f"run-{run}:{number:06d}") for number in range(len(values))]
    return values[sorted(range(len(values)), key=places.__getitem__)]


if __name__ == "__main__":
    main()
