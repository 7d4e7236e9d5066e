"""Corrected rates: what an accuracy rate by a judge becomes once its errors are known from a calibration sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.evaluation.agreement.likelihood import Counts, fit_error_rates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Origin = Literal["run", "elsewhere"]
"""Whether the calibration sample was drawn from the run whose rate is corrected."""

_EDGE = 1e-9
_HALVINGS = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a judge and a run; arrays of one shape, so that many data sets go at once.

    The first four count the calibration sample, see `Confusion`; with weights, as effective counts. `accurate` of
    the `judged` outputs of the run the judge finds accurate, those of a sample drawn from it included.
    """

    true_accurate: Numbers
    false_accurate: Numbers
    false_inaccurate: Numbers
    true_inaccurate: Numbers
    accurate: Numbers
    judged: Numbers
    origin: Origin

    @property
    def judge_rate(self) -> Numbers:
        """The share of the run that the judge finds accurate: the rate that is not corrected."""
        return self.accurate / self.judged

    @property
    def by_judge(self) -> tuple[Numbers, Numbers]:
        """The calibration sample by the judge's verdict: accurate, inaccurate."""
        return self.true_accurate + self.false_accurate, self.false_inaccurate + self.true_inaccurate

    @property
    def by_experts(self) -> tuple[Numbers, Numbers]:
        """The calibration sample by the experts' verdict: accurate, inaccurate."""
        return self.true_accurate + self.false_inaccurate, self.false_accurate + self.true_inaccurate

    @property
    def counts(self) -> Counts:
        """The same for the likelihood, which must not count an output of the sample twice."""
        accurate, inaccurate = self.accurate, self.judged - self.accurate
        if self.origin == "run":
            accurate, inaccurate = accurate - self.by_judge[0], inaccurate - self.by_judge[1]
        return Counts(
            true_accurate=self.true_accurate,
            false_accurate=self.false_accurate,
            false_inaccurate=self.false_inaccurate,
            true_inaccurate=self.true_inaccurate,
            more_accurate=np.maximum(accurate, 0.0),
            more_inaccurate=np.maximum(inaccurate, 0.0),
        )


def estimate_rate(evidence: Evidence) -> Numbers:
    """The corrected rate, a maximum likelihood estimate, before it is clipped to 0..1.

    With q the judge's rate on the run:

    - sample from the run: q P + (1 - q) M, with P the share of what the judge finds accurate that the experts do
      too, M that of what it finds inaccurate (Tenenbein 1970, Journal of the American Statistical Association
      65:1350); always within 0..1. The judge's errors are taken as they are in this run.
    - elsewhere: (q - b) / (a - b), with a the sensitivity and b = 1 - specificity (Rogan and Gladen 1978, American
      Journal of Epidemiology 107:71). Assumes that the two carry over to the run. May fall outside 0..1.

    NaN where a share is of nothing, or where a = b.
    """
    q = evidence.judge_rate
    with np.errstate(divide="ignore", invalid="ignore"):
        if evidence.origin == "run":
            accurate, inaccurate = evidence.by_judge
            return _part(q, evidence.true_accurate / accurate) + _part(1 - q, evidence.false_inaccurate / inaccurate)
        found, refused = evidence.by_experts
        a, b = evidence.true_accurate / found, evidence.false_accurate / refused
        return np.where(a == b, np.nan, (q - b) / (a - b))


def measure_misfit(
    evidence: Evidence, rate: Numbers, *, start: tuple[Numbers, Numbers]
) -> tuple[Numbers, tuple[Numbers, Numbers]]:
    """How many standard errors, squared, the evidence lies from an accuracy rate; and the error rates there.

    A score statistic: the standard error is that under the rate, with the error rates that fit best under it
    (`fit_error_rates`), so that it neither vanishes where a count is 0 nor trusts a rate that happened to come out
    extreme. Sample from the run: (estimate - rate)^2 / (q^2 P (1 - P) / n_1 + (1 - q)^2 M (1 - M) / n_0 +
    q (1 - q) (P - M)^2 / N); elsewhere: (q - rate a - (1 - rate) b)^2 / (q (1 - q) / N +
    rate^2 a (1 - a) / n_a + (1 - rate)^2 b (1 - b) / n_b), n the sizes of the parts that the shares are of.
    """
    a, b = fit_error_rates(rate, evidence.counts, start=start)
    q = rate * a + (1 - rate) * b
    spread = q * (1 - q) / evidence.judged
    if evidence.origin == "run":
        precise, missed = rate * a / q, rate * (1 - a) / (1 - q)
        ones, zeros = (np.maximum(part, 1.0) for part in evidence.by_judge)
        away = estimate_rate(evidence) - rate
        variance = q**2 * precise * (1 - precise) / ones + (1 - q) ** 2 * missed * (1 - missed) / zeros
        variance = variance + spread * (precise - missed) ** 2
    else:
        found, refused = evidence.by_experts
        away = evidence.judge_rate - rate * evidence.true_accurate / found
        away = away - (1 - rate) * evidence.false_accurate / refused
        variance = spread + rate**2 * a * (1 - a) / found + (1 - rate) ** 2 * b * (1 - b) / refused
    return away**2 / np.maximum(variance, np.finfo(np.float64).tiny), (a, b)


def bound_rate(evidence: Evidence, *, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """The ends of the score interval: all rates whose misfit is below the quantile of the level, (low, high).

    The estimate must be defined; where it falls outside 0..1 the interval starts from the nearer end. NaN where
    even that end misfits: the run then contradicts the error rates of the sample. By bisection, to 1e-12.
    `benchmarks/judge_calibration.py` shows how often it covers the truth.
    """
    from scipy.stats import norm

    allowed = float(norm.isf((1 - level) / 2)) ** 2
    middle = np.clip(estimate_rate(evidence), _EDGE, 1 - _EDGE)

    def misfit(rate: Numbers, start: tuple[Numbers, Numbers]) -> tuple[Numbers, tuple[Numbers, Numbers]]:
        return measure_misfit(evidence, rate, start=start)

    at_middle, start = misfit(middle, _first_guess(evidence))
    possible = at_middle <= allowed
    low = _cross(misfit, middle, np.full_like(middle, _EDGE), allowed=allowed, start=start)
    high = _cross(misfit, middle, np.full_like(middle, 1 - _EDGE), allowed=allowed, start=start)
    low, high = np.where(low <= _EDGE, 0.0, low), np.where(high >= 1 - _EDGE, 1.0, high)
    return np.where(possible, low, np.nan), np.where(possible, high, np.nan)


def _cross(
    misfit: Callable[[Numbers, tuple[Numbers, Numbers]], tuple[Numbers, tuple[Numbers, Numbers]]],
    inner: Numbers,
    outer: Numbers,
    *,
    allowed: float,
    start: tuple[Numbers, Numbers],
) -> Numbers:
    """Where the misfit passes what is allowed between a rate that fits and an end; the end if it fits too."""
    at_end, place = misfit(outer, start)
    end, fits = outer, at_end <= allowed
    for _ in range(_HALVINGS):
        middle = (inner + outer) / 2
        value, place = misfit(middle, place)
        inside = value <= allowed
        inner, outer = np.where(inside, middle, inner), np.where(inside, outer, middle)
    return np.where(fits, end, inner)


def _first_guess(evidence: Evidence) -> tuple[Numbers, Numbers]:
    found, refused = evidence.by_experts
    return (evidence.true_accurate + 0.5) / (found + 1), (evidence.false_accurate + 0.5) / (refused + 1)


def _part(share: Numbers, value: Numbers) -> Numbers:
    """A share of a value, which need not be known for nothing."""
    return np.where(share == 0, 0.0, share * value)
