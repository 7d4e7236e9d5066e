"""False alarms of gates on bounds and drops of rates: `python benchmarks/gate_alarms.py [--runs N] [--seed N]`.

The true rate or drop is exactly the bound of the gate, so every verdict but "inconclusive" is a false one:
"holds" where the gate promises more than there is, "breached" where it blames what is not worse. Each may happen in at
most 5 % of all runs, the level of the gates being 95 %. Samples stand alone, or in clusters of 4 of which half have one
and the same answer. Prints the two shares for each setting, and their standard error for the number of runs; of samples
that stand alone the two chances are counted as well, from that of each number of accurate samples, or of samples that
got worse and better. Means are looked at by `mean_alarms.py`.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom

from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.gates.drops import Pair, estimate_drop
from medgen_pytest.evaluation.gates.estimate import Estimate, estimate_rate
from medgen_pytest.evaluation.gates.sample_value import SampleValue
from medgen_pytest.evaluation.statistics import drop_bound, exact_interval
from medgen_pytest.evaluation.statistics.clusters import cluster_slices
from medgen_pytest.evaluation.statistics.rates import rate_ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from numpy.typing import NDArray

    from medgen_pytest.evaluation.gates import Gate

    Draws = NDArray[np.float64]

SIZE = 4
"""Samples of a cluster."""
ALIKE = 0.5
"""The share of clusters whose samples all have one answer."""
SIZES = (40, 200, 1000)
RATES = [(samples, rate, size) for samples in SIZES for rate in (0.1, 0.5, 0.9, 0.98) for size in (1, SIZE)]
"""Samples of a run, its rate, which is the bound, and samples of a cluster."""
TIMES = 10
"""How many times as many runs of rates there are, many at once."""
LEAST_CHANCE = 1e-9
"""Of rarer numbers of samples that get worse and better is not counted."""
AT_ONCE = 1000
LOOKED_AT_AGAIN = 2
"""Runs of each thousand that are compared with the bounds of gates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A gate, and how a run is drawn whose truth is its bound."""

    name: str
    gate: str
    draw: Callable[[Generator], Estimate]
    counted: Callable[[], tuple[float, ...]]


def main() -> None:
    """Draws, decides and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    error = math.sqrt(0.05 * 0.95 / options.runs)
    print(f"{options.runs} runs a setting, of rates {TIMES * options.runs}; 5 % +- {error:.1%} (one standard error)")
    print(f"{'gate':<52}{'samples':<36}{'holds':>8}{'breached':>10}{'counted':>17}")
    started = time.perf_counter()
    for samples, rate, size in RATES:
        generator = np.random.default_rng(options.seed)
        shares = rate_alarms(samples, rate, size=size, runs=TIMES * options.runs, generator=generator)
        _show(
            f"all/accuracy lower bound >= {rate}", _named(samples, size), shares, counted=_counted(samples, rate, size)
        )
    for setting in settings():
        gate, generator = parse_gate(setting.gate), np.random.default_rng(options.seed)
        found = [setting.draw(generator) for _ in range(options.runs)]
        holds = sum(gate.met_by(_near(gate, one)) for one in found) / options.runs
        breached = sum(not gate.met_by(_far(gate, one)) for one in found) / options.runs
        _show(setting.gate, setting.name, (holds, breached), counted=setting.counted())
    print(f"{time.perf_counter() - started:.0f} s")


def _show(gate: str, name: str, shares: tuple[float, float], *, counted: tuple[float, ...] = ()) -> None:
    text = "".join(f"{chance:>8.2%}" for chance in counted)
    print(f"{gate:<52}{name:<36}{shares[0]:>8.2%}{shares[1]:>10.2%} {text}", flush=True)


def settings() -> list[Setting]:
    """Drops of rates, of few and many samples, alone and in clusters."""
    return [_drop(samples, drop, size=size) for samples in SIZES for drop in (0.0, 0.05) for size in (1, SIZE)]


def rate_alarms(samples: int, rate: float, *, size: int, runs: int, generator: Generator) -> tuple[float, float]:
    """How often the bounds of a rate lie above and below it, of many runs at once."""
    gate = parse_gate(f"all/accuracy lower bound >= {rate}")
    above = below = 0
    for start in range(0, runs, AT_ONCE):
        number = min(AT_ONCE, runs - start)
        drawn = np.stack([_clustered(generator.random, samples, size, generator) < rate for _ in range(number)])
        clusters = np.tile(np.arange(samples) // size, number)
        slices = np.repeat(np.arange(number), samples)
        level = round(2 * gate.level - 1, 12)
        summed = cluster_slices(drawn.ravel().astype(np.float64), slices, clusters, number=number)
        ends = np.column_stack(rate_ends(summed, method="exact", level=level))
        _check(drawn[:LOOKED_AT_AGAIN], ends, gate, size)
        above += int((ends[:, 0] >= rate).sum())
        below += int((ends[:, 1] < rate).sum())
    return above / runs, below / runs


def _check(drawn: NDArray[np.bool_], ends: Draws, gate: Gate, size: int) -> None:
    """Raises RuntimeError where gates have other bounds."""
    for answers, (low, high) in zip(drawn, ends.tolist(), strict=False):
        found = estimate_rate(_values(answers.astype(np.float64), size), gate)
        if not (math.isclose(found.low, low, abs_tol=1e-9) and math.isclose(found.high, high, abs_tol=1e-9)):
            raise RuntimeError(f"bounds {low} and {high}, but those of gates are {found.low} and {found.high}")


def _counted(samples: int, rate: float, size: int) -> tuple[float, ...]:
    """The chances that the bounds of a rate lie above and below it, of samples that stand alone."""
    if size > 1:
        return ()
    counts = np.arange(samples + 1)
    chances = binom.pmf(counts, samples, rate)
    ends = [exact_interval(float(count), samples, level=0.9) for count in counts]
    above = np.array([one is not None and one.low >= rate for one in ends])
    below = np.array([one is not None and one.high < rate for one in ends])
    return float(chances[above].sum()), float(chances[below].sum())


def _drop(samples: int, drop: float, *, size: int) -> Setting:
    """Before 70 % are accurate; a tenth of the samples get worse, and so many better that the drop is right."""
    text = f"all/accuracy drop <= {drop} against main.json"
    gate = parse_gate(text)
    worse, better = 0.1, 0.1 - drop

    def draw(generator: Generator) -> Estimate:
        kind = _clustered(generator.random, samples, size, generator)
        before = (kind < 0.7).astype(np.float64)  # noqa: PLR2004 - the rate before
        now = before.copy()
        now[kind < worse] = 0.0
        now[kind > 1 - better] = 1.0
        pairs = [Pair(before=one, now=value) for one, value in zip(before, _values(now, size), strict=True)]
        return estimate_drop(pairs, gate)

    def counted() -> tuple[float, ...]:
        return _counted_drop(samples, worse, better, gate) if size == 1 else ()

    return Setting(name=_named(samples, size), gate=text, draw=draw, counted=counted)


def _counted_drop(samples: int, worse: float, better: float, gate: Gate) -> tuple[float, float]:
    """The chances that a gate on a drop wrongly holds and is wrongly breached, of samples that stand alone."""
    holds = breached = 0.0
    numbers = np.arange(samples + 1)
    for lost, chance_of_lost in zip(numbers, binom.pmf(numbers, samples, worse), strict=True):
        chances = chance_of_lost * binom.pmf(numbers[: samples - lost + 1], samples - lost, better / (1 - worse))
        for won in np.flatnonzero(chances > LEAST_CHANCE):
            before = np.repeat([1.0, 0.0, 1.0], [lost, won, samples - lost - won])
            now = np.repeat([0.0, 1.0, 1.0], [lost, won, samples - lost - won])
            high, low = drop_bound(before, now, level=gate.level), drop_bound(now, before, level=gate.level)
            holds += float(chances[won]) * (high is not None and gate.met_by(high))
            breached += float(chances[won]) * (low is not None and not gate.met_by(0.0 - low))
    return holds, breached


def _clustered(draw: Callable[[int], Draws], samples: int, size: int, generator: Generator) -> Draws:
    """Draws of which those of a cluster are all the same, in a share of the clusters."""
    apart = np.asarray(draw(samples))
    if size == 1:
        return apart
    clusters = samples // size
    together = np.repeat(np.asarray(draw(clusters)), size)
    is_alike = np.repeat(generator.random(clusters) < ALIKE, size)
    return np.where(is_alike, together, apart)


def _values(numbers: Draws, size: int) -> list[SampleValue]:
    return [
        SampleValue(
            sample_id=str(index),
            worst=float(number),
            best=float(number),
            lack=None,
            cluster=None if size == 1 else str(index // size),
        )
        for index, number in enumerate(numbers)
    ]


def _named(samples: int, size: int) -> str:
    return f"{samples}" if size == 1 else f"{samples} in clusters of {size}"


def _near(gate: Gate, estimate: Estimate) -> float:
    return estimate.low if gate.form == "lower bound" else estimate.high


def _far(gate: Gate, estimate: Estimate) -> float:
    return estimate.high if gate.form == "lower bound" else estimate.low


if __name__ == "__main__":
    main()
