"""Gates on rates: the share of samples that are accurate, and the share that are errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.estimate import usual_interval
from medgen_pytest.evaluation.gates.finding import Counts, Finding
from medgen_pytest.evaluation.gates.sample_value import sample_values
from medgen_pytest.evaluation.repeats import tally_of
from medgen_pytest.evaluation.tally import count_text, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.tally import Tally


def find_rate(gate: Gate, cases: Sequence[Case], aggregate: Aggregation) -> Finding:
    """The accuracy rate of the metric; samples without a verdict may have been accurate or not."""
    tally = tally_of(cases, metric=gate.metric, aggregate=aggregate)
    worst, best = tally.rate or 0.0, tally.best_rate or 0.0
    met = {gate.met_by(worst), gate.met_by(best)}
    values = sample_values(cases, gate, aggregate)
    return Finding(
        tally=tally,
        counts=Counts.of(values),
        said=rate_text(tally),
        breached=met == {False},
        holds=met == {True},
        doubt=f"up to {best:.4f} but for {counted(tally.error, 'error')}",
        measured=worst,
        interval=usual_interval(values, gate),
    )


def find_errors(gate: Gate, cases: Sequence[Case], aggregate: Aggregation) -> Finding:
    """The share of samples that the metric could not judge; those that never finished may have been errors or not."""
    tally = tally_of(cases, metric=gate.metric, aggregate=aggregate)
    rate = tally.error_rate or 0.0
    met = {gate.met_by(rate), gate.met_by((tally.error + tally.missing) / max(1, tally.planned))}
    return Finding(
        tally=tally,
        counts=Counts(planned=tally.planned, judged=tally.planned, errors=tally.error, missing=tally.missing),
        said=f"{rate:.4f} ({counted(tally.error, 'error')} of {tally.planned})",
        breached=met == {False},
        holds=met == {True},
        measured=rate,
    )


def rate_text(tally: Tally) -> str:
    """A rate as verdicts say it: `0.7500 (3 of 4)`."""
    return f"{tally.rate or 0.0:.4f} ({count_text(tally.accurate)} of {tally.planned})"
