"""Values of samples: what each adds to a rate or a mean, and what it may have added where that is not known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import by_sample, shares_of, value_of_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate

_LOST = (Outcome.MISSING, Outcome.ERROR)
_ALONE: Mapping[Outcome, tuple[float, float, Outcome | None]] = {
    Outcome.ACCURATE: (1.0, 1.0, None),
    Outcome.INACCURATE: (0.0, 0.0, None),
    Outcome.INVALID: (0.0, 0.0, None),
    Outcome.ERROR: (0.0, 1.0, Outcome.ERROR),
    Outcome.MISSING: (0.0, 1.0, Outcome.MISSING),
}
"""What a sample that was asked once adds to a rate, at the worst and at the best, and what it lacks."""
_GRAVEST = (*_LOST, Outcome.INVALID)


class SampleValue(NamedTuple):  # as full runs have a hundred thousand of them, in a third of the time of a data class
    """The share of one sample that is accurate, or its score: from the `worst` that it may be to the `best`.

    `lack` says why it, or one of its repeats, has no score: it is missing, an error or, with an unusable answer,
    invalid; in a rate an invalid one has its share, 0. In a mean it counts as the worst score of the metric's range;
    where that has no end, `best` is that of the other repeats, and None without any. Samples of one `cluster` belong
    together.
    """

    sample_id: str
    worst: float
    best: float | None
    lack: Outcome | None
    cluster: str | None = None

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be said of the sample, by no fault of the model."""
        return self.lack in _LOST


def sample_values(cases: Sequence[Case], gate: Gate, aggregate: Aggregation) -> list[SampleValue]:
    """The value of each sample of some cases of one model, in their order."""
    value = _score if gate.measure == "mean" else _share
    return [value(repeats, gate, aggregate) for repeats in by_sample(cases)]


def has_value(case: Case, gate: Gate) -> bool:
    """Whether a case has what a gate is about: a mean needs no threshold, everything else an outcome."""
    return gate.measure == "mean" or case.outcome_of(gate.metric) is not None


def _share(repeats: Sequence[Case], gate: Gate, aggregate: Aggregation) -> SampleValue:
    first = repeats[0]
    if len(repeats) == 1 and (outcome := first.outcome_of(gate.metric)) is not None:  # as nearly always
        return SampleValue(first.planned.sample_id, *_ALONE[outcome], first.cluster)
    outcomes = [outcome for case in repeats if (outcome := case.outcome_of(gate.metric)) is not None]
    shares = shares_of(outcomes, aggregate)
    ended, accurate = next(iter(shares)), float(shares.get(Outcome.ACCURATE, 0))
    lack = ended if ended in _LOST else None  # a sample is missing or an error as a whole
    return SampleValue(first.planned.sample_id, accurate, 1.0 if lack else accurate, lack, first.cluster)


def _score(repeats: Sequence[Case], gate: Gate, aggregate: Aggregation) -> SampleValue:
    ends = [_ends(case, gate) for case in repeats]
    worst, known = [end[0] for end in ends], [end[1] for end in ends]
    best = [value for value in known if value is not None]
    lacks = {end[2] for end in ends}
    return SampleValue(
        sample_id=repeats[0].planned.sample_id,
        worst=value_of_repeats(worst, aggregate, direction=gate.direction),
        best=value_of_repeats(best, aggregate, direction=gate.direction) if best else None,
        lack=next((lack for lack in _GRAVEST if lack in lacks), None),
        cluster=repeats[0].cluster,
    )


def _ends(case: Case, gate: Gate) -> tuple[float, float | None, Outcome | None]:
    """The worst and the best score of a repeat, and what it lacks one for."""
    worst, best = (gate.low, gate.high) if gate.direction == "higher" else (gate.high, gate.low)
    if case.result is None:
        return worst, best, Outcome.MISSING
    score = case.result.scores.get(gate.metric)
    if score is not None and score.value is not None and score.is_scored:
        return score.value, score.value, None
    if case.result.status == "invalid":
        return worst, worst if math.isfinite(worst) else None, Outcome.INVALID
    return worst, best, Outcome.ERROR
