"""Sides: one model of one run, as each of its samples came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.baseline_line import SCORE_DIGITS
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.repeats import by_sample, score_of, shares_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.score import Direction
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult

_OPEN = (Outcome.ERROR, Outcome.MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A model of a run or of a baseline; `name` is what messages and reports call that, `letter` what tables do.

    A baseline keeps no outputs.
    """

    letter: str
    name: str
    model: str
    run: RunResult
    is_baseline: bool = False
    samples: Mapping[str, Sequence[Case]] = field(init=False, repr=False, compare=False)
    """The repeats of each sample, by its id."""

    def __post_init__(self) -> None:
        cases = [case for case in self.run.cases if case.planned.model == self.model]
        found = {repeats[0].planned.sample_id: repeats for repeats in by_sample(cases)}
        object.__setattr__(self, "samples", found)

    def planned(self, sample_id: str) -> PlannedSample:
        """What kind of sample it is."""
        return self.samples[sample_id][0].planned

    def cluster(self, sample_id: str) -> str | None:
        """What a sample belongs to, as far as any of its repeats says."""
        return next((case.cluster for case in self.samples[sample_id] if case.cluster is not None), None)

    def share(self, sample_id: str, metric: str = ACCURACY) -> float | None:
        """How much of a sample is accurate, 0 to 1; None if it is an error or missing, or has no such outcome."""
        shares = (
            shares_of(outcomes, self.run.repeats.aggregate) if (outcomes := self.outcomes(sample_id, metric)) else {}
        )
        if not shares or any(outcome in shares for outcome in _OPEN):
            return None
        return float(shares.get(Outcome.ACCURATE, 0))

    def open_outcome(self, sample_id: str) -> Outcome | None:
        """Why a sample has no verdict, error or missing; None if it has one."""
        shares = shares_of(self.outcomes(sample_id), self.run.repeats.aggregate)
        return next((outcome for outcome in _OPEN if outcome in shares), None)

    def outcomes(self, sample_id: str, metric: str = ACCURACY) -> list[Outcome]:
        """The outcomes of the repeats of a sample under a metric, or under `accuracy`."""
        return [found for case in self.samples[sample_id] if (found := case.outcome_of(metric)) is not None]

    def score(self, sample_id: str, metric: str) -> float | None:
        """The one score that the repeats of a sample come to; None without any, it may be infinite.

        Of as many decimals as a baseline keeps, so that a run and its own baseline differ in nothing.
        """
        results = [case.result for case in self.samples[sample_id] if case.result is not None]
        scores = [result.scores[metric] for result in results if metric in result.scores]
        return score_of(scores, self.run.repeats.aggregate, digits=SCORE_DIGITS)

    @property
    def rated(self) -> set[str]:
        """`accuracy` and the metrics that have outcomes."""
        return {ACCURACY}.union(*(case.metrics for repeats in self.samples.values() for case in repeats[:1]))

    @property
    def directions(self) -> dict[str, Direction]:
        """The metrics that have scores, with the direction that is better."""
        found: dict[str, Direction] = {}
        for repeats in self.samples.values():
            for case in repeats:
                if case.result is not None:
                    found.update((name, score.direction) for name, score in case.result.scores.items())
        return found
