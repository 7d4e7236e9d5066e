"""Making scores: what every metric does about missing parts, values that are no numbers and notes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.score import Score
from medgen_pytest.errors import MetricError

if TYPE_CHECKING:
    from medgen_pytest.metrics.contract import MetricSpec, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The value of one pair, with the facts its reader must know."""

    value: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMaker:
    """Makes the scores of one metric under one convention."""

    spec: MetricSpec
    convention: str

    def missing(self, pair: Pair) -> str | None:
        """What keeps a pair from being measured at all; None if it has both parts."""
        return _missing_text(pair) if self.spec.kind == "text" else _missing_image(pair)

    def of(self, pair: Pair, result: Measured | Exception) -> Score:
        """The score that a measurement, or its failure, makes."""
        if isinstance(result, MetricError):
            return self.unscored(pair, str(result))
        if isinstance(result, Exception):
            return self.unscored(pair, f"{self.spec.name} failed: {type(result).__name__}: {result}")
        if math.isnan(result.value):
            return self.unscored(pair, f"{self.spec.name} gave no number (NaN)", notes=result.notes)
        return self._make(pair, value=result.value, notes=result.notes)

    def unscored(self, pair: Pair, reason: str, *, notes: tuple[str, ...] = ()) -> Score:
        """The score of a pair that has no value."""
        return self._make(pair, reason=reason, notes=notes)

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


def _missing_image(pair: Pair) -> str | None:
    if pair.pred_image is None:
        return "no image in the output"
    return "no target image in the sample" if pair.target_image is None else None


def _missing_text(pair: Pair) -> str | None:
    if pair.pred_text is None:
        return "no text in the output"
    if pair.target_text is None:
        return "no target text in the sample"
    return None if pair.target_text.strip() else "the target text of the sample is empty"
