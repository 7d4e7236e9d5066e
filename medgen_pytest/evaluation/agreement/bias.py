"""Bias: by how much the judge scores higher than the experts, overall and by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.agreement.labelled import Labelled

Grouping = Literal["all", "model", "task", "modality"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """The mean of judge less experts in a group, with its interval at `level`; None of one sample alone.

    Above 0 the judge is milder than the experts, whose score of a sample is the mean of theirs.
    """

    grouping: Grouping
    group: str
    samples: int
    mean: float
    low: float | None
    high: float | None
    level: float

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "grouping": self.grouping,
            "group": self.group,
            "samples": self.samples,
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            "level": self.level,
        }


def measure_bias(labelled: Sequence[Labelled], *, grouping: Grouping, level: float = 0.95) -> tuple[Bias, ...]:
    """The bias of each group of samples, by name of the group; samples without a score of an expert are left out.

    The mean is weighted, and the interval Student's t with samples - 1 degrees of freedom: the squared standard
    error is n / (n - 1) sum(w^2 (d - mean)^2) / sum(w)^2, which without weights is the usual s^2 / n.
    """
    groups: dict[str, list[tuple[float, float]]] = {}
    for sample in labelled:
        experts = sample.expert_mean
        if experts is not None:
            groups.setdefault(_name(sample, grouping), []).append((sample.judge_score - experts, sample.weight))
    return tuple(_measure(groups[name], name, grouping=grouping, level=level) for name in sorted(groups))


def _name(sample: Labelled, grouping: Grouping) -> str:
    return "all" if grouping == "all" else str(getattr(sample, grouping))


def _measure(group: list[tuple[float, float]], name: str, *, grouping: Grouping, level: float) -> Bias:
    apart, weights = np.array(group, dtype=np.float64).T
    mean = float(np.average(apart, weights=weights))
    low = high = None
    if len(group) > 1:
        from scipy.stats import t

        of_mean = len(group) / (len(group) - 1) * float((weights**2 * (apart - mean) ** 2).sum()) / weights.sum() ** 2
        reach = float(t.isf((1 - level) / 2, len(group) - 1)) * float(np.sqrt(of_mean))
        low, high = mean - reach, mean + reach
    return Bias(grouping=grouping, group=name, samples=len(group), mean=mean, low=low, high=high, level=level)
