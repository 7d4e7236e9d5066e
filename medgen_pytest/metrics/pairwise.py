"""Metrics that look at one pair at a time: the loop, the missing parts and the broken pairs, once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.metrics.contract import convention_name
from medgen_pytest.metrics.making import Measured, ScoreMaker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, MetricSpec, Pair
    from medgen_pytest.metrics.need import Need

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
        maker = ScoreMaker(spec=self.spec, convention=self.convention)
        return [self._score(pair, maker) for pair in pairs]

    def _score(self, pair: Pair, maker: ScoreMaker) -> Score:
        missing = maker.missing(pair)
        if missing is not None:
            return maker.unscored(pair, missing)
        try:
            return maker.of(pair, self.measure(pair))
        except Exception as error:  # noqa: BLE001 - one bad pair must not lose the scores of its batch
            return maker.of(pair, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a pairwise metric is, and how each convention measures it.

    Where both conventions measure alike, a score still names the one that was asked for: the name
    says which rules a number follows, not which numbers differ.
    """

    spec: MetricSpec
    canonical: Measure
    upstream: Measure

    def under(self, convention: Convention, context: MetricContext) -> PairwiseMetric:  # noqa: ARG002 - the contract's
        """The metric under a convention, called like `ssim/upstream@1`; it has no settings."""
        return PairwiseMetric(
            spec=self.spec,
            convention=convention_name(self.spec, convention),
            measure=self.upstream if convention == "upstream" else self.canonical,
        )

    def needs(self, context: MetricContext) -> tuple[Need, ...]:  # noqa: ARG002 - the contract's
        """Nothing beyond the package itself."""
        return ()
