"""Repeats: what the answers of a model to one sample, asked several times, say about that sample.

An error is never a pass, a fail or a zero: a sample is only judged when no repeat that lacks a verdict
could change what the aggregation says of it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.tally import Count, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.domain.score import Direction, Score
    from medgen_pytest.evaluation.case import Case

_DECIDING: Mapping[Aggregation, tuple[Outcome, ...]] = {
    "mean": (Outcome.MISSING, Outcome.ERROR),
    "all": (Outcome.INACCURATE, Outcome.INVALID, Outcome.MISSING, Outcome.ERROR, Outcome.ACCURATE),
    "any": (Outcome.ACCURATE, Outcome.MISSING, Outcome.ERROR, Outcome.INACCURATE, Outcome.INVALID),
}
"""Outcomes of a repeat that are that of its sample, whatever the other repeats say; an earlier one beats later ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """How often each sample of a run was to be asked, and how its repeats become one verdict.

    A run that was resumed with another number on some of its samples has a `fewest` and a `most`.
    """

    fewest: int
    most: int
    aggregate: Aggregation

    @classmethod
    def of(cls, cases: Iterable[Case], *, aggregate: Aggregation) -> Repeats:
        """Those of the cases of a run; one each without any."""
        counts = {len(repeats) for repeats in by_sample(cases)} or {1}
        return cls(fewest=min(counts), most=max(counts), aggregate=aggregate)

    @property
    def is_one(self) -> bool:
        """Whether each sample is asked once, so that there is nothing to aggregate."""
        return self.most == 1

    def __str__(self) -> str:
        number = str(self.most) if self.fewest == self.most else f"{self.fewest} to {self.most}"
        return f"{self.aggregate} of {number} repeats"


def by_sample(cases: Iterable[Case]) -> list[list[Case]]:
    """The cases of each sample of each model together, in the order in which the samples come."""
    cases = list(cases)
    if not any(case.planned.repeat for case in cases):  # a case is one repeat, so these are all of different samples
        return [[case] for case in cases]
    found: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        found.setdefault((case.planned.model, case.planned.sample_id), []).append(case)
    return list(found.values())


def shares_of(outcomes: Sequence[Outcome], aggregate: Aggregation) -> Mapping[Outcome, Count]:
    """What a sample counts as whose repeats ended so, at least one: parts that add up to one.

    `mean`: the share of the repeats that ended in each way; but a sample with a repeat that is missing or
    an error is so itself. `all`: accurate if every repeat is, not accurate once one is not. `any`: accurate
    once one repeat is, not accurate if no repeat is. What a missing or errored repeat leaves open is
    missing or an error. A sample that is not accurate is invalid if no repeat gave a usable answer. Repeats
    that all ended alike, a single one too, count as they ended, whatever the aggregation.
    """
    if len(outcomes) == 1 or outcomes.count(outcomes[0]) == len(outcomes):
        return {outcomes[0]: 1}
    decided = next((outcome for outcome in _DECIDING[aggregate] if outcome in outcomes), None)
    if decided is not None:
        return {decided: 1}
    return {outcome: Fraction(count, len(outcomes)) for outcome, count in Counter(outcomes).items()}


def tally_of(cases: Iterable[Case], *, metric: str = ACCURACY, aggregate: Aggregation) -> Tally:
    """The tally of the samples of some cases under a metric, or under `accuracy`; those without it do not count."""
    cases = list(cases)
    if not any(case.planned.repeat for case in cases):  # as nearly always: each case is a sample, and counts as one
        return Tally.of(outcome for case in cases if (outcome := case.outcome_of(metric)) is not None)
    counts: dict[Outcome, Count] = {}
    for repeats in by_sample(cases):
        outcomes = [outcome for case in repeats if (outcome := case.outcome_of(metric)) is not None]
        for outcome, share in shares_of(outcomes, aggregate).items() if outcomes else ():
            counts[outcome] = counts.get(outcome, 0) + share
    return Tally.from_counts(counts)


def score_of(scores: Iterable[Score], aggregate: Aggregation, *, digits: int | None = None) -> float | None:
    """The one score of a sample whose repeats have these, of one metric; None if none is scored.

    With `digits` each of them is first rounded to so many decimals.
    """
    values: list[float] = []
    direction: Direction = "higher"
    for score in scores:
        if score.value is not None and score.is_scored:
            values.append(score.value if digits is None else round(score.value, digits))
            direction = score.direction
    return value_of_repeats(values, aggregate, direction=direction) if values else None


def value_of_repeats(values: Sequence[float], aggregate: Aggregation, *, direction: Direction) -> float:
    """What the scores of a sample's repeats, at least one, come to.

    It is their mean, or the score that decides the outcome: the worst for `all`, the best for `any`.
    """
    if aggregate == "mean":
        return values[0] if len(values) == 1 else mean_of(values)
    return max(values) if (aggregate == "any") == (direction == "higher") else min(values)


def mean_of(values: Sequence[float]) -> float:
    """The mean of scores, at least one; infinite where one is."""
    # Infinities of both signs, whose mean is none, are no scores of any metric; fsum would raise on them.
    return (math.fsum(values) if all(map(math.isfinite, values)) else sum(values)) / len(values)
