"""Metrics that look at one pair at a time: the loop, the missing parts and the broken pairs, once for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.score import Score
from medgen_pytest.errors import MetricError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.contract import Convention, MetricSpec, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The value of one pair, with the facts its reader must know."""

    value: float
    notes: tuple[str, ...] = ()


Measure = Callable[["Pair"], Measured]
"""The value of a pair that has all its parts. Raises MetricError when it has no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseMetric:
    """A metric under one convention, computed pair by pair."""

    spec: MetricSpec
    convention: str
    measure: Measure

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order; a pair that has no value is unscored with the reason."""
        return [self._score(pair) for pair in pairs]

    def _score(self, pair: Pair) -> Score:
        missing = _missing(pair) if self.spec.kind == "text" else _missing_image(pair)
        if missing is not None:
            return self._make(pair, reason=missing)
        try:
            measured = self.measure(pair)
        except MetricError as error:
            return self._make(pair, reason=str(error))
        except Exception as error:  # noqa: BLE001 - one bad pair must not lose the scores of its batch
            return self._make(pair, reason=f"{self.spec.name} failed: {type(error).__name__}: {error}")
        if math.isnan(measured.value):
            return self._make(pair, reason=f"{self.spec.name} gave no number (NaN)", notes=measured.notes)
        return self._make(pair, value=measured.value, notes=measured.notes)

    def _make(
        self, pair: Pair, *, value: float | None = None, reason: str | None = None, notes: tuple[str, ...] = ()
    ) -> Score:
        # The notes of a pair tell how its images were made comparable, which is nothing to a text metric.
        made = pair.notes if self.spec.kind == "image" else ()
        return Score(
            metric=self.spec.name,
            value=value,
            direction=self.spec.direction,
            convention=self.convention,
            reason=reason,
            notes=(*made, *notes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a pairwise metric is, and how each convention measures it.

    Where both conventions measure alike, a score still names the one that was asked for: the name
    says which rules a number follows, not which numbers differ.
    """

    spec: MetricSpec
    canonical: Measure
    upstream: Measure

    def under(self, convention: Convention) -> PairwiseMetric:
        """The metric under a convention, called like `ssim/upstream@1`."""
        return PairwiseMetric(
            spec=self.spec,
            convention=f"{self.spec.name}/{convention}@{self.spec.version}",
            measure=self.upstream if convention == "upstream" else self.canonical,
        )


def _missing_image(pair: Pair) -> str | None:
    if pair.pred_image is None:
        return "no image in the output"
    return "no target image in the sample" if pair.target_image is None else None


def _missing(pair: Pair) -> str | None:
    if pair.pred_text is None:
        return "no text in the output"
    if pair.target_text is None:
        return "no target text in the sample"
    return None if pair.target_text.strip() else "the target text of the sample is empty"
