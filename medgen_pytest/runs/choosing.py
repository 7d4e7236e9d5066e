"""Choosing metrics: which a run computes, which it leaves out, and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.config.environment import hub_cache, torch_home
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.registry import GROUPS, METRICS, build_metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.config.settings import MetricSettings
    from medgen_pytest.evaluation.gates import Gate
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.metrics.contract import Metric, MetricDefinition

_MEBIBYTE = 1024 * 1024
_NOT_IN_USE = "not in use; name it with --medgen-metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChoice:
    """The metrics of a run, the profile without those that are missing, and what is left out with the reason."""

    metrics: tuple[Metric, ...]
    profile: Profile
    left_out: Mapping[str, str]


def metric_context(
    settings: MetricSettings, *, root: Path, workers: int = 1, judged: frozenset[str] = frozenset()
) -> MetricContext:
    """The context that settings describe, for one of so many processes that share the machine's cores."""
    cores = os.cpu_count() or 1
    return MetricContext(
        root=root,
        torch_home=root / settings.torch_home if settings.torch_home else torch_home(),
        hub_cache=root / settings.hub_cache if settings.hub_cache else hub_cache(),
        device=settings.device,
        half_precision=settings.half_precision,
        batch_size=settings.batch_size,
        cache_bytes=settings.cache_mb * _MEBIBYTE,
        threads=settings.threads or (max(1, cores // workers) if workers > 1 else 0),
        judged=judged,
        options=settings.options,
    )


def metrics_in_use(
    settings: MetricSettings,
    *,
    definitions: Mapping[str, MetricDefinition],
    profile: Profile,
    gates: Sequence[Gate] = (),
) -> list[str]:
    """The metrics that settings name, a profile requires or a gate is about, in the order of the registry.

    Raises ConfigError for a name that is neither a metric nor a group, also where it stands with settings.
    """
    named = {*metrics_named(settings, definitions=definitions), *profile.all_required, *_gated(gates)}
    return [name for name in definitions if name in named]


def metrics_named(settings: MetricSettings, *, definitions: Mapping[str, MetricDefinition]) -> list[str]:
    """The metrics that settings name, alone or in groups, in the order of the registry.

    Raises ConfigError for a name that is neither a metric nor a group, also where it stands with settings.
    """
    for name in settings.options:
        if name not in definitions:
            raise ConfigError(f"metrics.{name}: {unknown_name('metric or setting', name, definitions)}")
    named = _expand(settings.use, definitions)
    return [name for name in definitions if name in named]


def choose_metrics(
    names: Sequence[str],
    settings: MetricSettings,
    *,
    definitions: Mapping[str, MetricDefinition],
    context: MetricContext,
    profile: Profile,
    gates: Sequence[Gate],
) -> MetricChoice:
    """The metrics of these names, built; those that are judged need no more than a judge.

    Raises ConfigError for wrong settings, and for a metric whose needs are not met unless
    the settings leave such a metric out and no gate is about it.
    """
    unmet = {name: problem for name in names if (problem := _problem(definitions[name], context))}
    for name, problem in unmet.items():
        if settings.missing == "refuse":
            raise ConfigError(f"metric {name}: {problem} (or do without it: --medgen-missing-metrics=leave-out)")
        if name in _gated(gates):
            raise ConfigError(f"metric {name}, which a gate is about, cannot be left out: {problem}")
    left_out = {name: _NOT_IN_USE for name in profile.thresholds if name not in names} | unmet
    metrics = build_metrics(
        [name for name in names if name not in unmet and definitions[name].spec.kind != "judge"],
        convention=profile.convention,
        context=context,
        definitions=definitions,
    )
    return MetricChoice(
        metrics=tuple(metrics),
        profile=profile.without(unmet) if unmet else profile,
        left_out={name: left_out[name] for name in sorted(left_out)},
    )


def _expand(names: Iterable[str], definitions: Mapping[str, MetricDefinition]) -> set[str]:
    found: set[str] = set()
    for name in names:
        if name not in definitions and name not in GROUPS:
            raise ConfigError(unknown_name("metric", name, [*definitions, *GROUPS]))
        found |= GROUPS.get(name, {name})
        if name in {"default", "all"}:  # the user's own metrics are there to be computed
            found |= definitions.keys() - METRICS.keys()
    return found


def _gated(gates: Iterable[Gate]) -> set[str]:
    return {name for gate in gates for name in gate.needs}


def _problem(definition: MetricDefinition, context: MetricContext) -> str | None:
    return next((str(need) for need in definition.needs(context) if not need.is_met), None)
