"""Needs of BERTScore: torch, transformers, and the files of an encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.metrics.bertscore.setup import check_model_layer, read_options
from medgen_pytest.metrics.hub import find_model, hub_need
from medgen_pytest.metrics.packages import package_need, torch_need
from medgen_pytest.metrics.torch_runtime import EXTRA

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.need import Need

_WHY = "runs encoders of texts and images"


def bertscore_needs(context: MetricContext) -> tuple[Need, ...]:
    """What BERTScore needs under these settings. Raises ConfigError for wrong ones."""
    options = read_options(context)
    encoder = hub_need(options.model, kind="text", context=context)
    if encoder.is_met:
        check_model_layer(options, find_model(options.model, kind="text", context=context))
    return torch_need(), package_need("transformers", extra=EXTRA, why=_WHY), encoder
