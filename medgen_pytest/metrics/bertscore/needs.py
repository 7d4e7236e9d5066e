"""Needs of BERTScore: torch, transformers, and the files of an encoder."""

from __future__ import annotations

from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from medgen_pytest.metrics.bertscore.setup import check_model_layer, read_options
from medgen_pytest.metrics.hub import find_model, hub_need
from medgen_pytest.metrics.need import Need
from medgen_pytest.metrics.torch_runtime import EXTRA

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext


def bertscore_needs(context: MetricContext) -> tuple[Need, ...]:
    """What BERTScore needs under these settings. Raises ConfigError for wrong ones."""
    options = read_options(context)
    encoder = hub_need(options.model, kind="text", context=context)
    if encoder.is_met:
        check_model_layer(options, find_model(options.model, kind="text", context=context))
    return _package("torch"), _package("transformers"), encoder


def _package(name: str) -> Need:
    if find_spec(name) is None:
        remedy = f"pip install 'medgen-pytest[{EXTRA}]'"
        return Need(kind="package", name=name, problem=f"the package {name!r} is not installed", remedy=remedy)
    return Need(kind="package", name=name, found=_version(name))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # importable, but from no distribution
        return None
