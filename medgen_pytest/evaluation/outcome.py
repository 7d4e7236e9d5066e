"""Outcomes: what a sample's record means under a profile."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.score import sign_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


class Miss(NamedTuple):  # as full runs have a hundred thousand of them, in a third of the time of a data class
    """A required metric that misses its threshold."""

    metric: str
    value: float
    threshold: float
    sign: str

    def __str__(self) -> str:
        return f"{self.metric} {self.value:.4g}, needs {self.sign} {self.threshold:.4g}"


class Verdict(NamedTuple):  # for the same reason
    """The outcome of one sample, the metrics it misses and, in words, why."""

    outcome: Outcome
    misses: tuple[Miss, ...] = ()
    reason: str | None = None


_ACCURATE = Verdict(outcome=Outcome.ACCURATE)


_NOTHING: Mapping[str, Outcome] = {}


def decide(result: SampleResult, profile: Profile, metrics: Mapping[str, Outcome] = _NOTHING) -> Verdict:
    """The verdict on one record under a profile; `metrics` are outcomes of it that `decide_metrics` already gave."""
    if result.status == "error":
        return Verdict(outcome=Outcome.ERROR, reason=result.reason)
    if result.status == "invalid":
        return Verdict(outcome=Outcome.INVALID, reason=result.reason)
    unscored: list[str] = []
    misses: list[Miss] = []
    scores, thresholds = result.scores, profile.thresholds
    accurate = Outcome.ACCURATE
    for name in [name for name in profile.required_for(result.task) if metrics.get(name) is not accurate]:
        score, threshold = scores.get(name), thresholds[name]
        meets = None if score is None else score.meets(threshold)
        if meets:
            continue
        if score is None or score.value is None or meets is None:
            unscored.append(_why_unscored(name, score))
        else:
            misses.append(Miss(score.metric, score.value, threshold, sign_of(score.direction)))
    if unscored:
        return Verdict(outcome=Outcome.ERROR, reason="; ".join(unscored))
    if misses:
        return Verdict(outcome=Outcome.INACCURATE, misses=tuple(misses), reason="; ".join(map(str, misses)))
    return _ACCURATE


def decide_metrics(result: SampleResult, metrics: Iterable[str], profile: Profile) -> dict[str, Outcome]:
    """The outcome of each of some metrics alone: its score against its threshold, whatever the other metrics say.

    Without a score it is `invalid` if the model is to blame, else `error`.
    """
    met, missed = Outcome.ACCURATE, Outcome.INACCURATE  # which Python 3.11 takes longer to look up than to compare
    unscored = Outcome.INVALID if result.status == "invalid" else Outcome.ERROR
    scores, thresholds = result.scores, profile.thresholds
    outcomes: dict[str, Outcome] = {}
    for name in metrics:
        score = scores.get(name)
        meets = None if score is None else score.meets(thresholds[name])
        outcomes[name] = unscored if meets is None else met if meets else missed
    return outcomes


def _why_unscored(name: str, score: Score | None) -> str:
    if score is None:
        return f"{name} is unscored: it was not computed"
    return f"{name} is unscored: {score.reason or 'no reason was given'}"
