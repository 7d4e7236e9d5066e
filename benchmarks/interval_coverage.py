"""How often intervals hold the truth: rates, means and differences simulated with known values.

    python benchmarks/interval_coverage.py [--simulations 2000] [--seed 1]

Each row draws samples with a known rate, mean or difference as often as said, and counts how often the 95 % interval
holds it; the goal is 94 to 96 % (exact intervals: at least 95 %). For rates of samples that stand alone the coverage is
also computed, by adding up the chances of all counts: a simulation of 2,000 is off by 0.5 points now and then, which
that tells from a fault.

- rates: Wilson's and the exact interval
- clusters: samples in clusters of 1 to 7 whose rates vary (correlation 0.3 within a cluster); "alone" takes them for
  samples that stand alone
- bounds: how often the one-sided exact bound at 95 % lies beyond the true rate, at most 5 % if it keeps its level
- means: scores of several forms, of n samples alone and of 3n in clusters of three; "plain" is BCa without Student's
  quantile
- differences: two models on the same samples, Tango's interval; "few" differ on 4 % of them, "many" on 30 %
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom, bootstrap

from medgen_pytest.evaluation.statistics import Interval, compare_rates, exact_interval, wilson_interval
from medgen_pytest.evaluation.statistics.clusters import cluster_slices
from medgen_pytest.evaluation.statistics.means import intervals_of_means
from medgen_pytest.evaluation.statistics.rates import rate_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from medgen_pytest.evaluation.statistics.rates import RateMethod

    Numbers = NDArray[np.float64]
    Draw = Callable[[np.random.Generator, tuple[int, int]], Numbers]

SIZES = (20, 100, 1000)
RATES = (0.02, 0.5, 0.98)
CLUSTERS = (10, 30, 100, 300)
CORRELATION = 0.3
ROUNDS = 5
"""How many times as many simulations a row of rates has, whose coverage is nearest to the ends of the goal."""
GOAL = (0.94, 0.96)
PLAIN_UP_TO = 20

SCORES: dict[str, tuple[Draw, float]] = {
    "normal": (lambda generator, shape: generator.normal(0.5, 0.1, shape), 0.5),
    "SSIM-like, Beta(8, 2)": (lambda generator, shape: generator.beta(8, 2, shape), 0.8),
    "two heaps, Beta(1/2, 1/2)": (lambda generator, shape: generator.beta(0.5, 0.5, shape), 0.5),
    "near its end, Beta(9, 1/2)": (lambda generator, shape: generator.beta(9, 0.5, shape), 9 / 9.5),
    "judge, 1 to 10": (lambda generator, shape: generator.binomial(9, 0.7, shape).astype(np.float64) + 1, 7.3),
}


def covered(intervals: Sequence[Interval | None], truth: float) -> float:
    """The share of intervals that hold the truth; one that is None does not."""
    return float(np.mean([one is not None and one.low <= truth <= one.high for one in intervals]))


def marked(share: float, *, at_least: float = GOAL[0], at_most: float = GOAL[1]) -> str:
    """A coverage in percent, with a star outside of the goal."""
    return f"{share:7.1%}{'' if at_least <= share <= at_most else '*'}"


def computed(method: RateMethod, samples: int, rate: float) -> float:
    """The coverage of an interval, from the chance of each count."""
    interval = {"wilson": wilson_interval, "exact": exact_interval}[method]
    counts = np.arange(samples + 1)
    held = [covered([interval(float(count), samples)], rate) for count in counts]
    return float(binom.pmf(counts, samples, rate) @ held)


def rates(simulations: int, generator: np.random.Generator) -> None:
    """Rates of samples that stand alone."""
    print(f"\n{'rates':<28}{'wilson':>9}{'computed':>9}{'exact':>9}{'computed':>9}")
    for samples in SIZES:
        for rate in RATES:
            wilson, exact = np.mean([seen(samples, rate, simulations, generator) for _ in range(ROUNDS)], axis=0)
            cells = [marked(wilson), marked(computed("wilson", samples, rate))]
            cells += [marked(share, at_least=0.95, at_most=1) for share in (exact, computed("exact", samples, rate))]
            print(f"n = {samples}, p = {rate}".ljust(28) + "".join(f"{cell:>9}" for cell in cells))


def seen(samples: int, rate: float, simulations: int, generator: np.random.Generator) -> list[float]:
    """The coverage of Wilson's and of the exact interval, from draws."""
    verdicts = (generator.random((simulations, samples)) < rate).astype(np.float64)
    alone = np.tile(np.arange(samples), (simulations, 1))
    return [covered(intervals(verdicts, alone, method=method), rate) for method in ("wilson", "exact")]


def intervals(
    shares: Numbers, clusters: NDArray[np.intp], *, method: RateMethod = "wilson", level: float = 0.95
) -> list[Interval]:
    """The interval of each row of shares, (simulations, n), of samples in clusters."""
    simulations, samples = shares.shape
    slices = np.repeat(np.arange(simulations), samples)
    summed = cluster_slices(shares.ravel(), slices, clusters.ravel(), number=simulations)
    lows, highs = rate_ends(summed, method=method, level=level)
    ends = zip(lows.tolist(), highs.tolist(), strict=True)
    return [Interval(low=low, high=high, level=level, method=method) for low, high in ends]


def clustered(
    rate: float, groups: int, simulations: int, generator: np.random.Generator
) -> tuple[Numbers, NDArray[np.intp]]:
    """Verdicts in clusters and the clusters, (simulations, n) each; every simulation has the same sizes."""
    sizes = np.resize(np.arange(1, 8), groups)
    strength = 1 / CORRELATION - 1
    own = generator.beta(rate * strength, (1 - rate) * strength, (simulations, groups))
    names = np.repeat(np.arange(groups), sizes)
    verdicts = (generator.random((simulations, len(names))) < own[:, names]).astype(np.float64)
    return verdicts, np.tile(names, (simulations, 1))


def clusters(simulations: int, generator: np.random.Generator) -> None:
    """Rates of samples in clusters, and bounds of both kinds."""
    print(f"\n{'clusters':<28}{'wilson':>9}{'alone':>9}{'exact':>9}{'above':>9}{'below':>9}")
    for groups in CLUSTERS:
        for rate in RATES:
            verdicts, names = clustered(rate, groups, simulations, generator)
            alone = np.tile(np.arange(verdicts.shape[1]), (simulations, 1))
            shares = [covered(intervals(verdicts, names), rate), covered(intervals(verdicts, alone), rate)]
            exact = covered(intervals(verdicts, names, method="exact"), rate)
            cells = [*map(marked, shares), marked(exact, at_least=0.95, at_most=1), *alarms(verdicts, names, rate)]
            print(f"{groups} clusters, p = {rate}".ljust(28) + "".join(f"{cell:>9}" for cell in cells))


def alarms(verdicts: Numbers, names: NDArray[np.intp], rate: float) -> list[str]:
    """How often the one-sided exact bounds lie above and below the true rate."""
    ends = intervals(verdicts, names, method="exact", level=0.9)
    above = float(np.mean([one.low > rate for one in ends]))
    below = float(np.mean([one.high < rate for one in ends]))
    return [marked(share, at_least=0, at_most=0.05) for share in (above, below)]


def bounds(simulations: int, generator: np.random.Generator) -> None:
    """One-sided bounds of samples that stand alone."""
    print(f"\n{'bounds':<28}{'above':>9}{'below':>9}")
    for samples in SIZES:
        for rate in RATES:
            verdicts = (generator.random((simulations, samples)) < rate).astype(np.float64)
            cells = alarms(verdicts, np.tile(np.arange(samples), (simulations, 1)), rate)
            print(f"n = {samples}, p = {rate}".ljust(28) + "".join(f"{cell:>9}" for cell in cells))


def means(simulations: int, generator: np.random.Generator) -> None:
    """Means of scores, of n samples that stand alone and of 3n in clusters of three."""
    print(f"\n{'means':<42}{'ours':>9}{'clusters':>9}{'plain':>9}")
    for samples in (5, *SIZES):
        for name, (draw, mean) in SCORES.items():
            values = draw(generator, (simulations, samples))
            cells = [marked(mean_coverage(values, np.arange(samples), mean))]
            # Half of each score is that of its cluster.
            own = draw(generator, (simulations, 3 * samples))
            shared = (np.repeat(values, 3, axis=1) + own) / 2
            cells.append(marked(mean_coverage(shared, np.arange(3 * samples) // 3, mean)))
            if samples == PLAIN_UP_TO:
                cells.append(marked(plain(values[:500], mean)))
            print(f"n = {samples}, {name}".ljust(42) + "".join(f"{cell:>9}" for cell in cells))


def mean_coverage(values: Numbers, names: NDArray[np.intp], mean: float) -> float:
    """The coverage of the intervals of the means of rows, (simulations, n)."""
    simulations, samples = values.shape
    slices = np.repeat(np.arange(simulations), samples)
    summed = cluster_slices(values.ravel(), slices, np.tile(names, simulations), number=simulations)
    return covered(intervals_of_means([summed])[0], mean)


def plain(values: Numbers, mean: float) -> float:
    """The coverage of scipy's BCa intervals."""
    found = bootstrap((values,), np.mean, axis=1, method="BCa", n_resamples=1000, rng=np.random.default_rng(1))
    return float(np.mean((found.confidence_interval.low <= mean) & (mean <= found.confidence_interval.high)))


def differences(simulations: int, generator: np.random.Generator) -> None:
    """Differences of two rates on the same samples."""
    print(f"\n{'differences':<42}{'tango':>9}")
    for samples in SIZES:
        for name, (lost, won) in {"few": (0.02, 0.02), "few, one way": (0.03, 0.01), "many": (0.2, 0.1)}.items():
            draws = generator.choice(3, (simulations, samples), p=(1 - lost - won, lost, won))
            found = [compare_rates(row == 1, row == 2).interval for row in draws]  # noqa: PLR2004 - which side won
            print(f"n = {samples}, {name}".ljust(42) + f"{marked(covered(found, won - lost)):>9}")


def main() -> None:
    """Prints the table of each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.simulations} simulations a row, seed {options.seed}; * outside of the goal")
    for table in (rates, bounds, clusters, means, differences):
        table(options.simulations, np.random.default_rng(options.seed))


if __name__ == "__main__":
    main()
