"""Registry: every metric of this version by its name, and the building of metrics from their definitions."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.metrics import specs
from medgen_pytest.metrics.bleu import BLEU
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Convention, MetricSpec
from medgen_pytest.metrics.exact_match import EXACT_MATCH
from medgen_pytest.metrics.judged import JUDGE_WITH_REFERENCE, JUDGE_WITHOUT_REFERENCE
from medgen_pytest.metrics.later import LaterDefinition
from medgen_pytest.metrics.ms_ssim import MS_SSIM
from medgen_pytest.metrics.psnr import PSNR
from medgen_pytest.metrics.rouge import ROUGE_L
from medgen_pytest.metrics.ssim import SSIM
from medgen_pytest.metrics.token_f1 import TOKEN_F1

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medgen_pytest.metrics.contract import Metric, MetricDefinition


def _later(spec: MetricSpec, module: str) -> LaterDefinition:
    """A definition that is called like its metric, in a module of this package."""
    return LaterDefinition(spec=spec, module=f"medgen_pytest.metrics.{module}", name=spec.name.upper())


_ENTITIES = (
    *(specs.ENTITY_PRECISION, specs.ENTITY_RECALL, specs.ENTITY_F1),
    *(specs.HALLUCINATION_RATE, specs.OMISSION_RATE, specs.FACTUAL_PRECISION),
)

_ALL: tuple[MetricDefinition, ...] = (
    *(SSIM, MS_SSIM, PSNR),
    _later(specs.LPIPS, "lpips.metric"),
    _later(specs.EMBEDDING_SIMILARITY, "embedding.metric"),
    *(EXACT_MATCH, TOKEN_F1, BLEU, ROUGE_L),
    _later(specs.BERTSCORE, "bertscore.metric"),
    _later(specs.BERTSCORE_PRECISION, "bertscore.metric"),
    _later(specs.BERTSCORE_RECALL, "bertscore.metric"),
    *(_later(spec, "clinical.entities") for spec in _ENTITIES),
    _later(specs.RADGRAPH_F1, "clinical.radgraph_f1"),
    *(JUDGE_WITH_REFERENCE, JUDGE_WITHOUT_REFERENCE),
)

DEFINITIONS: Mapping[str, MetricDefinition] = MappingProxyType(
    {definition.spec.name: definition for definition in _ALL}
)
"""The metrics that come with the package, image metrics first."""

METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {name: definition.spec for name, definition in DEFINITIONS.items()}
)
"""What each of them is, by name."""


GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "default": frozenset({"ssim", "psnr", "exact_match", "token_f1", "bleu"}),
        "paper": frozenset({"ssim", "psnr", "lpips", "bertscore", "bleu", "exact_match"}),
        "judge": frozenset(JUDGE_METRICS.values()),
        "all": frozenset(name for name, spec in METRICS.items() if spec.kind != "judge"),
    }
)
"""Names for several metrics: those that need nothing but the package, those of the paper's table
that are computed, those that a judge gives, and all that are computed."""


def with_more(more: Iterable[MetricDefinition]) -> Mapping[str, MetricDefinition]:
    """The metrics of the package and those of a user.

    Raises ConfigError for what is no definition and for a name that is taken.
    """
    definitions = dict(DEFINITIONS)
    for definition in more:
        missing = [part for part in ("spec", "needs", "under") if not hasattr(definition, part)]
        if missing:
            raise ConfigError(
                f"pytest_medgen_metrics: {type(definition).__name__} has no {missing[0]!r}, so it is no metric;"
                " make one with medgen_pytest.define_metric"
            )
        name = definition.spec.name
        if name in definitions or name in GROUPS:
            raise ConfigError(f"pytest_medgen_metrics: the name {name!r} is taken; give the metric another")
        definitions[name] = definition
    return definitions


def specs_with_own(own: Iterable[object]) -> dict[str, MetricSpec]:
    """The metrics of the package, then those of a user that were stored as plain values.

    Of a name that both have, the package's counts. Raises KeyError, TypeError or ValueError for what is no metric.
    """
    stored = [MetricSpec.from_dict(read_mapping(data)) for data in own]
    return {**METRICS, **{spec.name: spec for spec in stored if spec.name not in METRICS}}


def build_metric(
    name: str,
    *,
    convention: Convention,
    context: MetricContext | None = None,
    definitions: Mapping[str, MetricDefinition] = DEFINITIONS,
) -> Metric:
    """The metric of a name under a convention.

    Raises ConfigError for a name or convention nobody knows, wrong settings and needs that are not met.
    """
    definition = definitions.get(name)
    if definition is None:
        raise ConfigError(unknown_name("metric", name, definitions))
    if convention not in get_args(Convention):
        raise ConfigError(unknown_name("convention", convention, get_args(Convention)))
    return definition.under(convention, context or MetricContext())


def build_metrics(
    names: Iterable[str],
    *,
    convention: Convention,
    context: MetricContext | None = None,
    definitions: Mapping[str, MetricDefinition] = DEFINITIONS,
) -> list[Metric]:
    """The metrics of several names, in their order. Raises ConfigError for one unknown or named twice."""
    context = context or MetricContext()  # one for all: they share networks
    built: dict[str, Metric] = {}
    for name in names:
        if name in built:
            raise ConfigError(f"metric {name!r} is named twice; name each metric once")
        built[name] = build_metric(name, convention=convention, context=context, definitions=definitions)
    return list(built.values())


def conventions_digest(conventions: Iterable[str]) -> str:
    """SHA-256 over the names of conventions, whatever their order.

    Results whose digests differ were measured by different rules and are not compared.
    """
    return hashlib.sha256("\n".join(sorted(set(conventions))).encode("utf-8")).hexdigest()
