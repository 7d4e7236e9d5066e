"""Drops: how far a rate or a mean score fell from a baseline, on the samples that both have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.estimate import Estimate, needed_by_reach, two_sided
from medgen_pytest.evaluation.gates.sample_value import has_value, sample_values
from medgen_pytest.evaluation.repeats import mean_of
from medgen_pytest.evaluation.statistics import compare_means, compare_rates, drop_bound, mean_drop_bound

if TYPE_CHECKING:
    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.gates.sample_value import SampleValue


_Series = Sequence[tuple[float, float, str | None]]
"""Of each pair the value before and now, and the cluster."""


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
    worst = [(pair.before, pair.now.worst, pair.now.cluster) for pair in pairs]
    best = [(pair.before, pair.now.best, pair.now.cluster) for pair in pairs if pair.now.best is not None]
    before, now = before_and_now(pairs)
    drop = before - now if gate.direction == "higher" else now - before
    low, high = _lowest(best, gate), _highest(worst, gate)
    return Estimate(
        value=drop,
        low=low,
        high=high,
        level=gate.level,
        method="bca" if gate.measure == "mean" else "score",
        needed=needed_by_reach(len(pairs), drop, low=low, high=high, bound=gate.bound),
        detectable=_detectable(worst, gate),
    )


def before_and_now(pairs: Sequence[Pair]) -> tuple[float, float]:
    """The mean of the pairs in the baseline, and now."""
    return mean_of([pair.before for pair in pairs]), mean_of([pair.now.worst for pair in pairs])


def _highest(series: _Series, gate: Gate) -> float:
    """The upper bound of the drop; inf where there is none."""
    if not _is_finite(series):
        return math.inf
    before, now, clusters = zip(*series, strict=True)
    if gate.measure == "rate":
        found = drop_bound(before, now, clusters, level=gate.level)
    elif gate.direction == "higher":
        found = mean_drop_bound(before, now, clusters, level=gate.level)
    else:
        found = mean_drop_bound(now, before, clusters, level=gate.level)
    return math.inf if found is None else found


def _lowest(series: _Series, gate: Gate) -> float:
    """The lower bound of the drop, which is the upper bound of a rise; -inf where there is none."""
    return 0.0 - _highest([(now, before, cluster) for before, now, cluster in series], gate)


def _detectable(series: _Series, gate: Gate) -> float | None:
    if not _is_finite(series):
        return None
    before, now, clusters = zip(*series, strict=True)
    compare = compare_means if gate.measure == "mean" else compare_rates
    return compare(before, now, clusters, level=two_sided(gate.level)).detectable


def _is_finite(series: _Series) -> bool:
    return bool(series) and all(math.isfinite(before) and math.isfinite(now) for before, now, _ in series)
