"""Greedy matching: each token of a text with the token of the other that it is most like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import MetricError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How alike a candidate and a reference are; `notes` are facts about how they were read."""

    precision: float
    recall: float
    f1: float
    notes: tuple[str, ...] = ()


def match(
    torch: Any, preds: Any, target: Any, *, pred_weights: Sequence[float], target_weights: Sequence[float]
) -> Match:
    """BERTScore (Zhang et al. 2020) of two texts from the features of their tokens.

    preds: (n, d), target: (m, d), float32 rows of length 1; weights: n and m numbers, none negative. With
    the cosines `S = preds @ target.T`, precision is the mean of the row maxima of S weighted by
    `pred_weights`, recall that of its column maxima weighted by `target_weights`, and
    `f1 = 2 P R / (P + R)` (0 where both are 0). Special tokens can be matched, and count only by their weight.

    A token that is like none of the other text (a negative maximum) counts 0. So it does in bert-score
    wherever a longer text of the batch makes it pad, which is nearly always; alone it counts as negative there.

    No unit, [0, 1], higher is better; equal texts give 1. Rounding beyond 1 is cut off. Raises MetricError
    where all weights of a text are 0.
    """
    similarity = (preds @ target.T).clamp(min=0)
    precision = _weighted(torch, similarity.amax(dim=1), pred_weights, "candidate")
    recall = _weighted(torch, similarity.amax(dim=0), target_weights, "reference")
    return Match(precision=precision, recall=recall, f1=harmonic(precision, recall))


def harmonic(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where there is none."""
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def _weighted(torch: Any, values: Any, weights: Sequence[float], side: str) -> float:
    weight = torch.tensor(weights, dtype=torch.float64, device="cpu")
    total = float(weight.sum())
    if total <= 0:
        raise MetricError(f"no token of the {side} counts")
    mean = float((values.cpu().double() * weight).sum()) / total
    return mean if math.isnan(mean) else min(1.0, mean)
