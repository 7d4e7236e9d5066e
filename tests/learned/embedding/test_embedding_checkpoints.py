"""Encoders that cannot be used: each is one line before the first sample, naming the file."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.embedding.metric import EMBEDDING_SIMILARITY
from tests.learned.embedding.tiny_models import BERT, CUT, RAD_DINO, SQUARE, VIT, context_of, lay
from tests.learned.packages import require

torch = require("torch")
require("transformers")
safetensors = require("safetensors.torch")

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.metrics.embedding.metric import EmbeddingSimilarity

IMAGE = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
PAIR = Pair(task=Task.NOISE_RECONSTRUCTION, pred_image=IMAGE, target_image=IMAGE[::-1])


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return lay(tmp_path, RAD_DINO, preprocessor=CUT)


def metric_of(folder: Path, **options: object) -> EmbeddingSimilarity:
    return EMBEDDING_SIMILARITY.under("upstream", context_of(folder, **options))


def change(snapshot: Path, **tensors: Any) -> None:
    """Replaces tensors of the weights; None leaves one out."""
    file = snapshot / "model.safetensors"
    state = safetensors.load_file(file) | {name.replace("__", "."): tensor for name, tensor in tensors.items()}
    kept = {name: tensor for name, tensor in state.items() if tensor is not None}
    safetensors.save_file(kept, file, metadata={"format": "pt"})


def refusal(folder: Path, **options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        metric_of(folder, **options).prepare()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_that_are_damaged_are_refused(tmp_path: Path, snapshot: Path) -> None:
    file = snapshot / "model.safetensors"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    assert f"{file}: damaged" in refusal(tmp_path)


def test_weights_that_are_no_weights_are_refused(tmp_path: Path, snapshot: Path) -> None:
    file = snapshot / "model.safetensors"
    file.write_text("<html>not found</html>", "utf-8")

    assert str(file) in refusal(tmp_path)


def test_weights_of_another_network_are_refused_by_the_layer_that_is_missing(tmp_path: Path, snapshot: Path) -> None:
    change(snapshot, encoder__layer__1__norm1__weight=None)

    message = refusal(tmp_path)

    assert str(snapshot / "model.safetensors") in message
    assert "the layer 'encoder.layer.1.norm1.weight' is missing" in message


def test_a_layer_of_another_shape_is_named_with_both_shapes(tmp_path: Path, snapshot: Path) -> None:
    change(snapshot, layernorm__weight=torch.ones(25))

    assert "the layer 'layernorm.weight' has shape (25,), expected (24,)" in refusal(tmp_path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_finite_numbers_are_refused(tmp_path: Path, snapshot: Path, value: float) -> None:
    change(snapshot, layernorm__bias=torch.full((24,), value))

    assert "the layer 'layernorm.bias' holds values that are no finite numbers" in refusal(tmp_path)


def test_weights_that_overflow_are_refused_rather_than_leaving_every_pair_unscored(
    tmp_path: Path, snapshot: Path
) -> None:
    change(snapshot, encoder__layer__0__mlp__fc1__weight=torch.full((48, 24), 3e38))

    assert "makes embeddings that are no finite numbers" in refusal(tmp_path)


def test_a_checkpoint_that_is_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path, snapshot: Path) -> None:
    (snapshot / "model.safetensors").unlink()
    proof = tmp_path / "proof"
    file = snapshot / "pytorch_model.bin"
    file.write_bytes(pickle.dumps(_Writes(proof)))

    assert f"{file}: no checkpoint that can be loaded safely" in refusal(tmp_path)
    assert not proof.exists()


class _Writes:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return self._path.write_text, ("was run",)


def test_a_pickle_of_tensors_gives_what_safetensors_give(tmp_path: Path) -> None:
    lay(tmp_path / "safe", RAD_DINO, preprocessor=CUT)
    lay(tmp_path / "pickled", RAD_DINO, preprocessor=CUT, safe=False)

    safe, pickled = (metric_of(tmp_path / kind).score([PAIR])[0].value for kind in ("safe", "pickled"))

    assert safe is not None
    assert safe == pickled


def test_safetensors_are_taken_where_both_are_there(tmp_path: Path, snapshot: Path) -> None:
    (snapshot / "pytorch_model.bin").write_bytes(b"not even a pickle")

    assert metric_of(tmp_path).score([PAIR])[0].is_scored


def test_a_pooler_that_the_weights_lack_is_refused_only_where_it_is_asked_for(tmp_path: Path) -> None:
    change(lay(tmp_path, VIT, preprocessor=SQUARE), pooler__dense__weight=None, pooler__dense__bias=None)

    metric_of(tmp_path, model=VIT).prepare()
    assert "the layer 'pooler.dense.bias' is missing" in refusal(tmp_path, model=VIT, pooling="pooler")


def test_an_encoder_of_texts_is_refused(tmp_path: Path) -> None:
    lay(tmp_path, BERT, preprocessor=SQUARE)

    assert "is a bert, which reads no images" in refusal(tmp_path, model=BERT)


def test_an_architecture_that_brings_its_own_code_is_refused_and_not_run(tmp_path: Path, snapshot: Path) -> None:
    config = {"model_type": "newest", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.OwnModel"}}
    (snapshot / "config.json").write_text(json.dumps(config), "utf-8")
    (snapshot / "own.py").write_text(f"open({str(tmp_path / 'proof')!r}, 'w').close()\n", "utf-8")

    assert str(snapshot) in refusal(tmp_path)
    assert not (tmp_path / "proof").exists()


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json"])
def test_settings_that_are_no_json_are_refused(tmp_path: Path, snapshot: Path, file: str) -> None:
    (snapshot / file).write_text("{", "utf-8")

    assert str(snapshot) in refusal(tmp_path)


@pytest.mark.parametrize(
    ("file", "lacks"),
    [
        ("preprocessor_config.json", "the settings of an image processor"),
        ("model.safetensors", "weights, model.safetensors or pytorch_model.bin"),
        ("config.json", "config.json"),
    ],
)
def test_a_missing_file_is_named_with_the_way_to_get_it(tmp_path: Path, snapshot: Path, file: str, lacks: str) -> None:
    (snapshot / file).unlink()

    message = refusal(tmp_path)

    assert f"lacks {lacks}" in message
    assert "hf download microsoft/rad-dino" in message


def test_a_model_that_is_not_there_is_said_before_torch_is_asked_for(tmp_path: Path) -> None:
    assert "the model 'microsoft/rad-dino' is not in the hub cache" in refusal(tmp_path)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path, snapshot: Path) -> None:
    assert snapshot.is_dir()
    context = context_of(tmp_path)
    metric = EMBEDDING_SIMILARITY.under("upstream", type(context)(hub_cache=context.hub_cache, device="cuda:77"))

    with pytest.raises(ConfigError, match="device 'cuda:77' is not available"):
        metric.prepare()


def test_a_network_that_cannot_be_used_is_no_fault_of_the_pairs(tmp_path: Path, snapshot: Path) -> None:
    (snapshot / "model.safetensors").write_bytes(b"")

    with pytest.raises(ConfigError):
        metric_of(tmp_path).score([PAIR])
