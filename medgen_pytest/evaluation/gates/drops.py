"""Drops: how far a rate or a mean score fell from a baseline, on the samples that both have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.estimate import Estimate, needed_by_reach, two_sided
from medgen_pytest.evaluation.gates.sample_value import has_value, sample_values
from medgen_pytest.evaluation.repeats import mean_of
from medgen_pytest.evaluation.statistics import compare_means, compare_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.gates.sample_value import SampleValue
    from medgen_pytest.evaluation.statistics import Comparison


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

    None of them where a score is infinite, because a difference of infinities is none.
    """
    worst = _compared([(pair.before, pair.now.worst, pair.now.cluster) for pair in pairs], gate)
    best = worst
    if any(pair.now.best != pair.now.worst for pair in pairs):
        known = [(pair.before, pair.now.best, pair.now.cluster) for pair in pairs if pair.now.best is not None]
        best = _compared(known, gate)
    drop = _value(pairs, gate)
    low, high = _ends(best, gate)[0], _ends(worst, gate)[1]
    return Estimate(
        value=drop,
        low=low,
        high=high,
        level=gate.level,
        method=worst.interval.method if worst is not None and worst.interval is not None else "bca",
        needed=needed_by_reach(len(pairs), drop, low=low, high=high, bound=gate.bound),
        detectable=worst.detectable if worst is not None else None,
    )


def before_and_now(pairs: Sequence[Pair]) -> tuple[float, float]:
    """The mean of the pairs in the baseline, and now."""
    return mean_of([pair.before for pair in pairs]), mean_of([pair.now.worst for pair in pairs])


def _value(pairs: Sequence[Pair], gate: Gate) -> float:
    before, now = before_and_now(pairs)
    return before - now if gate.direction == "higher" else now - before


def _compared(series: Sequence[tuple[float, float, str | None]], gate: Gate) -> Comparison | None:
    before, now = [one for one, _, _ in series], [one for _, one, _ in series]
    if not series or not all(map(math.isfinite, [*before, *now])):
        return None
    compare = compare_means if gate.measure == "mean" else compare_rates
    return compare(before, now, [cluster for _, _, cluster in series], level=two_sided(gate.level))


def _ends(comparison: Comparison | None, gate: Gate) -> tuple[float, float]:
    interval = comparison.interval if comparison is not None else None
    if interval is None:
        return -math.inf, math.inf
    # A comparison tells how far a number rose.
    return (0.0 - interval.high, 0.0 - interval.low) if gate.direction == "higher" else (interval.low, interval.high)
