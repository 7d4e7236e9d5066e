"""Metrics that look at many pairs at once: the missing parts, and the pair that breaks a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.metrics.making import Measured, ScoreMaker

if TYPE_CHECKING:
    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.contract import MetricSpec, Pair

MeasureBatch = Callable[[Sequence["Pair"]], Sequence[Measured | Exception]]
"""The values of pairs that have all their parts, in order; an exception in the place of a pair that has none.

What it raises is the fault of an unknown pair: each is then measured alone.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMetric:
    """A metric under one convention, computed over batches.

    `prepare` loads what the metric needs and raises ConfigError where that cannot be used; it is called
    before the first sample where that can be.
    """

    spec: MetricSpec
    convention: str
    measure: MeasureBatch
    prepare: Callable[[], None] = lambda: None

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order; a pair that has no value is unscored with the reason."""
        maker = ScoreMaker(spec=self.spec, convention=self.convention)
        whole = [pair for pair in pairs if maker.missing(pair) is None]
        measured = iter(self._measure(whole))
        return [
            maker.unscored(pair, missing) if (missing := maker.missing(pair)) else maker.of(pair, next(measured))
            for pair in pairs
        ]

    def _measure(self, pairs: Sequence[Pair]) -> Sequence[Measured | Exception]:
        if not pairs:
            return ()
        try:
            return self.measure(pairs)
        except Exception as error:  # noqa: BLE001 - one bad pair must not lose the scores of its batch
            if len(pairs) == 1:
                return (error,)
            return [self._measure([pair])[0] for pair in pairs]
