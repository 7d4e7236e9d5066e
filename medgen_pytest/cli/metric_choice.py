"""Metric choice: the metrics in use and their context, as the options of a command name them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.config.environment import hub_cache, torch_home
from medgen_pytest.config.load import load_settings
from medgen_pytest.config.location import find_config
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.registry import DEFINITIONS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from medgen_pytest.metrics.contract import MetricDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChoice:
    """Definitions of metrics, what they may know, and which of them are in use."""

    definitions: Mapping[str, MetricDefinition]
    context: MetricContext
    names: tuple[str, ...]


def add_metric_options(parser: argparse.ArgumentParser) -> None:
    """Declares the options that choose metrics."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the settings (default: medgen.yaml of this folder, if any)"
    )
    parser.add_argument(
        "--metrics", action="append", metavar="NAMES", help="only these metrics, separated by commas (default: all)"
    )


def choose_metrics(options: argparse.Namespace) -> MetricChoice:
    """The metrics that the options and the settings name. Raises ConfigError for wrong ones."""
    here = Path.cwd()
    loaded = load_settings({}, models=(), config_path=options.config or find_config(here), invocation_dir=here)
    return MetricChoice(
        definitions=DEFINITIONS,
        context=MetricContext(root=loaded.root, torch_home=torch_home(), hub_cache=hub_cache()),
        names=named_metrics(options.metrics) or tuple(DEFINITIONS),
    )


def named_metrics(texts: list[str] | None) -> tuple[str, ...]:
    """The names in the values of `--metrics`; empty where it was not given. Raises ConfigError if it names nothing."""
    names = tuple(name.strip() for text in texts or () for name in text.split(",") if name.strip())
    if texts is not None and not names:  # an empty variable of a CI script must not mean everything
        raise ConfigError("--metrics names nothing; leave it out for all")
    return names
