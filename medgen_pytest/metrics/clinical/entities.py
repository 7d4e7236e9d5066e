"""Entity metrics: precision, recall, F1, hallucination, omission and factual precision of what texts state."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.config.sections import Section, parse_section
from medgen_pytest.errors import MetricError
from medgen_pytest.metrics import specs
from medgen_pytest.metrics.clinical import agreement
from medgen_pytest.metrics.clinical.reading import Statement
from medgen_pytest.metrics.clinical.readings import Readings, shared_readings
from medgen_pytest.metrics.contract import convention_name
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import PairwiseMetric

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, MetricSpec, Pair
    from medgen_pytest.metrics.need import Need

Formula = Callable[[AbstractSet[Statement], AbstractSet[Statement]], Measured]
"""The value of the statements of a candidate against those of a reference."""

_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMetricDefinition:
    """What a metric of clinical entities is. Both conventions are the same computation.

    Its convention holds the first digits of the lexicon's digest: other terms or cues give other numbers.
    """

    spec: MetricSpec
    formula: Formula

    def needs(self, context: MetricContext) -> tuple[Need, ...]:
        """Nothing beyond the package itself. Raises ConfigError for settings: it has none."""
        self._check(context)
        return ()

    def under(self, convention: Convention, context: MetricContext) -> PairwiseMetric:
        """The metric, called like `entity_f1/canonical@1+4a1f09c2`. Raises ConfigError for settings: it has none."""
        self._check(context)
        readings = shared_readings(context)
        return PairwiseMetric(
            spec=self.spec,
            convention=convention_name(self.spec, convention, variant=readings.lexicon.digest[:_DIGITS]),
            measure=lambda pair: self._measure(pair, readings),
        )

    def _check(self, context: MetricContext) -> None:
        parse_section(Section, context.options_of(self.spec.name), owner=f"metric {self.spec.name!r}")

    def _measure(self, pair: Pair, readings: Readings) -> Measured:
        if pair.pred_text is None or pair.target_text is None:
            raise MetricError(f"{self.spec.name} needs two texts")
        measured = self.formula(readings.of(pair.pred_text), readings.of(pair.target_text))
        return measured if pair.pred_text.strip() else replace(measured, notes=("empty candidate",))


def _define(spec: MetricSpec, formula: Formula) -> EntityMetricDefinition:
    return EntityMetricDefinition(spec=spec, formula=formula)


ENTITY_PRECISION = _define(specs.ENTITY_PRECISION, agreement.entity_precision)
ENTITY_RECALL = _define(specs.ENTITY_RECALL, agreement.entity_recall)
ENTITY_F1 = _define(specs.ENTITY_F1, agreement.entity_f1)
HALLUCINATION_RATE = _define(specs.HALLUCINATION_RATE, agreement.hallucination_rate)
OMISSION_RATE = _define(specs.OMISSION_RATE, agreement.omission_rate)
FACTUAL_PRECISION = _define(specs.FACTUAL_PRECISION, agreement.factual_precision)

CLINICAL = (ENTITY_PRECISION, ENTITY_RECALL, ENTITY_F1, HALLUCINATION_RATE, OMISSION_RATE, FACTUAL_PRECISION)
"""All of them; they share one reading of each text."""
