"""The facts that every metric keeps, kept by those that need a network too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.metrics.registry import DEFINITIONS, build_metric
from tests.learned.bertscore.encoders import minilm_context
from tests.learned.embedding.tiny_models import CUT, RAD_DINO, context_of, lay
from tests.learned.lpips.lpips_material import torch_home
from tests.learned.packages import require
from tests.metrics.test_metric_contract import *  # noqa: F403 - the facts are the tests of that module

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Metric

require("torch")
require("transformers")

NAMES = ("lpips", "embedding_similarity", "bertscore", "bertscore_precision", "bertscore_recall")
CONVENTIONS: tuple[Convention, ...] = ("canonical", "upstream")


@pytest.fixture(scope="module")
def context(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> MetricContext:
    """Real weights for LPIPS and BERTScore, a tiny vision network in the cache of the hub."""
    folder = tmp_path_factory.mktemp("hub")
    lay(folder, RAD_DINO, preprocessor=CUT)
    vision = context_of(folder)
    return replace(minilm_context(), hub_cache=vision.hub_cache, torch_home=torch_home(shared), device="cpu")


# It takes the place of the fixture of that module.
@pytest.fixture(scope="module", params=[(name, rules) for name in NAMES for rules in CONVENTIONS], ids="/".join)  # type: ignore[no-redef]  # on purpose
def metric(request: pytest.FixtureRequest, context: MetricContext) -> Metric:
    """Each metric under each convention."""
    name, rules = request.param
    return build_metric(name, convention=rules, context=context)


def test_its_needs_are_met(metric: Metric, context: MetricContext) -> None:
    needs = DEFINITIONS[metric.spec.name].needs(context)

    assert needs
    assert [str(need) for need in needs if not need.is_met] == []


def test_every_computed_metric_with_needs_but_radgraph_is_among_these(context: MetricContext) -> None:
    needy = {name for name, definition in DEFINITIONS.items() if definition.needs(context)}

    assert needy == {*NAMES, "radgraph_f1", *JUDGE_METRICS.values()}
