"""LPIPS v0.1: how different two images look to a network trained on photographs, calibrated by people's judgements."""

from medgen_pytest.metrics.lpips.metric import LPIPS, LpipsMetric
from medgen_pytest.metrics.lpips.settings import LpipsOptions

__all__ = ["LPIPS", "LpipsMetric", "LpipsOptions"]
