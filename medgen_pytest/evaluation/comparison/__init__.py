"""Comparison: two models, or a run and another, sample by sample; pure functions of their results."""

from medgen_pytest.evaluation.comparison.flips import Flip
from medgen_pytest.evaluation.comparison.metrics import MetricComparison, SliceComparison
from medgen_pytest.evaluation.comparison.runs import Comparisons, RunComparison, compare_runs
from medgen_pytest.evaluation.comparison.side import Side

__all__ = ["Comparisons", "Flip", "MetricComparison", "RunComparison", "Side", "SliceComparison", "compare_runs"]
