"""Registry: every metric of this version by its name."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.metrics.bleu import BLEU
from medgen_pytest.metrics.contract import Convention
from medgen_pytest.metrics.exact_match import EXACT_MATCH
from medgen_pytest.metrics.psnr import PSNR
from medgen_pytest.metrics.ssim import SSIM
from medgen_pytest.metrics.token_f1 import TOKEN_F1

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medgen_pytest.metrics.contract import Metric, MetricSpec

_DEFINITIONS = {definition.spec.name: definition for definition in (SSIM, PSNR, EXACT_MATCH, TOKEN_F1, BLEU)}

METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {name: definition.spec for name, definition in _DEFINITIONS.items()}
)
"""What each metric is, by name, image metrics first."""


def build_metric(name: str, *, convention: Convention) -> Metric:
    """The metric of a name under a convention. Raises ConfigError for a name or convention nobody knows."""
    definition = _DEFINITIONS.get(name)
    if definition is None:
        raise ConfigError(unknown_name("metric", name, _DEFINITIONS))
    if convention not in get_args(Convention):
        raise ConfigError(unknown_name("convention", convention, get_args(Convention)))
    return definition.under(convention)


def build_metrics(names: Iterable[str], *, convention: Convention) -> list[Metric]:
    """The metrics of several names, in their order. Raises ConfigError for one unknown or named twice."""
    built: dict[str, Metric] = {}
    for name in names:
        if name in built:
            raise ConfigError(f"metric {name!r} is named twice; name each metric once")
        built[name] = build_metric(name, convention=convention)
    return list(built.values())


def conventions_digest(metrics: Iterable[Metric]) -> str:
    """SHA-256 over the names of the conventions, whatever the order of the metrics.

    Results whose digests differ were measured by different rules and are not compared.
    """
    names = sorted({metric.convention for metric in metrics})
    return hashlib.sha256("\n".join(names).encode("utf-8")).hexdigest()
