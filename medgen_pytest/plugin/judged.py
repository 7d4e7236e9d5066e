"""Judged results: what the fixture `medgen_result` gives to a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome, Verdict, decide
from medgen_pytest.plugin.failure import SampleFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedResult:
    """Scores and outcome of one sample, with the record they come from."""

    record: SampleResult
    output: ModelOutput
    verdict: Verdict
    profile: Profile

    @property
    def outcome(self) -> Outcome:
        """Accurate, inaccurate or invalid under the thresholds of the run."""
        return self.verdict.outcome

    @property
    def scores(self) -> Mapping[str, float | None]:
        """Each metric's value; None where it is unscored."""
        return {name: score.value for name, score in self.record.scores.items()}

    @property
    def reason(self) -> str | None:
        """Why the outcome is not accurate, in one line."""
        return self.verdict.reason

    def under(self, thresholds: Mapping[str, float]) -> Verdict:
        """The verdict with other thresholds; metrics that are named here are required too.

        Raises ConfigError for unknown metrics and values out of range.
        """
        if not thresholds:
            return self.verdict
        changed = self.profile.override(thresholds=thresholds)
        return decide(self.record, changed.require(self.record.task, tuple(thresholds)))

    def check(self, **thresholds: float) -> None:
        """Fails the running test, with the one line that says what is missed, unless the sample is accurate."""
        __tracebackhide__ = True
        verdict = self.under(thresholds)
        if verdict.outcome is Outcome.ACCURATE:
            return
        invalid = verdict.outcome is Outcome.INVALID
        raise SampleFailure(f"invalid output: {verdict.reason}" if invalid else str(verdict.reason))
