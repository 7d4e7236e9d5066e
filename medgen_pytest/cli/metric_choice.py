"""Metric choice: the metrics in use and their context, as the options of a command and the settings name them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.cli.run_options import add_run_options, settings_of
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.metrics.registry import DEFINITIONS
from medgen_pytest.runs.choosing import metric_context, metrics_in_use, metrics_named
from medgen_pytest.runs.judging import judged_metrics

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import MetricDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChoice:
    """Definitions of metrics, what they may know, and which of them are in use."""

    definitions: Mapping[str, MetricDefinition]
    context: MetricContext
    names: tuple[str, ...]


def add_metric_options(parser: argparse.ArgumentParser) -> None:
    """Declares the options that choose metrics."""
    add_run_options(parser, ("config", "metrics", "device"))


def choose_metrics(options: argparse.Namespace, settings: RunSettings | None = None) -> MetricChoice:
    """The metrics that the options name, else those that a run with these settings computes or lets judge.

    `settings` are those of the options where they are loaded already. Raises ConfigError for wrong names and settings.
    """
    loaded = settings if settings is not None else settings_of(options)
    judged = judged_metrics(loaded.settings)
    return MetricChoice(
        definitions=DEFINITIONS,
        context=metric_context(loaded.settings.metrics, root=loaded.root, judged=judged),
        names=tuple(_names(options, loaded, judged)),
    )


def choose_all_metrics(options: argparse.Namespace) -> MetricChoice:
    """The same, but all metrics where neither options nor a settings file say which. Raises ConfigError."""
    settings = settings_of(options)
    choice = choose_metrics(options, settings)
    is_open = options.medgen_metrics is None and settings.config_path is None
    return replace(choice, names=tuple(DEFINITIONS)) if is_open else choice


def _names(options: argparse.Namespace, loaded: RunSettings, judged: frozenset[str]) -> list[str]:
    settings = loaded.settings
    if options.medgen_metrics is not None:
        return metrics_named(settings.metrics, definitions=DEFINITIONS)
    profile = load_profile(settings.thresholds.profile, root=loaded.root)
    gates = [parse_gate(text) for text in settings.gates]
    in_use = metrics_in_use(settings.metrics, definitions=DEFINITIONS, profile=profile, gates=gates)
    return [name for name in DEFINITIONS if name in {*in_use, *judged}]
