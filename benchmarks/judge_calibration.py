"""How often the interval of a corrected rate covers the truth: judges and experts simulated with known error rates.

    python benchmarks/judge_calibration.py [--simulations 2000] [--seed 1] [--designs run verdict elsewhere]

Each setting draws, many times, a run of a model with a known accuracy rate, a judge with a known sensitivity and
specificity, and a sample of it that experts label, and counts how often the 95 % interval holds the true rate:

- run: a random sample of the run
- verdict: half of the sample from what the judge finds accurate, half from the rest, as far as there is so much
- elsewhere: a sample of other outputs, half of them accurate, judged by the same judge

"naive" is Wilson's interval of the judge's own rate, which takes its verdicts for the truth. The goal is 94 to 96 %
in each setting of `run`. The last column is the mean width of the corrected interval. With 2,000 simulations
a coverage of exactly 95 % is seen outside 94 to 96 % in 3.6 % of the settings, by chance; with 20,000 in none.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from medgen_pytest.evaluation.agreement.corrected import Evidence, bound_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Design = Literal["run", "verdict", "elsewhere"]

RATES = (0.2, 0.5, 0.8)
JUDGES = ((0.75, 0.75), (0.75, 0.95), (0.85, 0.85), (0.95, 0.75), (0.95, 0.95))
SAMPLES = (100, 200, 400)
RUNS = (1000, 6600)
GOAL = (0.94, 0.96)
Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is simulated."""

    design: Design
    rate: float
    sensitivity: float
    specificity: float
    samples: int
    run: int

    @property
    def judge_rate(self) -> float:
        """The chance that the judge finds an output accurate."""
        return self.rate * self.sensitivity + (1 - self.rate) * (1 - self.specificity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What came out: shares of simulations whose interval holds the truth, and the mean width of the corrected one.

    `none` counts simulations without a corrected rate, which count as not covered.
    """

    corrected: float
    naive: float
    width: float
    none: int


def settings_of(designs: tuple[Design, ...]) -> Iterator[Setting]:
    """All settings, in order."""
    for design, rate, (sensitivity, specificity), samples, run in product(designs, RATES, JUDGES, SAMPLES, RUNS):
        yield Setting(
            design=design, rate=rate, sensitivity=sensitivity, specificity=specificity, samples=samples, run=run
        )


def simulate(setting: Setting, *, simulations: int, seed: int) -> Evidence:
    """As many runs and samples, each with random numbers of its own."""
    generator = np.random.default_rng([seed, *(round(1000 * value) for value in _numbers(setting))])
    draw = _draw_by_verdict if setting.design == "verdict" else _draw_at_random
    cells, accurate = draw(setting, simulations, generator)
    return Evidence(
        true_accurate=cells[0],
        false_accurate=cells[1],
        false_inaccurate=cells[2],
        true_inaccurate=cells[3],
        accurate=accurate,
        judged=np.full(simulations, float(setting.run)),
        origin="elsewhere" if setting.design == "elsewhere" else "run",
    )


def measure(setting: Setting, *, simulations: int, seed: int) -> Coverage:
    """The coverage in a setting."""
    evidence = simulate(setting, simulations=simulations, seed=seed)
    low, high = bound_rate(evidence)
    naive_low, naive_high = _wilson(evidence.judge_rate, setting.run)
    return Coverage(
        corrected=float(((low <= setting.rate) & (setting.rate <= high)).mean()),
        naive=float(((naive_low <= setting.rate) & (setting.rate <= naive_high)).mean()),
        width=float(np.nanmean(high - low)),
        none=int(np.isnan(low).sum()),
    )


def _numbers(setting: Setting) -> tuple[float, ...]:
    design = get_args(Design).index(setting.design)
    return design, setting.rate, setting.sensitivity, setting.specificity, setting.samples, setting.run


def _draw_at_random(
    setting: Setting, simulations: int, generator: np.random.Generator
) -> tuple[tuple[Numbers, ...], Numbers]:
    elsewhere = setting.design == "elsewhere"
    rate = 0.5 if elsewhere else setting.rate
    cells = generator.multinomial(
        setting.samples,
        [
            rate * setting.sensitivity,
            (1 - rate) * (1 - setting.specificity),
            rate * (1 - setting.sensitivity),
            (1 - rate) * setting.specificity,
        ],
        simulations,
    ).T.astype(np.float64)
    others = setting.run - (0 if elsewhere else setting.samples)
    accurate = generator.binomial(others, setting.judge_rate, simulations).astype(np.float64)
    return tuple(cells), accurate if elsewhere else accurate + cells[0] + cells[1]


def _draw_by_verdict(
    setting: Setting, simulations: int, generator: np.random.Generator
) -> tuple[tuple[Numbers, ...], Numbers]:
    accurate = generator.binomial(setting.run, setting.judge_rate, simulations)
    half = setting.samples // 2
    ones = np.clip(accurate, half - np.maximum(half - (setting.run - accurate), 0), half)
    zeros = setting.samples - ones
    precise = setting.rate * setting.sensitivity / setting.judge_rate
    missed = setting.rate * (1 - setting.sensitivity) / (1 - setting.judge_rate)
    found = generator.binomial(ones, precise).astype(np.float64)
    lost = generator.binomial(zeros, missed).astype(np.float64)
    return (found, ones - found, lost, zeros - lost), accurate.astype(np.float64)


def _wilson(share: Numbers, of: int) -> tuple[Numbers, Numbers]:
    middle, reach = share + Z**2 / (2 * of), Z * np.sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    return (middle - reach) / (1 + Z**2 / of), (middle + reach) / (1 + Z**2 / of)


def main() -> None:
    """Print a line a setting and a summary a design."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--designs", nargs="+", choices=get_args(Design), default=list(get_args(Design)))
    options = parser.parse_args()
    started = time.perf_counter()
    for design in options.designs:
        print(f"{design}: {options.simulations} simulations a setting, seed {options.seed}")
        print("rate  sensitivity specificity  sample   run   corrected   naive   width")
        seen = [
            (setting, measure(setting, simulations=options.simulations, seed=options.seed))
            for setting in settings_of((design,))
        ]
        for setting, coverage in seen:
            inside = GOAL[0] <= coverage.corrected <= GOAL[1]
            print(
                f"{setting.rate:4.1f}  {setting.sensitivity:11.2f} {setting.specificity:11.2f}  {setting.samples:6d}  "
                f"{setting.run:4d}  {coverage.corrected:8.2%}{' ' if inside else '*'} {coverage.naive:8.2%}  "
                f"{coverage.width:6.3f}" + (f"  none: {coverage.none}" if coverage.none else "")
            )
        shares = [coverage.corrected for _, coverage in seen]
        outside = sum(not GOAL[0] <= share <= GOAL[1] for share in shares)
        print(
            f"{design}: mean {np.mean(shares):.2%}, lowest {min(shares):.2%}, highest {max(shares):.2%}, outside "
            f"94 to 96 %: {outside} of {len(shares)} (*); naive: mean "
            f"{np.mean([coverage.naive for _, coverage in seen]):.2%}\n"
        )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
