"""Joint encoders: instructions and images as vectors of one space, the contract of the instruction-image similarity.

The similarity of an instruction and its image is the cosine of their embeddings:
`cosine_similarities(encoder.embed_texts(instructions), encoder.embed_images(images))`. It compares parts of
samples, not outputs with references, so it is no metric of the registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.embedding.encoder import ImageRunner, make_runner
from medgen_pytest.metrics.embedding.preprocessor_config import read_preprocessing
from medgen_pytest.metrics.hub import find_model
from medgen_pytest.metrics.hub_network import load_network, load_tokenizer, load_transformers
from medgen_pytest.metrics.torch_runtime import in_batches, load_torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medgen_pytest.metrics.context import MetricContext

    Vectors = NDArray[np.float32]

_NEED = "a joint encoder"


class JointEncoder(Protocol):
    """Embeds texts and images into one space, where a text lies near the images that it describes.

    Rows come in the order of what was given, float32 (n, d), with the same d for texts and images; no
    length is promised. Nothing given gives no rows.
    """

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """The embeddings of texts. What a model cannot read to the end is cut at its limit."""

    def embed_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """The embeddings of images, uint8 (H, W, 3). Raises ShapeError for an image that cannot be prepared."""


class DualEncoder:
    """A joint encoder of transformers with two halves, like CLIP and SigLIP."""

    def __init__(self, runner: ImageRunner, *, network: Any, tokenizer: Any, longest: int) -> None:
        self._runner = runner
        self._network = network
        self._tokenizer = tokenizer
        self._longest = longest

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """The embeddings of texts, each cut or filled up to the length that the model was trained on."""
        size = 1 if self._runner.device.type == "cpu" else self._runner.batch_size
        rows = in_batches(texts, self._embed_texts, size=size)
        return np.stack(rows) if rows else np.empty((0, 0), np.float32)

    def embed_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """The embeddings of images, prepared as the model's own image processor does."""
        for image in images:
            self._runner.preprocessing.check(image)
        return self._runner.embed(images)

    def _embed_texts(self, texts: Sequence[str]) -> list[Vectors]:
        # SigLIP was trained on texts filled up to one length; to CLIP, which masks them, it makes no difference.
        tokens = self._tokenizer(
            list(texts), padding="max_length", truncation=True, max_length=self._longest, return_tensors="pt"
        ).to(self._runner.device)
        with self._runner.torch.inference_mode():
            features = _projected(self._network.get_text_features(**tokens))
            return list(np.asarray(features.float().cpu().numpy()))


def load_joint_encoder(name: str, *, context: MetricContext) -> DualEncoder:
    """The joint encoder of a repository name or a folder, by the files on this machine.

    Raises MissingExtraError without torch or transformers, and ConfigError that says what is missing or
    cannot be used; a model that does not embed both texts and images is named with its kind.
    """
    model = find_model(name, kind="image", context=context)
    find_model(name, kind="text", context=context)  # the same folder; it must have a tokenizer too
    preprocessing = read_preprocessing(model)
    torch, transformers = load_torch(need=_NEED), load_transformers(need=_NEED)
    network = load_network(torch, transformers, model, optional="position_ids")
    if not (hasattr(network, "get_text_features") and hasattr(network, "get_image_features")):
        kind = getattr(network.config, "model_type", type(network).__name__)
        raise ConfigError(
            f"{_NEED}: the model {name!r} ({model.config}) is a {kind}, which does not embed both texts and images"
        )
    runner = make_runner(
        torch,
        network,
        lambda pixels: _projected(network.get_image_features(pixel_values=pixels)),
        preprocessing=preprocessing,
        context=context,
    )
    tokenizer = load_tokenizer(transformers, model)
    return DualEncoder(
        runner,
        network=network,
        tokenizer=tokenizer,
        longest=network.config.text_config.max_position_embeddings,
    )


def _projected(output: Any) -> Any:
    """The vectors of the common space: transformers 5 returns them in an output, version 4 alone."""
    return getattr(output, "pooler_output", output)
