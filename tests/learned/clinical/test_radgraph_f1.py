"""RadGraph F1 through a stand-in for the package, with weights that torch reads."""

from __future__ import annotations

import hashlib
import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.clinical.radgraph_f1 import RADGRAPH_F1
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from tests.learned.packages import require
from tests.metrics.radgraph_stand_in import put_encoder, put_model, put_package

if TYPE_CHECKING:
    from pathlib import Path

torch = require("torch")


def saved(state: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def pair(preds: str, target: str) -> Pair:
    return Pair(task=Task.REPORT_GENERATION, pred_text=preds, target_text=target)


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MetricContext:
    """All that the metric needs is there."""
    put_package(tmp_path, monkeypatch)
    put_model(tmp_path / "models", weights=saved({"layer": torch.ones(2)}))
    put_encoder(tmp_path / "hub")
    options = {"radgraph_f1": {"folder": "models"}}
    return MetricContext(root=tmp_path, hub_cache=tmp_path / "hub", options=options, device="cpu", batch_size=2)


def loaded() -> list[Any]:
    found: list[Any] = sys.modules["radgraph"].LOADED
    return found


def test_pairs_are_scored_in_order_and_in_batches(context: MetricContext, capsys: pytest.CaptureFixture[str]) -> None:
    metric = RADGRAPH_F1.under("canonical", context)

    scores = metric.score(
        [
            pair("small effusion", "effusion"),
            pair("nodule", "effusion"),
            pair("effusion", "effusion"),
            pair(" ", "lung"),
        ]
    )

    assert [score.value for score in scores] == pytest.approx([2 / 3, 0, 1, 0])
    assert scores[3].notes == ("empty candidate",)
    assert capsys.readouterr().out == ""


def test_the_network_is_loaded_once_and_on_the_device_of_the_settings(context: MetricContext) -> None:
    for _ in range(2):
        metric = RADGRAPH_F1.under("canonical", context)
        metric.prepare()
        metric.score([pair("lung", "lung")])

    assert [network.cuda for network in loaded()] == [-1]


def test_the_encoder_is_named_by_its_folder_so_that_no_hub_is_asked(context: MetricContext) -> None:
    RADGRAPH_F1.under("canonical", context).prepare()

    (network,) = loaded()

    named = network.config["dataset_reader"]["token_indexers"]["bert"]["model_name"]
    assert named == str(context.hub_cache / "models--example--tiny-bert" / "snapshots" / "0a1b")
    assert network.config["model"]["embedder"]["token_embedders"]["bert"] == {"model_name": named, "max_length": 512}
    assert network.config["model"]["layers"] == [1, 2]


def test_the_folder_of_the_model_is_left_as_it_was(context: MetricContext) -> None:
    folder = context.root / "models"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    RADGRAPH_F1.under("canonical", context).prepare()

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_convention_names_model_reward_package_and_weights(context: MetricContext) -> None:
    digest = hashlib.sha256((context.root / "models" / "radgraph-xl" / "weights.th").read_bytes()).hexdigest()

    metric = RADGRAPH_F1.under("upstream", context)

    assert metric.convention == f"radgraph_f1/upstream@1+radgraph-xl-partial-99.0-{digest[:8]}"


def test_a_reference_without_entities_is_unscored(context: MetricContext) -> None:
    (score,) = RADGRAPH_F1.under("canonical", context).score([pair("lung", "12 34")])

    assert (score.value, score.reason) == (None, "RadGraph finds nothing in the reference")


def test_a_pair_that_breaks_the_package_leaves_its_batch_alone(context: MetricContext) -> None:
    scores = RADGRAPH_F1.under("canonical", context).score([pair("lung", "lung"), pair("crash", "lung")])

    assert [score.value for score in scores] == [1.0, None]
    assert scores[1].reason == "radgraph_f1 failed: KeyError: '3'"


def test_half_characters_are_replaced_before_the_package_sees_them(context: MetricContext) -> None:
    (score,) = RADGRAPH_F1.under("canonical", context).score([pair("\ud800 lung", "lung")])

    assert score.value == 1.0


class Code:
    """Unpickling this would run code."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('executed')",)


@pytest.mark.parametrize("weights", [b"", b"not weights", saved(Code()), saved({"layer": torch.ones(2)})[:-40]])
def test_weights_that_are_no_tensors_are_refused_and_nothing_runs(weights: bytes, context: MetricContext) -> None:
    (context.root / "models" / "radgraph-xl" / "weights.th").write_bytes(weights)

    with pytest.raises(ConfigError, match=r"weights\.th: no checkpoint that can be loaded safely"):
        RADGRAPH_F1.under("canonical", context).prepare()


def test_a_model_that_the_package_cannot_build_is_one_line(context: MetricContext) -> None:
    (context.root / "models" / "radgraph-xl" / "config.json").write_text('{"broken": true}', encoding="utf-8")

    with pytest.raises(ConfigError, match="radgraph-xl: radgraph cannot load this model: 'feature_size'"):
        RADGRAPH_F1.under("canonical", context).prepare()
