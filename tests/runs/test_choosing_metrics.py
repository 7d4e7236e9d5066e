"""Which metrics a run computes, and what becomes of one that cannot be computed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.settings import MetricSettings
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.own import define_metric
from medgen_pytest.metrics.registry import GROUPS, METRICS, with_more
from medgen_pytest.runs.choosing import choose_metrics, metric_context, metrics_in_use
from tests.runs.fake_metrics import MISSING, NeedyDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.metrics.contract import MetricDefinition
    from medgen_pytest.runs.choosing import MetricChoice

DEPTH = NeedyDefinition()
LOST = NeedyDefinition(need=MISSING)
DEFAULT = {"ssim", "psnr", "exact_match", "token_f1", "bleu"}
GENEROUS = {"use": ["default"], "missing": "leave-out"}


def choose(
    settings: Mapping[str, object] | None = None,
    *,
    more: Sequence[MetricDefinition] = (),
    gates: Sequence[str] = (),
    thresholds: Mapping[str, float] | None = None,
    required: Sequence[str] = (),
) -> MetricChoice:
    definitions = with_more(more)
    table = {name: definition.spec for name, definition in definitions.items()}
    profile = load_profile("medgen-2026.08", root=Path(), metrics=table).override(thresholds=thresholds or {})
    for task in profile.required:
        if task.format.wants_image and required:
            profile = profile.require(task, tuple(required))
    parsed = [parse_gate(gate, metrics=table) for gate in gates]
    chosen = MetricSettings.model_validate(settings or {})
    return choose_metrics(
        metrics_in_use(chosen, definitions=definitions, profile=profile, gates=parsed),
        chosen,
        definitions=definitions,
        context=MetricContext(),
        profile=profile,
        gates=parsed,
    )


def names(choice: MetricChoice) -> set[str]:
    return {metric.spec.name for metric in choice.metrics}


def test_without_a_word_the_metrics_that_need_nothing_are_computed() -> None:
    assert names(choose()) == DEFAULT


def test_what_has_a_threshold_and_is_not_computed_is_told() -> None:
    choice = choose(thresholds={"ssim": 0.5})

    assert set(choice.left_out) == set(choice.profile.thresholds) - DEFAULT
    assert all("not in use" in reason for reason in choice.left_out.values())


def test_metrics_are_named_alone_or_as_a_group_and_a_profile_gets_what_it_requires() -> None:
    required = {"ssim", "psnr", "bleu", "exact_match"}

    assert names(choose({"use": ["token_f1"]})) == required | {"token_f1"}
    assert names(choose({"use": ["default", "ssim"]})) == DEFAULT


def test_every_group_is_made_of_metrics_that_there_are() -> None:
    assert [name for members in GROUPS.values() for name in members if name not in METRICS] == []
    assert GROUPS["all"] | GROUPS["judge"] == set(METRICS)
    assert GROUPS["all"] & GROUPS["judge"] == set()


def test_a_metric_of_ones_own_is_computed_unless_others_are_named() -> None:
    assert names(choose(more=[DEPTH])) == DEFAULT | {"depth"}
    assert "depth" not in names(choose({"use": ["ssim"]}, more=[DEPTH]))


def test_a_gate_on_a_metric_brings_it_into_use() -> None:
    choice = choose({"use": ["ssim"]}, more=[DEPTH], gates=["image_editing/depth >= 0.5"], thresholds={"depth": 0.5})

    assert "depth" in names(choice)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"use": ["sim"]}, "unknown metric 'sim'; did you mean 'ssim'"),
        ({"use": ["papers"]}, "unknown metric 'papers'; did you mean 'paper'"),
        ({"sim": {}}, "metrics.sim: unknown metric or setting 'sim'; did you mean 'ssim'"),
    ],
)
def test_a_name_nobody_knows_is_refused_with_the_nearest(settings: Mapping[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose(settings)


def test_a_need_that_is_not_met_ends_the_run_before_it_starts_and_says_how_to_mend_it() -> None:
    with pytest.raises(ConfigError) as caught:
        choose(more=[LOST])

    assert str(caught.value) == (
        "metric depth: depth.pth is missing; fetch it (or do without it: --medgen-missing-metrics=leave-out)"
    )


def test_a_metric_may_be_left_out_when_the_settings_say_so_and_the_reason_is_kept() -> None:
    choice = choose(GENEROUS, more=[LOST])

    assert names(choice) == DEFAULT
    assert choice.left_out["depth"] == "depth.pth is missing; fetch it"


def test_leaving_out_a_required_metric_changes_the_profile_and_its_digest() -> None:
    whole = choose(more=[DEPTH], thresholds={"depth": 0.5}, required=["depth"]).profile
    without = choose(GENEROUS, more=[LOST], thresholds={"depth": 0.5}, required=["depth"]).profile

    assert "depth" in whole.all_required
    assert "depth" not in without.all_required
    assert without.digest != whole.digest
    assert without.name.endswith("(changed)")


def test_a_metric_that_a_gate_is_about_is_never_left_out() -> None:
    with pytest.raises(ConfigError, match="metric depth, which a gate is about, cannot be left out: depth"):
        choose(GENEROUS, more=[LOST], gates=["all/depth >= 0.5"], thresholds={"depth": 0.5})


def test_a_metric_of_ones_own_cannot_take_a_name_that_there_is() -> None:
    with pytest.raises(ConfigError, match="the name 'ssim' is taken"):
        with_more([define_metric("ssim", lambda _: 1.0, kind="image", direction="higher")])
    with pytest.raises(ConfigError, match="the name 'paper' is taken"):
        with_more([define_metric("paper", lambda _: 1.0, kind="image", direction="higher")])


def test_what_is_no_metric_is_refused() -> None:
    strange: list[MetricDefinition] = ["ssim"]  # type: ignore[list-item]  # a wrong value is the point

    with pytest.raises(ConfigError, match="str has no 'spec', so it is no metric"):
        with_more(strange)


def test_relative_folders_of_weights_start_where_the_settings_lie(tmp_path: Path) -> None:
    settings = MetricSettings.model_validate({"torch_home": "weights", "hub_cache": "hub", "cache_mb": 2})

    context = metric_context(settings, root=tmp_path)

    assert (context.torch_home, context.hub_cache) == (tmp_path / "weights", tmp_path / "hub")
    assert context.cache_bytes == 2 * 1024 * 1024


def test_workers_share_the_cores_unless_the_settings_say_how_many_threads(tmp_path: Path) -> None:
    assert metric_context(MetricSettings(), root=tmp_path).threads == 0
    assert metric_context(MetricSettings(), root=tmp_path, workers=10_000).threads == 1
    assert metric_context(MetricSettings(threads=3), root=tmp_path, workers=2).threads == 3
