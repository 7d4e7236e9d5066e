"""Joint encoders: texts and images in one space, on a tiny CLIP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medgen_pytest.errors import ConfigError, ShapeError
from medgen_pytest.metrics.embedding.cosine import cosine_similarities
from medgen_pytest.metrics.embedding.joint import load_joint_encoder
from tests.learned.embedding.test_vision_preprocessing_parity import theirs
from tests.learned.embedding.tiny_models import (
    CLIP,
    CLIP_SQUARE,
    CUT,
    RAD_DINO,
    context_of,
    lay,
    lay_clip,
    make_network,
)
from tests.learned.packages import require

torch = require("torch")
transformers = require("transformers")

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.metrics.embedding.joint import JointEncoder

TEXTS = ["remove the noise", "a lung", "", "segment the left kidney and leave everything else as it is", "éñ☃ فحص"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    lay_clip(folder)
    lay(folder, RAD_DINO, preprocessor=CUT)
    return folder


@pytest.fixture(scope="module")
def encoder(hub: Path) -> JointEncoder:
    return load_joint_encoder(CLIP, context=context_of(hub))


def noise(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def features(output: Any) -> Any:
    """The vectors of a call: transformers 5 wraps them, version 4 does not."""
    return getattr(output, "pooler_output", output).numpy()


def test_texts_are_embedded_as_by_transformers(hub: Path, encoder: JointEncoder) -> None:
    folder = next((hub / "hub").glob("models--tiny--clip/snapshots/*"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = make_network(CLIP)

    embeddings = encoder.embed_texts(TEXTS)

    assert embeddings.shape == (5, 20)
    assert embeddings.dtype == np.float32
    for text, embedding in zip(TEXTS, embeddings, strict=True):
        tokens = tokenizer(text, truncation=True, max_length=16, return_tensors="pt")
        with torch.inference_mode():
            assert embedding == pytest.approx(features(network.get_text_features(**tokens))[0], abs=1e-5)


def test_images_are_embedded_as_by_transformers(encoder: JointEncoder) -> None:
    images = [noise(1), noise(2), noise(1)]
    processor = theirs(CLIP_SQUARE)(**CLIP_SQUARE)
    pixels = processor(images, input_data_format="channels_last", return_tensors="np")["pixel_values"]

    with torch.inference_mode():
        expected = features(make_network(CLIP).get_image_features(pixel_values=torch.from_numpy(np.asarray(pixels))))

    assert encoder.embed_images(images) == pytest.approx(expected, abs=1e-5)


def test_the_similarity_of_instructions_and_images_is_one_cosine_a_pair(encoder: JointEncoder) -> None:
    texts, images = encoder.embed_texts(TEXTS[:2]), encoder.embed_images([noise(1), noise(2)])

    values = cosine_similarities(texts, images)

    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (texts, images)]
    assert values == pytest.approx((unit[0] * unit[1]).sum(1), abs=1e-6)


def test_company_does_not_change_an_embedding(encoder: JointEncoder) -> None:
    together = encoder.embed_texts(TEXTS), encoder.embed_images([noise(1), noise(2)])

    assert np.array_equal(together[0], np.concatenate([encoder.embed_texts([text]) for text in TEXTS]))
    assert np.array_equal(together[1], np.concatenate([encoder.embed_images([noise(seed)]) for seed in (1, 2)]))


def test_what_a_model_cannot_read_to_the_end_is_cut(encoder: JointEncoder) -> None:
    long = "word " * 100_000

    assert np.array_equal(encoder.embed_texts([long]), encoder.embed_texts([long + "and more"]))


def test_nothing_gives_no_rows(encoder: JointEncoder) -> None:
    assert len(encoder.embed_texts([])) == len(encoder.embed_images([])) == 0


def test_an_image_that_cannot_be_prepared_is_refused(hub: Path) -> None:
    snapshot = next((hub / "hub").glob("models--tiny--clip/snapshots/*"))
    file = snapshot / "preprocessor_config.json"
    before = file.read_text("utf-8")
    file.write_text(before.replace('{"height": 32, "width": 32}', '{"shortest_edge": 32}'), "utf-8")
    try:
        encoder = load_joint_encoder(CLIP, context=context_of(hub))
    finally:
        file.write_text(before, "utf-8")

    with pytest.raises(ShapeError, match="would be resized to"):
        encoder.embed_images([np.zeros((2_000_000, 1, 3), np.uint8)])


def test_a_model_of_images_alone_is_refused_for_its_tokenizer(hub: Path) -> None:
    with pytest.raises(ConfigError, match=r"lacks a tokenizer"):
        load_joint_encoder(RAD_DINO, context=context_of(hub))


def test_a_model_that_embeds_no_texts_is_refused_with_its_kind(tmp_path: Path) -> None:
    snapshot = lay(tmp_path, RAD_DINO, preprocessor=CUT)
    (snapshot / "vocab.txt").write_text("[UNK]\n", "utf-8")

    with pytest.raises(ConfigError, match=r"is a dinov2, which does not embed both texts and images"):
        load_joint_encoder(RAD_DINO, context=context_of(tmp_path))


def test_a_model_that_is_not_there_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="hf download openai/clip-vit-base-patch32"):
        load_joint_encoder("openai/clip-vit-base-patch32", context=context_of(tmp_path))
