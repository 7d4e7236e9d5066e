"""Drops: how far a rate or a mean score fell from a baseline, on the samples that both have."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.estimate import Estimate, estimate_between, needed_by_reach, two_sided
from medgen_pytest.evaluation.gates.sample_value import has_value, sample_values
from medgen_pytest.evaluation.repeats import mean_of
from medgen_pytest.evaluation.statistics import compare_rates, drop_bound, standard_error
from medgen_pytest.evaluation.statistics.quantiles import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.estimate import Series
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.gates.sample_value import SampleValue


_POWER = 0.8
"""The share of runs in which a drop is to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a sample was in the baseline, and its value now."""

    before: float
    now: SampleValue


def pair_up(
    values: Sequence[SampleValue], earlier: Sequence[Case], gate: Gate, *, aggregate: Aggregation
) -> list[Pair]:
    """The samples that have a value among the cases of a baseline, each with that.

    What was lost in the baseline says nothing of the model, and is left out.
    """
    held = {value.sample_id for value in values}
    cases = [case for case in earlier if case.planned.sample_id in held and has_value(case, gate)]
    before = {value.sample_id: value for value in sample_values(cases, gate, aggregate) if not value.is_lost}
    return [
        Pair(before=known.worst, now=value)
        for value in values
        if (known := before.get(value.sample_id)) is not None and known.best is not None
    ]


def estimate_drop(pairs: Sequence[Pair], gate: Gate) -> Estimate:
    """How far the mean of some pairs, at least one, fell, with bounds; above 0 it is worse than before.

    There are none where a score is infinite, because a difference of infinities is none.
    """
    return _drop_of_mean(pairs, gate) if gate.measure == "mean" else _drop_of_rate(pairs, gate)


def before_and_now(pairs: Sequence[Pair]) -> tuple[float, float]:
    """The mean of the pairs in the baseline, and now."""
    return mean_of([pair.before for pair in pairs]), mean_of([pair.now.worst for pair in pairs])


def _drop_of_rate(pairs: Sequence[Pair], gate: Gate) -> Estimate:
    before, now = before_and_now(pairs)
    clusters = [pair.now.cluster for pair in pairs]
    earlier, worst = [pair.before for pair in pairs], [pair.now.worst for pair in pairs]
    best = [pair.now.best or 0.0 for pair in pairs]
    low = 0.0 - (drop_bound(best, earlier, clusters, level=gate.level) or 0.0)
    high = drop_bound(earlier, worst, clusters, level=gate.level) or 0.0
    return Estimate(
        value=before - now,
        low=low,
        high=high,
        level=gate.level,
        method="score",
        needed=needed_by_reach(len(pairs), before - now, low=low, high=high, bound=gate.bound),
        detectable=compare_rates(earlier, worst, clusters, level=two_sided(gate.level)).detectable,
    )


def _drop_of_mean(pairs: Sequence[Pair], gate: Gate) -> Estimate:
    sign = 1 if gate.direction == "higher" else -1
    before, now = before_and_now(pairs)
    least = [(sign * (pair.before - pair.now.best), pair.now.cluster) for pair in pairs if pair.now.best is not None]
    most = [(sign * (pair.before - pair.now.worst), pair.now.cluster) for pair in pairs]
    found = estimate_between(sign * (before - now), least, most, gate, ends=_ends(pairs, gate))
    return replace(found, detectable=_detectable(most, found.high - found.value))


def _ends(pairs: Sequence[Pair], gate: Gate) -> tuple[float, float]:
    """The farthest that a score can rise, below 0, and fall: from the end of its range to the other one.

    Where the range has no end, that of the scores in the baseline is where it can fall or rise from.
    """
    bottom = gate.low if math.isfinite(gate.low) else min(pair.before for pair in pairs)
    top = gate.high if math.isfinite(gate.high) else max(pair.before for pair in pairs)
    return (bottom - gate.high, top - gate.low) if gate.direction == "higher" else (gate.low - top, gate.high - bottom)


def _detectable(series: Series, reach: float) -> float | None:
    """What the bound is above the drop that was seen, and what chance makes of that in 80 of 100 runs."""
    if not math.isfinite(reach):
        return None
    error = standard_error([value for value, _ in series], [cluster for _, cluster in series])
    return reach + normal_quantile(_POWER) * (error or 0.0)
