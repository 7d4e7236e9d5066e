"""Intervals of cells: how far the rates and means of a table can be trusted, samples that belong together as one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import by_sample, score_of, shares_of
from medgen_pytest.evaluation.statistics import mean_interval, rate_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case

Ends = tuple[float | None, float | None]
_LOST = (Outcome.ERROR, Outcome.MISSING)
_ALL = 100.0
"""Percent."""


def rate_ends(cases: Sequence[Case], metric: str, *, aggregate: Aggregation) -> Ends:
    """The ends, in percent, of Wilson's 95% interval of an accuracy rate; None without samples that have it.

    Samples that could not be judged may have been accurate or not: the interval reaches from the low end if none of
    them were to the high end if all were.
    """
    worst, best, clusters = [], [], []
    for repeats in by_sample(cases):
        outcomes = [outcome for case in repeats if (outcome := case.outcome_of(metric)) is not None]
        if outcomes:
            shares = shares_of(outcomes, aggregate)
            worst.append(float(shares.get(Outcome.ACCURATE, 0)))
            best.append(1.0 if any(lost in shares for lost in _LOST) else worst[-1])
            clusters.append(repeats[0].cluster)
    low, high = rate_interval(worst, clusters), rate_interval(best, clusters)
    return (None, None) if low is None or high is None else (low.low * _ALL, high.high * _ALL)


def mean_ends(cases: Sequence[Case], metric: str, *, aggregate: Aggregation) -> Ends:
    """The ends of the 95% bootstrap interval of a mean score; None for fewer than two clusters, or infinite scores."""
    values, clusters = [], []
    for repeats in by_sample(cases):
        scores = [score for case in repeats if case.result is not None if (score := case.result.scores.get(metric))]
        value = score_of(scores, aggregate)
        if value is not None:
            values.append(value)
            clusters.append(repeats[0].cluster)
    if not values or not all(map(math.isfinite, values)):
        return None, None
    interval = mean_interval(values, clusters)
    return (None, None) if interval is None else (interval.low, interval.high)
