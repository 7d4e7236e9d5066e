"""Gates on means: the mean score of a metric over the samples of a slice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.finding import Finding, some
from medgen_pytest.evaluation.gates.scores import sample_score
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import by_sample, mean_of, tally_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.gates.scores import SampleScore


def find_mean(gate: Gate, cases: Sequence[Case], aggregate: Aggregation) -> Finding:
    """The mean score; what samples without a score may have had is taken from both ends of the metric's range."""
    scores = [sample_score(repeats, gate, aggregate) for repeats in by_sample(cases)]
    lacks = Counter(score.lack for score in scores)
    worst = mean_of([score.worst for score in scores])
    best = [score.best for score in scores if score.best is not None]
    met = {gate.met_by(worst), gate.met_by(mean_of(best))} if best else set()
    return Finding(
        tally=tally_of(cases, aggregate=aggregate),
        said=mean_text(scores, gate),
        breached=met == {False},
        holds=met == {True},
        doubt=_doubt(scores, gate),
        measured=worst,
        planned=len(scores),
        judged=lacks[None] + lacks[Outcome.INVALID],
        errors=lacks[Outcome.ERROR],
        missing=lacks[Outcome.MISSING],
    )


def mean_text(scores: Sequence[SampleScore], gate: Gate) -> str:
    """A mean as verdicts say it: `0.8124 (mean of 48 scores)`, with what unusable answers count as."""
    scored = [score.worst for score in scores if score.lack is None]
    invalid = [score for score in scores if score.lack is Outcome.INVALID]
    lost = len(scores) - len(scored) - len(invalid)
    counted = [*scored, *(score.worst for score in invalid)]
    if not counted:
        return "no score"
    text = f"{mean_of(counted):.4f} (mean of {some(len(scored), 'score')}"
    if invalid:
        worst = gate.low if gate.direction == "higher" else gate.high
        text += f", {some(len(invalid), 'unusable answer')} as {worst:g}"
    return f"{text} of {some(len(scores), 'sample')})" if lost else f"{text})"


def _doubt(scores: Sequence[SampleScore], gate: Gate) -> str:
    errors = sum(score.lack is Outcome.ERROR for score in scores)
    worst, best = mean_of([score.worst for score in scores]), [score.best for score in scores if score.best is not None]
    if errors and best:
        return f"anything from {worst:.4f} to {mean_of(best):.4f} but for {some(errors, 'error')}"
    return f"an unusable answer has no score, and {gate.metric} no worst one"
