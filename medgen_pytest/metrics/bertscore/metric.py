"""BERTScore precision, recall and F1: how alike the tokens of two texts are in their contexts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics import specs
from medgen_pytest.metrics.batchwise import BatchMetric
from medgen_pytest.metrics.bertscore.needs import bertscore_needs
from medgen_pytest.metrics.bertscore.scorer import BertScorer
from medgen_pytest.metrics.bertscore.setup import open_setup
from medgen_pytest.metrics.contract import convention_name
from medgen_pytest.metrics.making import Measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, MetricSpec, Pair
    from medgen_pytest.metrics.need import Need

Part = Literal["precision", "recall", "f1"]
"""Which of the three numbers of a match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BertScoreMetric:
    """One part of BERTScore under one convention; the three parts share a scorer, and so each computation."""

    spec: MetricSpec
    rules: Convention
    part: Part
    scorer: BertScorer

    @property
    def convention(self) -> str:
        """The rules with model, layer and what else changes a number; reads the files of the model once."""
        return convention_name(self.spec, self.rules, variant=self.scorer.variant)

    def prepare(self) -> None:
        """Loads the encoder. Raises ConfigError naming the file or setting that cannot be used."""
        self.scorer.prepare()

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order; a pair that has no value is unscored with the reason."""
        if not pairs:
            return []
        # What cannot be loaded is no fault of the pairs.
        self.prepare()
        return BatchMetric(spec=self.spec, convention=self.convention, measure=self._measure).score(pairs)

    def _measure(self, pairs: Sequence[Pair]) -> list[Measured | Exception]:
        matches = self.scorer.match([(pair.pred_text or "", pair.target_text or "") for pair in pairs])
        return [
            found if isinstance(found, MetricError) else Measured(value=getattr(found, self.part), notes=found.notes)
            for found in matches
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BertScoreDefinition:
    """What makes one part of BERTScore."""

    spec: MetricSpec
    part: Part

    def needs(self, context: MetricContext) -> tuple[Need, ...]:
        """Torch, transformers and the encoder. Raises ConfigError for wrong settings."""
        return bertscore_needs(context)

    def under(self, convention: Convention, context: MetricContext) -> BertScoreMetric:
        """The metric under a convention; nothing heavy is imported or loaded.

        Both conventions are the same computation. Raises ConfigError for wrong settings, a layer that the model
        does not have, and files that are missing.
        """
        setup = open_setup(context)
        scorer = context.resources.get(("bertscore", setup.options), lambda: BertScorer(setup, context))
        return BertScoreMetric(spec=self.spec, rules=convention, part=self.part, scorer=scorer)


BERTSCORE = BertScoreDefinition(spec=specs.BERTSCORE, part="f1")
"""The harmonic mean of precision and recall, see `match`."""

BERTSCORE_PRECISION = BertScoreDefinition(spec=specs.BERTSCORE_PRECISION, part="precision")
"""How well each token of the answer is found in the reference."""

BERTSCORE_RECALL = BertScoreDefinition(spec=specs.BERTSCORE_RECALL, part="recall")
"""How well each token of the reference is found in the answer."""
