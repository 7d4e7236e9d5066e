"""Outcomes: what a sample's record means under a profile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from medgen_pytest.domain.score import sign_of

if TYPE_CHECKING:
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.score import Score
    from medgen_pytest.evaluation.profile import Profile


class Outcome(str, Enum):
    """What became of a sample.

    `invalid` is the model's fault and counts as not accurate; `error` is not, and the sample was not
    judged; `missing` was planned and never finished.
    """

    ACCURATE = "accurate"
    INACCURATE = "inaccurate"
    INVALID = "invalid"
    ERROR = "error"
    MISSING = "missing"

    __str__ = str.__str__


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A required metric that misses its threshold."""

    metric: str
    value: float
    threshold: float
    sign: str

    def __str__(self) -> str:
        return f"{self.metric} {self.value:.4g}, needs {self.sign} {self.threshold:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of one sample, the metrics it misses and, in words, why."""

    outcome: Outcome
    misses: tuple[Miss, ...] = ()
    reason: str | None = None


_ACCURATE = Verdict(outcome=Outcome.ACCURATE)


def decide(result: SampleResult, profile: Profile) -> Verdict:
    """The verdict on one record under a profile."""
    if result.status == "error":
        return Verdict(outcome=Outcome.ERROR, reason=result.reason)
    if result.status == "invalid":
        return Verdict(outcome=Outcome.INVALID, reason=result.reason)
    required = profile.required_for(result.task)
    if all(name in result.scores and result.scores[name].meets(profile.thresholds[name]) for name in required):
        return _ACCURATE
    unscored = [why for name in required if (why := _why_unscored(name, result.scores.get(name)))]
    if unscored:
        return Verdict(outcome=Outcome.ERROR, reason="; ".join(unscored))
    misses = tuple(miss for name in required if (miss := _miss(result.scores[name], profile.thresholds[name])))
    return Verdict(outcome=Outcome.INACCURATE, misses=misses, reason="; ".join(str(miss) for miss in misses))


def decide_metric(result: SampleResult, metric: str, profile: Profile) -> Outcome:
    """The outcome of one metric alone: its score against its threshold, whatever the other metrics say.

    Without a score it is `invalid` if the model is to blame, else `error`.
    """
    score = result.scores.get(metric)
    if score is not None:
        if score.meets(profile.thresholds[metric]):
            return Outcome.ACCURATE
        if score.is_scored:
            return Outcome.INACCURATE
    return Outcome.INVALID if result.status == "invalid" else Outcome.ERROR


def _why_unscored(name: str, score: Score | None) -> str | None:
    if score is None:
        return f"{name} is unscored: it was not computed"
    if score.is_scored:
        return None
    return f"{name} is unscored: {score.reason or 'no reason was given'}"


def _miss(score: Score, threshold: float) -> Miss | None:
    if score.meets(threshold) or score.value is None:
        return None
    return Miss(metric=score.metric, value=score.value, threshold=threshold, sign=sign_of(score.direction))
