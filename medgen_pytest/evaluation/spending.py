"""Spending: what the answers of a run took, as far as they say; unknown stays unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from medgen_pytest.domain.judgement import Judgement
    from medgen_pytest.domain.output import Timing, Usage
    from medgen_pytest.domain.result import SampleResult

_OF_THIS_MACHINE = frozenset({"classical", "copy-input", "diffusers", "oracle", "replay", "transformers"})
"""Adapters that send nothing to anybody, so that an answer that says no cost has none."""


class Amount(NamedTuple):
    """A sum over the answers that say how much it was, and how many they are; None where none says."""

    total: float | None
    answers: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Amount:
        """The sum of what is known; what is no number is not."""
        known = [value for value in values if value is not None and math.isfinite(value)]
        return cls(sum(known) if known else None, len(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpending:
    """What the answers of one model took, over all sessions of the run and errors included.

    `asked` counts the answers, also those that say nothing. Times are in seconds; `first_try` are those of each
    answer's first request, sorted.
    """

    model: str
    asked: int
    requests: Amount
    input_tokens: Amount
    output_tokens: Amount
    images: Amount
    cost: Amount
    working: Amount
    waiting: Amount
    first_try: Sequence[float] = ()

    @property
    def says_anything(self) -> bool:
        """Whether any answer says what it took, beyond that it cost nothing."""
        amounts = (self.requests, self.input_tokens, self.output_tokens, self.images)
        return any(amount.answers for amount in amounts) or bool(self.cost.total)

    def first_try_within(self, share: float) -> float | None:
        """The seconds within which this share of the first requests, from 0 to 1, ended (nearest rank)."""
        if not self.first_try:
            return None
        return self.first_try[max(0, math.ceil(share * len(self.first_try)) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run took: the answers of each model and the judgements of each judge."""

    models: Sequence[ModelSpending] = ()
    judges: Sequence[ModelSpending] = ()

    @property
    def cost(self) -> float | None:
        """What is known to be spent; None where nothing is known."""
        return Amount.of(spending.cost.total for spending in (*self.models, *self.judges)).total

    @property
    def silent(self) -> dict[str, int]:
        """How many answers of whom do not say what they cost."""
        models = {one.model: one for one in self.models}
        judges = {f"judge {one.model}": one for one in self.judges}
        unsaid = {name: one.asked - one.cost.answers for name, one in (*models.items(), *judges.items())}
        return {name: number for name, number in unsaid.items() if number > 0}


def free_of(identities: object) -> frozenset[str]:
    """The models or judges, of a mapping of names to identities, that work on this machine."""
    if not isinstance(identities, Mapping):
        return frozenset()
    return frozenset(
        str(name)
        for name, identity in identities.items()
        if isinstance(identity, Mapping) and identity.get("adapter") in _OF_THIS_MACHINE
    )


def spending_of(answers: Iterable[SampleResult], *, free: Collection[str] = ()) -> list[ModelSpending]:
    """What each model's answers took, sorted by model.

    An answer of a model that is `free` cost nothing where it does not say what it cost.
    """
    by_model: dict[str, list[SampleResult]] = {}
    for answer in answers:
        by_model.setdefault(answer.model, []).append(answer)
    return [_of_model(model, by_model[model], is_free=model in free) for model in sorted(by_model)]


def judge_spending_of(answers: Iterable[SampleResult], *, free: Collection[str] = ()) -> list[ModelSpending]:
    """What each judge's judgements took, sorted by judge; one that stands in several records counts once.

    A judgement of a judge that is `free` cost nothing where it does not say what it cost.
    """
    by_judge: dict[str, dict[object, Judgement]] = {}
    for answer in answers:
        for judgement in answer.judgements:
            key = (answer.key, judgement.slot, judgement.finished, frozenset(judgement.digests.items()))
            by_judge.setdefault(judgement.judge, {})[key] = judgement
    return [_of_judge(judge, list(by_judge[judge].values()), is_free=judge in free) for judge in sorted(by_judge)]


def cost_of(answers: Iterable[SampleResult], *, rejudged: Iterable[SampleResult] = ()) -> float:
    """What answers and judgements cost for certain, which is what counts against a budget.

    One that does not say adds nothing. `rejudged` are records of the same answers whose judgements count alone.
    """
    answers = list(answers)
    judged = sum(spending.cost.total or 0.0 for spending in judge_spending_of([*answers, *rejudged]))
    return (Amount.of(usage.cost for usage in _usages(answers)).total or 0.0) + judged


def _of_model(model: str, answers: list[SampleResult], *, is_free: bool) -> ModelSpending:
    asked = [answer for answer in answers if answer.not_asked is None]
    working = [answer.output.seconds for answer in asked]
    found = _of_parts(model, asked=len(asked), usages=_usages(answers), timings=_timings(answers), working=working)
    return _without_cost(found) if is_free else found


def _without_cost(spending: ModelSpending) -> ModelSpending:
    cost = Amount(spending.cost.total or 0.0, spending.asked) if spending.asked else spending.cost
    return replace(spending, cost=cost)


def _of_parts(
    model: str, *, asked: int, usages: list[Usage], timings: list[Timing], working: Sequence[float | None]
) -> ModelSpending:
    return ModelSpending(
        model=model,
        asked=asked,
        requests=Amount.of(timing.requests for timing in timings),
        input_tokens=Amount.of(usage.input_tokens for usage in usages),
        output_tokens=Amount.of(usage.output_tokens for usage in usages),
        images=Amount.of(usage.images for usage in usages),
        cost=Amount.of(usage.cost for usage in usages),
        working=Amount.of(working),
        waiting=Amount.of(timing.waiting for timing in timings),
        first_try=sorted(timing.first_try for timing in timings if math.isfinite(timing.first_try)),
    )


def _of_judge(judge: str, judgements: list[Judgement], *, is_free: bool) -> ModelSpending:
    usages = [judgement.usage for judgement in judgements if judgement.usage is not None]
    timings = [judgement.timing for judgement in judgements if judgement.timing is not None]
    working = [timing.working for timing in timings]
    found = _of_parts(judge, asked=len(judgements), usages=usages, timings=timings, working=working)
    return _without_cost(found) if is_free else found


def _usages(answers: Iterable[SampleResult]) -> list[Usage]:
    return [answer.output.usage for answer in answers if answer.output.usage is not None]


def _timings(answers: Iterable[SampleResult]) -> list[Timing]:
    return [answer.output.timing for answer in answers if answer.output.timing is not None]
