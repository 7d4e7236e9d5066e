"""Gates on means: the mean score of a metric over the samples of a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.estimate import usual_interval
from medgen_pytest.evaluation.gates.finding import Counts, Finding, number_text
from medgen_pytest.evaluation.gates.sample_value import sample_values
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import mean_of, tally_of
from medgen_pytest.evaluation.tally import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.gates.sample_value import SampleValue


def find_mean(gate: Gate, cases: Sequence[Case], aggregate: Aggregation) -> Finding:
    """The mean score; what samples without a score may have had is taken from both ends of the metric's range."""
    values = sample_values(cases, gate, aggregate)
    worst = mean_of([value.worst for value in values])
    best = [value.best for value in values if value.best is not None]
    met = {gate.met_by(worst), gate.met_by(mean_of(best))} if best else set()
    return Finding(
        tally=tally_of(cases, aggregate=aggregate),
        counts=Counts.of(values),
        said=mean_text(values, gate),
        breached=met == {False},
        holds=met == {True},
        doubt=_doubt(values, gate),
        measured=worst,
        interval=usual_interval(values, gate),
    )


def mean_text(values: Sequence[SampleValue], gate: Gate) -> str:
    """A mean as verdicts say it: `0.8124 (mean of 48 scores)`, with what unusable answers count as."""
    scored = [value.worst for value in values if value.lack is None]
    invalid = [value.worst for value in values if value.lack is Outcome.INVALID]
    held = [*scored, *invalid]
    if not held:
        return "no score"
    text = f"{number_text(mean_of(held))} (mean of {counted(len(scored), 'score')}"
    if invalid:
        worst = gate.low if gate.direction == "higher" else gate.high
        text += f", {counted(len(invalid), 'unusable answer')} as {worst:g}"
    return f"{text} of {counted(len(values), 'sample')})" if len(held) < len(values) else f"{text})"


def _doubt(values: Sequence[SampleValue], gate: Gate) -> str:
    errors = sum(value.lack is Outcome.ERROR for value in values)
    worst, best = mean_of([value.worst for value in values]), [value.best for value in values if value.best is not None]
    if errors and best:
        ends = f"anything from {number_text(worst)} to {number_text(mean_of(best))}"
        return f"{ends} but for {counted(errors, 'error')}"
    return f"an unusable answer has no score, and {gate.metric} no worst one"
