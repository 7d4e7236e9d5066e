"""Judging, summed up: how often judges could judge, how sure they were, and what the outputs tried with them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS, TIERS
from medgen_pytest.domain.plain import section_of
from medgen_pytest.judge.combining import combine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.domain.judgement import Judgement, Tier
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.agreement import Coefficient
    from medgen_pytest.evaluation.agreement.raters import RaterAgreement
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingSummary:
    """One tier on all outputs of one model; counts are of samples, each repeat of a model by itself.

    `due` are the usable outputs, `scored` those that have a score, `errors` the others. `uncertain` are scored
    ones whose judgements lie on both sides of the threshold, or whose score is nearer to it than the margin.
    `steered` outputs hold what looks like an attempt to steer the judge; for `repaired` ones a judge had to
    be asked twice. `order_shift` is how much higher, on average, an output is scored that is shown before its
    reference than behind it; None where both orders were not asked. `judges` is how far several judges agree, each
    by the mean of its repeats; `repeats` how far each judge agrees with itself, as Krippendorff's alpha.
    """

    model: str
    metric: str
    due: int
    scored: int
    errors: int
    uncertain: int
    steered: int
    repaired: int
    order_shift: float | None = None
    judges: RaterAgreement | None = None
    repeats: Mapping[str, Coefficient] = field(default_factory=dict)

    @property
    def error_rate(self) -> float | None:
        """The share of usable outputs that have no score; None without any."""
        return self.errors / self.due if self.due else None

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports."""
        return {
            "model": self.model,
            "metric": self.metric,
            "due": self.due,
            "scored": self.scored,
            "errors": self.errors,
            "error_rate": self.error_rate,
            "uncertain": self.uncertain,
            "steered": self.steered,
            "repaired": self.repaired,
            "order_shift": self.order_shift,
            "judges": self.judges.to_dict() if self.judges is not None else None,
            "repeats": {judge: alpha.to_dict() for judge, alpha in self.repeats.items()},
        }


def summarise_judging(cases: Sequence[Case], *, profile: Profile, facts: Mapping[str, object]) -> list[JudgingSummary]:
    """A summary for each model and tier, in order; empty for a run without a judge."""
    judge = facts.get("judge")
    if not isinstance(judge, Mapping):
        return []
    tiers = [tier for tier in TIERS if tier in _items(judge.get("tiers"))]
    by_model: dict[str, list[SampleResult]] = {}
    for case in cases:
        if case.result is not None and case.result.status == "answered":
            by_model.setdefault(case.planned.model, []).append(case.result)
    margin = margin_of(facts)
    return [
        _summarise(model, tier, by_model[model], threshold=profile.thresholds.get(JUDGE_METRICS[tier]), margin=margin)
        for model in sorted(by_model)
        for tier in tiers
    ]


def is_uncertain(result: SampleResult, metric: str, *, threshold: float | None, margin: float) -> bool:
    """Whether the judgements behind a score do not settle on which side of the threshold it lies.

    That is so when some of them reach it and others do not, and when the score is nearer to it than the margin.
    A metric that has no score or no threshold is not uncertain.
    """
    score = result.scores.get(metric)
    if score is None or score.value is None or threshold is None:
        return False
    given = [judgement.overall for judgement in _of_metric(result, metric) if judgement.overall is not None]
    sides = {value >= threshold for value in given}
    return len(sides) > 1 or abs(score.value - threshold) < margin


def margin_of(facts: Mapping[str, object]) -> float:
    """The margin of a run's judge; 0 without one."""
    margin = section_of(facts, "judge").get("margin")
    return float(margin) if isinstance(margin, int | float) else 0.0


def _summarise(
    model: str, tier: Tier, results: Sequence[SampleResult], *, threshold: float | None, margin: float
) -> JudgingSummary:
    metric = JUDGE_METRICS[tier]
    scored = [result for result in results if metric in result.scores and result.scores[metric].is_scored]
    given = [_of_metric(result, metric) for result in results]
    return JudgingSummary(
        model=model,
        metric=metric,
        due=len(results),
        scored=len(scored),
        errors=len(results) - len(scored),
        uncertain=sum(is_uncertain(result, metric, threshold=threshold, margin=margin) for result in scored),
        steered=sum(any(one.steering for one in judgements) for judgements in given),
        repaired=sum(any(one.repaired for one in judgements) for judgements in given),
        order_shift=_order_shift(given),
        judges=_between_judges(given, threshold=threshold),
        repeats=_within_judges(given),
    )


def _between_judges(given: Sequence[Sequence[Judgement]], *, threshold: float | None) -> RaterAgreement | None:
    names = sorted({judgement.judge for judgements in given for judgement in judgements})
    if len(names) < 2 or threshold is None:  # noqa: PLR2004 - an agreement needs two
        return None
    from medgen_pytest.evaluation.agreement import compare_raters

    scores = {
        name: [_mean([one.overall for one in judgements if one.judge == name]) for judgements in given]
        for name in names
    }
    return compare_raters(scores, threshold=threshold)


def _within_judges(given: Sequence[Sequence[Judgement]]) -> dict[str, Coefficient]:
    slots = sorted({one.slot for judgements in given for one in judgements})
    found = {}
    for judge in sorted({slot[0] for slot in slots}):
        own = [slot for slot in slots if slot[0] == judge]
        if len(own) > 1:
            from medgen_pytest.evaluation.agreement import krippendorff_alpha

            scores = [{one.slot: one.overall for one in judgements} for judgements in given]
            found[judge] = krippendorff_alpha([[row.get(slot) for slot in own] for row in scores])
    return found


def _mean(scores: Iterable[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return combine(known, "mean") if known else None


def _of_metric(result: SampleResult, metric: str) -> list[Judgement]:
    return [judgement for judgement in result.judgements if JUDGE_METRICS[judgement.tier] == metric]


def _order_shift(given: Iterable[Sequence[Judgement]]) -> float | None:
    shifts = []
    for judgements in given:
        first = [one.overall for one in judgements if one.swapped and one.overall is not None]
        behind = [one.overall for one in judgements if not one.swapped and one.overall is not None]
        if first and behind:
            shifts.append(statistics.fmean(first) - statistics.fmean(behind))
    return statistics.fmean(shifts) if shifts else None


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()
