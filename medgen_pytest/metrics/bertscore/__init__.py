"""BERTScore: texts compared by the tokens that a language model makes of them."""

from medgen_pytest.metrics.bertscore.metric import BERTSCORE, BERTSCORE_PRECISION, BERTSCORE_RECALL

__all__ = ["BERTSCORE", "BERTSCORE_PRECISION", "BERTSCORE_RECALL"]
