"""Power: which differences so many samples can show, and how many samples a difference takes.

Mostly by the normal approximation; z_a is the normal quantile of alpha, z_b that of 1 - power. `discordant` is the
share of the samples on which two models, or two runs, do not agree.
"""

from __future__ import annotations

import math
from typing import Literal

from medgen_pytest.evaluation.statistics.quantiles import normal_quantile

Sides = Literal[1, 2]
"""Whether a change in one direction is looked for, or in either, with half of alpha on each side."""


def detectable_difference(
    samples: float, *, discordant: float, power: float = 0.8, alpha: float = 0.05, sides: Sides = 2
) -> float | None:
    """The smallest difference of two rates on the same samples that McNemar's test finds with this power.

    The d with sqrt(n) d = z_a sqrt(s) + z_b sqrt(s - d^2), s the discordant share. A difference needs at least as many
    samples that differ: where d comes out above s, s grows with it, and all of them differ in one direction. `samples`
    may be an effective number. None where not even a difference of 1 would be found.
    Source: Connor 1987 (Biometrics 43:207).
    """
    z_alpha, z_beta = _quantiles(power, alpha, sides)
    inside = samples + z_beta**2 - z_alpha**2
    if inside >= 0 and discordant > 0:
        found = (
            math.sqrt(discordant) * (math.sqrt(samples) * z_alpha + z_beta * math.sqrt(inside)) / (samples + z_beta**2)
        )
        if found <= discordant:
            return found
    return _one_way(samples, z_alpha, z_beta)


def samples_to_detect(
    difference: float, *, discordant: float, power: float = 0.8, alpha: float = 0.05, sides: Sides = 2
) -> int:
    """How many samples McNemar's test needs to find a difference of two rates with this power.

    (z_a sqrt(s) + z_b sqrt(s - d^2))^2 / d^2, rounded up; s the discordant share, at least |d|. Raises ValueError for
    a difference of 0 and outside -1..1.
    Source: Connor 1987 (Biometrics 43:207).
    """
    z_alpha, z_beta = _quantiles(power, alpha, sides)
    size = abs(difference)
    if not 0 < size <= 1:
        raise ValueError(f"a difference of rates to look for lies between 0 and 1, not {difference:g}")
    differing = max(discordant, size)
    return _up((z_alpha * math.sqrt(differing) + z_beta * math.sqrt(differing - size**2)) ** 2 / size**2)


def samples_for_rate(
    rate: float, bound: float, *, power: float = 0.8, alpha: float = 0.05, sides: Sides = 1
) -> int | None:
    """How many samples show that a rate is not the bound, with this power; None where it is.

    (z_a sqrt(p_0 (1 - p_0)) + z_b sqrt(p_1 (1 - p_1)))^2 / (p_1 - p_0)^2, rounded up; p_0 = bound, p_1 = rate.
    Source: Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, section 2.5.
    """
    _check_rates(rate, bound)
    if rate == bound:
        return None
    z_alpha, z_beta = _quantiles(power, alpha, sides)
    spread = z_alpha * math.sqrt(bound * (1 - bound)) + z_beta * math.sqrt(rate * (1 - rate))
    return _up((spread / (rate - bound)) ** 2)


def samples_for_rates(
    first: float, second: float, *, power: float = 0.8, alpha: float = 0.05, sides: Sides = 2
) -> int | None:
    """How many samples each of two models needs, asked for different ones, to tell their rates apart; None if equal.

    (z_a sqrt(2 p (1 - p)) + z_b sqrt(p_1 (1 - p_1) + p_2 (1 - p_2)))^2 / (p_1 - p_2)^2, rounded up; p their middle.
    Source: Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, section 4.2.
    """
    _check_rates(first, second)
    if first == second:
        return None
    z_alpha, z_beta = _quantiles(power, alpha, sides)
    middle = (first + second) / 2
    apart = math.sqrt(first * (1 - first) + second * (1 - second))
    return _up(((z_alpha * math.sqrt(2 * middle * (1 - middle)) + z_beta * apart) / (first - second)) ** 2)


def samples_to_decide(rate: float, bound: float, *, level: float = 0.95, effect: float = 1.0) -> int | None:
    """How many samples in all would put the one-sided bound of a rate beyond `bound`, if the rate stays what it is.

    The smallest n whose lower bound (`rates.lower_bound`) of a rate above `bound` exceeds it, or whose upper bound of a
    lower rate is below it; times `effect`, the design effect: n over the effective number of samples. None where the
    rate is the bound.
    """
    _check_rates(rate, bound)
    if rate == bound:
        return None
    from scipy.special import betainc

    if rate < bound:
        rate, bound = 1 - rate, 1 - bound
    few, many = 0, 1
    while not betainc(rate * many, (1 - rate) * many + 1, bound) < 1 - level:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        is_decided = betainc(rate * middle, (1 - rate) * middle + 1, bound) < 1 - level
        few, many = (few, middle) if is_decided else (middle, many)
    return _up(effect * many)


def detectable_mean_difference(error: float, *, power: float = 0.8, alpha: float = 0.05, sides: Sides = 2) -> float:
    """The smallest mean difference found with this power: (z_a + z_b) times the standard error of the difference."""
    return sum(_quantiles(power, alpha, sides)) * error


def _quantiles(power: float, alpha: float, sides: Sides) -> tuple[float, float]:
    if not 0 < alpha < power < 1:
        raise ValueError(f"alpha {alpha:g} and power {power:g} do not lie as 0 < alpha < power < 1")
    return -normal_quantile(alpha / sides), normal_quantile(power)


def _one_way(samples: float, z_alpha: float, z_beta: float) -> float | None:
    """The d with sqrt(n d) = z_a + z_b sqrt(1 - d): all samples that differ do so in one direction."""
    if math.sqrt(samples) < z_alpha:
        return None
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        is_found = math.sqrt(samples * middle) >= z_alpha + z_beta * math.sqrt(1 - middle)
        low, high = (low, middle) if is_found else (middle, high)
    return high


def _check_rates(*rates: float) -> None:
    for rate in rates:
        if not 0 <= rate <= 1:
            raise ValueError(f"a rate lies in 0..1, not {rate:g}")


def _up(samples: float) -> int:
    # 100.00000000000001 samples are 100.
    return math.ceil(samples * (1 - 1e-12))
