"""Correction of a run's rate: the evidence from a labelled sample, and the rate or why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.agreement.corrected import Evidence, Origin, bound_rate, estimate_rate
from medgen_pytest.evaluation.agreement.proportion import Proportion, make_proportion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.agreement.labelled import Labelled


CONTRADICTION = "the judge's rate on the run contradicts its error rates on the sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """How many of the judged outputs of a run the judge finds accurate; parts of a sample are possible.

    Raises ValueError for counts that are none.
    """

    accurate: float
    judged: float

    def __post_init__(self) -> None:
        if not 0 <= self.accurate <= self.judged or self.judged == 0:
            raise ValueError(f"{self.accurate} of {self.judged} judged outputs cannot be accurate")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedRate:
    """The accuracy rate that the experts would find, from the judge's on the run and its errors on the sample.

    `judge` is the judge's own rate, with the interval that takes its verdicts for the truth. `rate`, `low` and
    `high` (at `level`) are None where the evidence gives none, with the `reason`. `clipped` says that the
    estimate fell outside 0..1 and was set to the end. `samples` is how many labelled ones were used.
    """

    model: str
    judge: Proportion
    rate: float | None
    low: float | None
    high: float | None
    level: float
    samples: int
    origin: Origin
    clipped: bool = False
    reason: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        data: dict[str, object] = {
            "model": self.model,
            "judge": self.judge.to_dict(),
            "rate": self.rate,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "samples": self.samples,
            "origin": self.origin,
            "clipped": self.clipped,
        }
        if self.reason is not None:
            data["reason"] = self.reason
        return data


def correct_rate(
    labelled: Sequence[Labelled],
    counts: RunCounts,
    *,
    model: str,
    threshold: float,
    origin: Origin,
    level: float = 0.95,
) -> CorrectedRate:
    """The corrected rate of a model; see `estimate_rate` and `bound_rate` for formulas and sources.

    `labelled` are the samples whose error rates hold for the run: of a sample from the run the model's own, of
    one from elsewhere all. Unequal weights count as (sum w)^2 / sum(w^2) samples within the part of the sample
    that a share is of (Kish 1965, Survey Sampling). Raises ValueError where the sample holds more outputs of a
    verdict than the run from which it is said to be.
    """
    table = _count(labelled, threshold=threshold, origin=origin)
    samples = int(sum(sample.found_accurate(threshold) is not None for sample in labelled))
    judge = make_proportion(counts.accurate / counts.judged, of=counts.judged, level=level)
    evidence = Evidence(
        true_accurate=table[:1],
        false_accurate=table[1:2],
        false_inaccurate=table[2:3],
        true_inaccurate=table[3:],
        accurate=np.array([counts.accurate]),
        judged=np.array([counts.judged]),
        origin=origin,
    )
    if origin == "run":
        _check_run_holds(labelled, counts, threshold=threshold)
    none = CorrectedRate(
        model=model, judge=judge, rate=None, low=None, high=None, level=level, samples=samples, origin=origin
    )
    reason = _why_none(evidence)
    if reason is not None:
        return replace(none, reason=reason)
    estimate = float(estimate_rate(evidence)[0])
    low, high = (float(end[0]) for end in bound_rate(evidence, level=level))
    if math.isnan(low):
        return replace(none, reason=f"{CONTRADICTION}: the corrected rate would be {estimate:.3f}")
    rate = min(max(estimate, 0.0), 1.0)
    clipped = not math.isclose(rate, estimate, rel_tol=0, abs_tol=1e-12)
    return replace(none, rate=rate, low=min(low, rate), high=max(high, rate), clipped=clipped)


def _count(labelled: Sequence[Labelled], *, threshold: float, origin: Origin) -> np.ndarray:
    """Effective counts: true accurate, false accurate, false inaccurate, true inaccurate."""
    rows = [
        (sample.judged_accurate(threshold), found, sample.weight)
        for sample in labelled
        if (found := sample.found_accurate(threshold)) is not None
    ]
    cells = np.zeros((2, 2))
    for part in (True, False):
        inside = [row for row in rows if row[0 if origin == "run" else 1] is part]
        weights = np.array([row[2] for row in inside], dtype=np.float64)
        if inside:
            for row, share in zip(inside, weights * weights.sum() / (weights**2).sum(), strict=True):
                cells[int(not row[0]), int(not row[1])] += share
    return cells.reshape(4)


def _check_run_holds(labelled: Sequence[Labelled], counts: RunCounts, *, threshold: float) -> None:
    verdicts = [
        sample.judged_accurate(threshold) for sample in labelled if sample.found_accurate(threshold) is not None
    ]
    accurate, inaccurate = sum(verdicts), len(verdicts) - sum(verdicts)
    if accurate > counts.accurate or inaccurate > counts.judged - counts.accurate:
        raise ValueError(
            f"the sample holds {accurate} accurate and {inaccurate} inaccurate outputs by the judge, the run "
            f"only {counts.accurate:g} and {counts.judged - counts.accurate:g}: it was not drawn from this run"
        )


def _why_none(evidence: Evidence) -> str | None:
    rate = float(evidence.judge_rate[0])
    if evidence.origin == "run":
        accurate, inaccurate = (float(part[0]) for part in evidence.by_judge)
        if (accurate == 0 and rate > 0) or (inaccurate == 0 and rate < 1):
            verdict = "accurate" if accurate == 0 else "inaccurate"
            return f"the sample holds no output that the judge finds {verdict}, the run does"
        return None
    found, refused = (float(part[0]) for part in evidence.by_experts)
    if found == 0 or refused == 0:
        return f"the sample holds no output that the experts find {'accurate' if found == 0 else 'inaccurate'}"
    if evidence.true_accurate[0] / found <= evidence.false_accurate[0] / refused:
        return "on the sample the judge is no better than chance: sensitivity + specificity is not above 1"
    return None
