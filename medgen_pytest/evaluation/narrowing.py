"""Narrowing: the part of a run's result that somebody looks at, some models on the samples of one slice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.judging import summarise_judging
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import Repeats, score_of
from medgen_pytest.evaluation.slices import lies_in, summarise
from medgen_pytest.evaluation.viewing_order import RANKS, worst_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import Dimension


def narrow(run: RunResult, *, models: Collection[str] = (), where: Sequence[tuple[Dimension, str]] = ()) -> RunResult:
    """The run on the samples of a slice, and of some models; empty stands for all.

    It has no gates, which are decided on the whole run, and no costs, which are not known by slice.
    """
    cases = [
        case for case in run.cases if (not models or case.planned.model in models) and lies_in(case.planned, where)
    ]
    return replace(
        run,
        policy=replace(run.policy, gates=(), baselines={}),
        cases=cases,
        repeats=Repeats.of(cases, aggregate=run.repeats.aggregate),
        slices=summarise(cases, aggregate=run.repeats.aggregate, metrics=run.profile.metrics),
        gates=[],
        spending=(),
        judge_spending=(),
        judging=summarise_judging(cases, profile=run.profile, facts=run.facts),
    )


def failures(cases: Iterable[Case], profile: Profile, *, metric: str | None = None) -> list[Case]:
    """The cases that are not accurate, the worst first: under all required metrics, or under one alone.

    Under one metric invalid outputs come first, then scores from the worst on, then what could not be judged.
    """
    if metric is None:
        return [case for case in worst_first(cases, profile) if case.verdict.outcome is not Outcome.ACCURATE]
    found = [case for case in cases if case.outcome_of(metric) not in {None, Outcome.ACCURATE}]

    def rank(case: Case) -> tuple[object, ...]:
        outcome = case.outcome_of(metric) or Outcome.MISSING
        return RANKS[outcome], _badness(case, metric), case.planned.key

    return sorted(found, key=rank)


def _badness(case: Case, metric: str) -> float:
    """A score turned so that a smaller one is worse; 0 without any."""
    score = case.result.scores.get(metric) if case.result is not None else None
    value = score_of([score], "mean") if score is not None else None
    if score is None or value is None:
        return 0.0
    return value if score.direction == "higher" else -value
