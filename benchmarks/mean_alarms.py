"""False alarms of bounds of means and of their drops: `python benchmarks/mean_alarms.py [--runs N] [--seed N]`.

Scores are drawn whose true mean is known. "above" is the share of runs whose lower bound lies above it, where a gate
`mean lower bound >= x` promises more than there is; "below" the share whose upper bound lies below it. Each may be at
most 5 %, the level of the bounds being 95 %. "bootstrap" are the same for the bounds that the BCa bootstrap gives. The
last two columns are how far the lower bounds lie below the mean, on average of a few runs: ours and the bootstrap's.

Many runs are looked at at once: a bound lies beyond the truth where the chance at the truth is less than 5 %. Some of
each setting are looked at again by the bounds that gates use, which must say the same.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics import lower_mean_bound, upper_mean_bound
from medgen_pytest.evaluation.statistics.clusters import cluster_slices
from medgen_pytest.evaluation.statistics.exponential_sums import chances_up_to_zero
from medgen_pytest.evaluation.statistics.mean_bounds import LEAST_WITHOUT_END
from medgen_pytest.evaluation.statistics.means import intervals_of_means

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Codes = NDArray[np.intp]
    Draw = Callable[[Generator, tuple[int, int]], Numbers]

LEVEL = 0.95
SIZES = (20, 50, 100, 1000)
CLUSTERS = (5, 10, 30, 100)
ALIKE = 0.5
"""The share of clusters whose samples all have one score."""
LOOKED_AT_AGAIN = 10
"""Runs of each setting that are compared with the bounds that gates use."""
CHUNK = 1 << 21
"""How many scores are looked at at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores of one form: how they are drawn, their mean, and the ends of their range."""

    name: str
    draw: Draw
    mean: float
    low: float
    high: float


def rarely(share: float, bad: float, draw: Draw) -> Draw:
    """Scores of which a share is a bad one."""
    return lambda generator, shape: np.where(generator.random(shape) < share, bad, draw(generator, shape))


SSIM = Scores(name="SSIM, Beta(5, 2)", draw=lambda g, shape: g.beta(5, 2, shape), mean=5 / 7, low=-1, high=1)
BAD = Scores(
    name="SSIM, Beta(50, 2), 2% at 0.1",
    draw=rarely(0.02, 0.1, lambda g, shape: g.beta(50, 2, shape)),
    mean=0.98 * 50 / 52 + 0.02 * 0.1,
    low=-1,
    high=1,
)
NEAR = Scores(name="SSIM, Beta(9, 1/2)", draw=lambda g, shape: g.beta(9, 0.5, shape), mean=9 / 9.5, low=-1, high=1)
SKEWED = Scores(
    name="PSNR, skewed (log-normal, 0.5)",
    draw=lambda g, shape: 20 + np.exp(g.normal(2, 0.5, shape)),
    mean=20 + math.exp(2.125),
    low=0,
    high=math.inf,
)
LPIPS = Scores(name="LPIPS, Gamma(2)", draw=lambda g, shape: g.gamma(2, 0.1, shape), mean=0.2, low=0, high=math.inf)
FORMS = (
    SSIM,
    NEAR,
    BAD,
    Scores(
        name="SSIM, Beta(50, 2), 1% unusable",
        draw=rarely(0.01, -1, lambda g, shape: g.beta(50, 2, shape)),
        mean=0.99 * 50 / 52 - 0.01,
        low=-1,
        high=1,
    ),
    Scores(name="two heaps, Beta(1/2, 1/2)", draw=lambda g, shape: g.beta(0.5, 0.5, shape), mean=0.5, low=0, high=1),
    Scores(name="BLEU, Beta(0.3, 3)", draw=lambda g, shape: g.beta(0.3, 3, shape), mean=1 / 11, low=0, high=1),
    Scores(
        name="judge, 1 to 10",
        draw=lambda g, shape: g.binomial(9, 0.7, shape).astype(np.float64) + 1,
        mean=7.3,
        low=1,
        high=10,
    ),
    Scores(name="PSNR, normal", draw=lambda g, shape: g.normal(30, 4, shape), mean=30, low=0, high=math.inf),
    SKEWED,
    Scores(
        name="PSNR, heavy tail (log-normal, 1)",
        draw=lambda g, shape: 20 + np.exp(g.normal(1, 1, shape)),
        mean=20 + math.exp(1.5),
        low=0,
        high=math.inf,
    ),
    Scores(
        name="PSNR, no variance (Pareto, 1.5)",
        draw=lambda g, shape: 20 + g.pareto(1.5, shape),
        mean=22,
        low=0,
        high=math.inf,
    ),
    LPIPS,
    Scores(name="LPIPS, Gamma(1/2)", draw=lambda g, shape: g.gamma(0.5, 0.2, shape), mean=0.1, low=0, high=math.inf),
)
DROPS = (
    Scores(
        name="drop of SSIM, few differ",
        draw=lambda g, shape: np.where(g.random(shape) < 0.2, g.normal(0.05, 0.1, shape).clip(-2, 2), 0.0),  # noqa: PLR2004
        mean=0.01,
        low=-2,
        high=2,
    ),
    Scores(
        name="drop of SSIM, 2% fall by 0.9",
        draw=rarely(0.02, 0.9, lambda g, shape: g.normal(0, 0.02, shape)),
        mean=0.018,
        low=-2,
        high=2,
    ),
)
"""Differences of two models on the same samples."""


def main() -> None:
    """Draws, bounds and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    error = math.sqrt((1 - LEVEL) * LEVEL / options.runs)
    print(f"{options.runs} runs a setting; 5 % +- {error:.1%} (one standard error)")
    print(f"{'':<56}{'bounds':>18}{'bootstrap':>18}{'below the mean':>18}")
    print(f"{'scores':<36}{'samples':<20}" + f"{'above':>9}{'below':>9}" * 2 + f"{'ours':>9}{'boot':>9}")
    started, generator = time.perf_counter(), np.random.default_rng(options.seed)
    for scores in (*FORMS, *DROPS):
        for samples in SIZES:
            values = scores.draw(generator, (options.runs, samples))
            show(scores, f"{samples}", values, np.arange(samples))
    for scores in (SSIM, NEAR, BAD, SKEWED, LPIPS):
        for clusters in CLUSTERS:
            for sizes, name in ((np.full(clusters, 4), "4"), (np.resize(np.arange(1, 8), clusters), "1 to 7")):
                names = np.repeat(np.arange(clusters), sizes)
                show(scores, f"{clusters} of {name}", clustered(scores, names, options.runs, generator), names)
    print(f"{time.perf_counter() - started:.0f} s")


def clustered(scores: Scores, names: Codes, runs: int, generator: Generator) -> Numbers:
    """Scores of which those of a cluster are all the same, in a share of the clusters."""
    clusters = int(names.max()) + 1
    together = scores.draw(generator, (runs, clusters))[:, names]
    is_alike = (generator.random((runs, clusters)) < ALIKE)[:, names]
    return np.where(is_alike, together, scores.draw(generator, (runs, len(names))))


def show(scores: Scores, name: str, values: Numbers, names: Codes) -> None:
    """Prints a line on runs, (runs, samples) with the clusters of their samples, (samples,)."""
    above = beyond(values, names, mean=scores.mean, end=scores.low)
    below = beyond(-values, names, mean=-scores.mean, end=-scores.high)
    low, high = booted(values, names)
    reaches = _check(scores, values, names, above, below)
    cells = [above.mean(), below.mean(), (low > scores.mean).mean(), (high < scores.mean).mean()]
    reach = float((values.mean(axis=1) - low)[:LOOKED_AT_AGAIN].mean())
    text = "".join(f"{cell:>8.1%}{'*' if cell > 1 - LEVEL + 0.005 else ' '}" for cell in cells)
    print(f"{scores.name:<36}{name:<20}{text}{reaches:>9.4f}{reach:>9.4f}", flush=True)


def beyond(values: Numbers, names: Codes, *, mean: float, end: float) -> NDArray[np.bool_]:
    """Whether the lower bound lies above the true mean, of each run."""
    sizes = np.bincount(names).astype(np.float64)
    if not math.isfinite(end) and len(sizes) < LEAST_WITHOUT_END:
        return np.zeros(len(values), dtype=np.bool_)
    starts = np.flatnonzero(np.diff(names, prepend=-1))
    sums = np.add.reduceat(values, starts, axis=1)
    ends = np.full(len(sums), end)
    if not math.isfinite(end):
        ends = 2 * (sums / sizes).min(axis=1) - values.mean(axis=1)
    weights = np.column_stack([sums - mean * sizes, (ends - mean) * sizes.max()])
    parts = np.array_split(weights, math.ceil(weights.size / CHUNK))
    found: NDArray[np.bool_] = np.concatenate([chances_up_to_zero(part) for part in parts]) < 1 - LEVEL
    return found


def booted(values: Numbers, names: Codes) -> tuple[Numbers, Numbers]:
    """The bounds that the bootstrap gives, (runs,) each."""
    runs, samples = values.shape
    slices, codes = np.repeat(np.arange(runs), samples), np.tile(names, runs)
    summed = cluster_slices(values.ravel(), slices, codes, number=runs)
    found = intervals_of_means([summed], level=2 * LEVEL - 1)[0]
    ends = [(one.low, one.high) if one is not None else (-math.inf, math.inf) for one in found]
    low, high = np.array(ends).T
    return low, high


def _check(scores: Scores, values: Numbers, names: Codes, above: NDArray[np.bool_], below: NDArray[np.bool_]) -> float:
    """How far the lower bounds lie below the mean; raises RuntimeError where the bounds of gates say otherwise."""
    reaches = []
    for run in range(min(LOOKED_AT_AGAIN, len(values))):
        low = lower_mean_bound(values[run], names.tolist(), level=LEVEL, end=scores.low)
        high = upper_mean_bound(values[run], names.tolist(), level=LEVEL, end=scores.high)
        low, high = (-math.inf if low is None else low), (math.inf if high is None else high)
        if (low > scores.mean, high < scores.mean) != (above[run], below[run]):
            raise RuntimeError(f"{scores.name}, run {run}: bounds {low} and {high}, not as looked at all at once")
        reaches.append(float(values[run].mean()) - low)
    return float(np.mean(reaches))


if __name__ == "__main__":
    main()
