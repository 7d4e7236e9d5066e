"""A labelled sample: what the judge and the experts said about one output."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One output of a calibration sample, rated by a judge and by experts on one scale, higher is better.

    `expert_scores` holds one entry an expert, in the same order in every sample; None where that expert
    gave no score. `weight` is how many outputs of the run the sample stands for, or a multiple of that:
    the inverse of the chance with which it was drawn. Only ratios of weights matter. Raises ValueError
    for a score that is not finite and a weight that is not finite and positive.
    """

    sample_id: str
    model: str
    task: str
    modality: str
    judge_score: float
    expert_scores: tuple[float | None, ...]
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not all(math.isfinite(score) for score in (self.judge_score, *self.rated)):
            raise ValueError(f"a score of sample {self.sample_id!r} is not finite")
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise ValueError(f"the weight of sample {self.sample_id!r} is {self.weight}, not a positive number")

    @property
    def rated(self) -> tuple[float, ...]:
        """The scores that experts gave."""
        return tuple(score for score in self.expert_scores if score is not None)

    @property
    def expert_mean(self) -> float | None:
        """The mean of the experts' scores; None without any."""
        return math.fsum(self.rated) / len(self.rated) if self.rated else None

    def judged_accurate(self, threshold: float) -> bool:
        """Whether the judge's score reaches the threshold."""
        return self.judge_score >= threshold

    def found_accurate(self, threshold: float) -> bool | None:
        """Whether more than half of the experts who gave a score reach the threshold; None without any.

        An even split is no majority, so the output is not accurate; `is_split` tells it.
        """
        if not self.rated:
            return None
        return 2 * self._in_favour(threshold) > len(self.rated)

    def is_split(self, threshold: float) -> bool:
        """Whether exactly half of the experts who gave a score reach the threshold."""
        return bool(self.rated) and 2 * self._in_favour(threshold) == len(self.rated)

    def _in_favour(self, threshold: float) -> int:
        return sum(score >= threshold for score in self.rated)
