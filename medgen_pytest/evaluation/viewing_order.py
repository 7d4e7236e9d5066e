"""Viewing order: which results somebody who has little time looks at first."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.expert_sample import lot
from medgen_pytest.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.domain.score import Score
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.profile import Profile

RANKS = {
    Outcome.INVALID: 0,
    Outcome.INACCURATE: 1,
    Outcome.ERROR: 2,
    Outcome.MISSING: 3,
    Outcome.ACCURATE: 4,
}
"""The model's own failures come first, then what could not be judged; what is accurate comes last."""

_WORST_OF_FOUR = 3
"""Of each four samples that are picked one is drawn by lot."""


def worst_first(cases: Iterable[Case], profile: Profile) -> list[Case]:
    """The cases, those first that fall short the most; of accurate ones those that are nearest to a threshold."""

    def rank(case: Case) -> tuple[object, ...]:
        return (RANKS[case.verdict.outcome], margin(case, profile), case.planned.key)

    return sorted(cases, key=rank)


def margin(case: Case, profile: Profile) -> float:
    """How far the worst required score lies on the good side of its threshold, negative on the bad side.

    Distances are shares of the metric's range, or of the threshold where the range has no end, so that metrics
    can be compared. Without a score that counts it is 0.
    """
    if case.result is None:
        return 0.0
    scores = case.result.scores
    names = [name for name in profile.required_for(case.planned.task) if name in scores]
    found = [_distance(scores[name], profile) for name in names]
    return min((distance for distance in found if distance is not None), default=0.0)


def by_lot(cases: Iterable[Case], *, seed: int) -> list[Case]:
    """The cases in an order that chance makes, all results of a sample together; the same one for the same seed."""
    places: dict[str, str] = {}

    def rank(case: Case) -> tuple[object, ...]:
        name = case.planned.sample_id
        if name not in places:
            places[name] = lot(seed, "view", name)
        return (places[name], case.planned.key)

    return sorted(cases, key=rank)


def samples_to_show(worst: Sequence[Case], drawn: Sequence[Case]) -> list[str]:
    """The ids of all samples, those first whose images are to be shown if there is no room for all.

    Of each four, three are the worst that their task and modality have left, task by task; the fourth is drawn by
    lot. `worst` and `drawn` are the cases in these two orders.
    """
    ranks: Counter[tuple[str, str]] = Counter()
    places: dict[str, tuple[int, int]] = {}
    for place, case in enumerate(worst):
        planned = case.planned
        if planned.sample_id not in places:
            stratum = (planned.task.value, planned.modality.value)
            places[planned.sample_id] = (ranks[stratum], place)
            ranks[stratum] += 1
    by_stratum = sorted(places, key=places.__getitem__)
    return _interleave(by_stratum, list(dict.fromkeys(case.planned.sample_id for case in drawn)))


def _interleave(many: Sequence[str], few: Sequence[str]) -> list[str]:
    """Both, without doubles: `_WORST_OF_FOUR` of the first, one of the second, and so on."""
    order = []
    rest = iter(few)
    for place, name in enumerate(many):
        order.append(name)
        if place % _WORST_OF_FOUR == _WORST_OF_FOUR - 1:
            order.append(next(rest))
    return list(dict.fromkeys(order))


def _distance(score: Score, profile: Profile) -> float | None:
    threshold = profile.thresholds.get(score.metric)
    if threshold is None or score.value is None or not score.is_scored:
        return None
    gap = score.value - threshold if score.direction == "higher" else threshold - score.value
    return gap / _scale(score.metric, threshold, profile) + 0.0


def _scale(metric: str, threshold: float, profile: Profile) -> float:
    spec = profile.metrics.get(metric)
    span = spec.high - spec.low if spec is not None else math.inf
    return span if math.isfinite(span) and span > 0 else abs(threshold) or 1.0
