"""Tiny vision and joint networks with seeded weights, laid out as the cache of the Hugging Face hub holds them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from medgen_pytest.metrics.context import MetricContext
from tests.learned.packages import require

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
RAD_DINO = "microsoft/rad-dino"
VIT, CLIP, BERT, RESNET = "tiny/vit", "tiny/clip", "tiny/bert", "tiny/resnet"

# As in the file of Rad-DINO, at another size.
CUT = {
    "crop_size": {"height": 42, "width": 42},
    "do_center_crop": True,
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5307, 0.5307, 0.5307],
    "image_processor_type": "BitImageProcessor",
    "image_std": [0.2583, 0.2583, 0.2583],
    "resample": 3,
    "rescale_factor": 0.00392156862745098,
    "size": {"shortest_edge": 42},
}
SQUARE = {
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.4, 0.3],
    "image_processor_type": "ViTImageProcessor",
    "image_std": [0.5, 0.25, 0.2],
    "resample": 2,
    "rescale_factor": 0.00392156862745098,
    "size": {"height": 32, "width": 32},
}
CLIP_SQUARE = {**SQUARE, "image_processor_type": "CLIPImageProcessor", "do_center_crop": False}
_SHAPE = {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3}

_TEXT = {"vocab_size": 514, "max_position_embeddings": 16, "bos_token_id": 512, "eos_token_id": 513}


def context_of(folder: Path, **settings: object) -> MetricContext:
    """A context whose hub cache is a folder, for the settings of the metric."""
    options = {"embedding_similarity": settings} if settings else {}
    return MetricContext(root=folder, hub_cache=folder / "hub", device="cpu", options=options)


def make_network(kind: str) -> Any:
    """A network of transformers with random weights, always the same."""
    transformers = require("transformers")
    require("torch").manual_seed(7)
    config: Any = {
        RAD_DINO: lambda: transformers.Dinov2Config(**_SHAPE, image_size=42, patch_size=14, mlp_ratio=2),
        VIT: lambda: transformers.ViTConfig(**_SHAPE, image_size=32, patch_size=8),
        BERT: lambda: transformers.BertConfig(**_SHAPE, vocab_size=60),
        RESNET: lambda: transformers.ResNetConfig(
            embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic"
        ),
        CLIP: lambda: transformers.CLIPConfig(
            text_config={
                **_SHAPE,
                "vocab_size": 514,
                "max_position_embeddings": 16,
                "bos_token_id": 512,
                "eos_token_id": 513,
            },
            vision_config={**_SHAPE, "image_size": 32, "patch_size": 8},
            projection_dim=20,
        ),
    }[kind]()
    return transformers.AutoModel.from_config(config).eval()


def write_preprocessor(folder: Path, settings: dict[str, Any]) -> None:
    """The file that says how images are prepared."""
    (folder / "preprocessor_config.json").write_text(json.dumps(settings), "utf-8")


def lay(folder: Path, name: str, *, preprocessor: dict[str, Any], safe: bool = True) -> Path:
    """A model in the hub cache below a folder; the snapshot that holds its files."""
    cached = folder / "hub" / f"models--{name.replace('/', '--')}"
    snapshot = cached / "snapshots" / COMMIT
    network = make_network(name)
    network.save_pretrained(snapshot)
    if not safe:
        (snapshot / "model.safetensors").unlink()
        require("torch").save(network.state_dict(), snapshot / "pytorch_model.bin")
    write_preprocessor(snapshot, preprocessor)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT, "utf-8")
    return snapshot


def lay_clip(folder: Path) -> Path:
    """A joint encoder with a tokenizer whose words are single letters."""
    snapshot = lay(folder, CLIP, preprocessor=CLIP_SQUARE)
    letters = [*(chr(code) for code in range(33, 127)), *(chr(code) for code in range(161, 323) if code != 173)]
    assert len(letters) == 255
    words = [*letters, "Ń", *(f"{letter}</w>" for letter in (*letters, "Ń")), "<|startoftext|>", "<|endoftext|>"]
    (snapshot / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}), "utf-8")
    (snapshot / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    settings = {"tokenizer_class": "CLIPTokenizer", "pad_token": "<|endoftext|>", "model_max_length": 16}
    (snapshot / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    return snapshot
