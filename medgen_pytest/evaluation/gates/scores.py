"""Scores of samples for gates on means: what each comes to, and what it may have been where it has none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import value_of_repeats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate

_GRAVEST = (Outcome.MISSING, Outcome.ERROR, Outcome.INVALID)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleScore:
    """The score of one sample, from the `worst` that it may be to the `best`; equal where it is known.

    `lack` says why a sample, or one of its repeats, has no score: it is missing, an error or, with an unusable answer,
    invalid. An unusable answer counts as the worst score of the metric's range; where that has no end, `best` is of the
    other repeats, and None without any.
    """

    worst: float
    best: float | None
    lack: Outcome | None


def sample_score(repeats: Sequence[Case], gate: Gate, aggregate: Aggregation) -> SampleScore:
    """What the repeats of a sample come to under the metric of a gate."""
    ends = [_ends(case, gate) for case in repeats]
    worst = [end.worst for end in ends]
    best = [end.best for end in ends if end.best is not None]
    lacks = {end.lack for end in ends}
    return SampleScore(
        worst=value_of_repeats(worst, aggregate, direction=gate.direction),
        best=value_of_repeats(best, aggregate, direction=gate.direction) if best else None,
        lack=next((lack for lack in _GRAVEST if lack in lacks), None),
    )


def _ends(case: Case, gate: Gate) -> SampleScore:
    worst, best = (gate.low, gate.high) if gate.direction == "higher" else (gate.high, gate.low)
    if case.result is None:
        return SampleScore(worst=worst, best=best, lack=Outcome.MISSING)
    score = case.result.scores.get(gate.metric)
    if score is not None and score.value is not None and score.is_scored:
        return SampleScore(worst=score.value, best=score.value, lack=None)
    if case.result.status == "invalid":
        return SampleScore(worst=worst, best=worst if math.isfinite(worst) else None, lack=Outcome.INVALID)
    return SampleScore(worst=worst, best=best, lack=Outcome.ERROR)
