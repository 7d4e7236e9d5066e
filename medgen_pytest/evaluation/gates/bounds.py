"""Gates on what is sure: a confidence bound of a rate or a mean, or of how far one fell from a baseline."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.drops import before_and_now, estimate_drop, pair_up
from medgen_pytest.evaluation.gates.estimate import Estimate, estimate_mean, estimate_rate
from medgen_pytest.evaluation.gates.finding import Counts, Finding, number_text
from medgen_pytest.evaluation.gates.means import mean_text
from medgen_pytest.evaluation.gates.rates import rate_text
from medgen_pytest.evaluation.gates.sample_value import sample_values
from medgen_pytest.evaluation.repeats import tally_of
from medgen_pytest.evaluation.tally import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.drops import Pair
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.tally import Tally


def find_bound(gate: Gate, cases: Sequence[Case], aggregate: Aggregation) -> Finding:
    """The lower or upper bound of a rate or a mean.

    The gate holds where the bound meets it, and is breached where the bound on the other side misses it: where it is as
    sure that the true value is beyond. Between the two more samples are needed.
    """
    values = sample_values(cases, gate, aggregate)
    tally = _tally(cases, gate, aggregate)
    said = mean_text(values, gate) if gate.measure == "mean" else rate_text(tally)
    estimate = estimate_mean if gate.measure == "mean" else estimate_rate
    judged = [value for value in values if not value.is_lost]
    return _found(
        gate,
        estimate(values, gate),
        without_lost=lambda: estimate(judged, gate) if judged else None,
        tally=tally,
        counts=Counts.of(values),
        said=said,
    )


def find_drop(gate: Gate, cases: Sequence[Case], earlier: Sequence[Case], aggregate: Aggregation) -> Finding | None:
    """The drop from a baseline, whose cases are `earlier`, on the samples that both have; None without any.

    Not inferior is what has a sure bound: the gate holds where even the upper bound of the drop meets it, and is
    breached where even the lower bound misses it.
    """
    values = sample_values(cases, gate, aggregate)
    pairs = pair_up(values, earlier, gate, aggregate=aggregate)
    if not pairs:
        return None
    known = {pair.now.sample_id for pair in pairs}
    judged = [pair for pair in pairs if not pair.now.is_lost]
    found = estimate_drop(pairs, gate)
    return _found(
        gate,
        found,
        without_lost=lambda: estimate_drop(judged, gate) if judged else None,
        tally=_tally([case for case in cases if case.planned.sample_id in known], gate, aggregate),
        counts=Counts.of([pair.now for pair in pairs]),
        said=_drop_text(found, pairs, left_out=len(values) - len(pairs)),
    )


def _tally(cases: Sequence[Case], gate: Gate, aggregate: Aggregation) -> Tally:
    # The mean of a metric without a threshold has no outcomes of its own.
    metric = {} if gate.measure == "mean" else {"metric": gate.metric}
    return tally_of(cases, aggregate=aggregate, **metric)


def _found(
    gate: Gate,
    estimate: Estimate,
    *,
    without_lost: Callable[[], Estimate | None],
    tally: Tally,
    counts: Counts,
    said: str,
) -> Finding:
    holds, breached = _verdict(gate, estimate)
    doubt, needed = "", None
    if not holds and not breached:
        doubt, needed = _doubt(gate, estimate, without_lost() if counts.errors else estimate, counts)
    return Finding(
        tally=tally,
        counts=counts,
        said=f"{said}, {_bounds_text(estimate)}",
        breached=breached,
        holds=holds,
        doubt=doubt,
        measured=None if math.isnan(estimate.value) else estimate.value,
        interval=estimate.interval,
        needed=needed,
        detectable=estimate.detectable,
    )


def _verdict(gate: Gate, estimate: Estimate) -> tuple[bool, bool]:
    """Whether the gate surely holds, and whether it is surely breached."""
    near, far = (estimate.low, estimate.high) if gate.form == "lower bound" else (estimate.high, estimate.low)
    return gate.met_by(near), not gate.met_by(far)


def _doubt(gate: Gate, estimate: Estimate, without_lost: Estimate | None, counts: Counts) -> tuple[str, int | None]:
    """Why a gate is open, and how many more samples would close it."""
    if without_lost is not None and any(_verdict(gate, without_lost)):
        return f"decided but for {counted(counts.errors, 'error')}", None
    if not math.isfinite(estimate.value):
        return "an infinite mean has no bounds", None
    needed = without_lost.needed if without_lost is not None else None
    if needed is None:
        return "no number of samples like these would decide", None
    return f"{counted(needed, 'more sample')} like these would decide", needed


def _bounds_text(estimate: Estimate) -> str:
    level = f"{100 * estimate.level:.6g}%"
    if estimate.interval is None:
        ends = [
            f"{name} bound {number_text(end)}"
            for name, end in (("lower", estimate.low), ("upper", estimate.high))
            if math.isfinite(end)
        ]
        return f"{ends[0] if ends else 'no bounds'} at {level}"
    text = f"bounds {number_text(estimate.low)} and {number_text(estimate.high)} at {level}"
    if estimate.detectable is None:
        return text
    return f"{text}, shows a drop of {number_text(estimate.detectable)} in 80 of 100 cases"


def _drop_text(estimate: Estimate, pairs: Sequence[Pair], *, left_out: int) -> str:
    before, now = (number_text(mean) for mean in before_and_now(pairs))
    text = f"{number_text(estimate.value)} (from {before} to {now} on {counted(len(pairs), 'sample')}"
    return f"{text}, {left_out} more without a verdict in the baseline)" if left_out else f"{text})"
