"""The anatomical embedding similarity on tiny networks that lie in a hub cache under the names of real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.embedding.cosine import cosine_similarities
from medgen_pytest.metrics.embedding.metric import EMBEDDING_SIMILARITY
from tests.learned.embedding.test_vision_preprocessing_parity import theirs
from tests.learned.embedding.tiny_models import (
    CLIP,
    CLIP_SQUARE,
    CUT,
    RAD_DINO,
    RESNET,
    SQUARE,
    VIT,
    context_of,
    lay,
    make_network,
)
from tests.learned.packages import require

torch = require("torch")
transformers = require("transformers")

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.metrics.embedding.metric import EmbeddingSimilarity

    Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    lay(folder, RAD_DINO, preprocessor=CUT)
    lay(folder, VIT, preprocessor=SQUARE)
    lay(folder, RESNET, preprocessor=SQUARE)
    lay(folder, CLIP, preprocessor=CLIP_SQUARE)
    return folder


@pytest.fixture(scope="module")
def metric(hub: Path) -> EmbeddingSimilarity:
    return metric_of(hub)


def metric_of(hub: Path, **options: object) -> EmbeddingSimilarity:
    return EMBEDDING_SIMILARITY.under("canonical", context_of(hub, **options))


def noise(seed: int, *shape: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, shape or (50, 61, 3), dtype=np.uint8)


def pair(pred: Image, target: Image) -> Pair:
    return Pair(task=Task.NOISE_RECONSTRUCTION, pred_image=pred, target_image=target)


def value_of(metric: EmbeddingSimilarity, pred: Image, target: Image) -> float:
    (score,) = metric.score([pair(pred, target)])
    assert score.value is not None, score.reason
    return score.value


def by_transformers(name: str, preprocessor: dict[str, Any], image: Image) -> Any:
    """The network's output by the path that its own documentation shows."""
    processor = theirs(preprocessor)(**preprocessor)
    pixels = processor(image, input_data_format="channels_last", return_tensors="np")["pixel_values"]
    network = make_network(name)
    with torch.inference_mode():
        return getattr(network, "vision_model", network)(pixel_values=torch.from_numpy(np.asarray(pixels)))


@pytest.mark.parametrize(
    ("name", "preprocessor", "pooling", "pick"),
    [
        (RAD_DINO, CUT, "cls", lambda output: output.last_hidden_state[:, 0]),
        (RAD_DINO, CUT, "pooler", lambda output: output.pooler_output),
        (VIT, SQUARE, "mean", lambda output: output.last_hidden_state.mean(1)),
        (VIT, SQUARE, "pooler", lambda output: output.pooler_output),
        (RESNET, SQUARE, "mean", lambda output: output.last_hidden_state.mean((2, 3))),
        (RESNET, SQUARE, "pooler", lambda output: output.pooler_output.flatten(1)),
        (CLIP, CLIP_SQUARE, "pooler", lambda out: out.pooler_output),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("shape", [(50, 61, 3), (120, 44, 3), (3, 2, 3), (1, 1, 3)], ids=str)
def test_embeddings_are_those_of_transformers(
    hub: Path, name: str, preprocessor: dict[str, Any], pooling: str, pick: Any, shape: tuple[int, ...]
) -> None:
    images = noise(1, *shape), noise(2, *shape)
    metric = metric_of(hub, model=name, pooling=pooling)

    embeddings = metric._embedder().runner.embed(images)

    expected = [pick(by_transformers(name, preprocessor, image)).numpy()[0] for image in images]
    assert embeddings == pytest.approx(np.stack(expected), abs=1e-5)
    cosine = cosine_similarities(expected[0][None], expected[1][None])[0]
    assert value_of(metric, *images) == pytest.approx(cosine, abs=1e-6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_it_is_symmetric_in_range_and_exactly_one_for_identical_images(
    metric: EmbeddingSimilarity, height: int, width: int, seed: int
) -> None:
    first, second = noise(seed, height, width, 3), noise(seed + 1, height, width, 3)

    value = value_of(metric, first, second)

    assert -1 <= value <= 1
    assert value_of(metric, second, first) == value
    assert value_of(metric, first, first.copy()) == 1.0


def test_another_image_scores_below_the_target_itself(metric: EmbeddingSimilarity) -> None:
    assert value_of(metric, noise(1), noise(2)) < 1.0


def test_a_batch_gives_what_the_pairs_give_one_by_one_to_the_last_bit(hub: Path) -> None:
    pairs = [pair(noise(seed), noise(seed // 2)) for seed in range(9)]

    together = metric_of(hub).score(pairs)

    assert together == [metric_of(hub).score([one])[0] for one in pairs]
    assert metric_of(hub).score(pairs[::-1]) == together[::-1]


def test_on_the_cpu_every_image_goes_through_the_network_alone(metric: EmbeddingSimilarity) -> None:
    given: list[tuple[int, ...]] = []

    def run(pixels: Any) -> Any:
        given.append(tuple(pixels.shape))
        return torch.zeros(len(pixels), 4)

    replace(metric._embedder().runner, run=run).embed([noise(seed) for seed in range(3)])

    assert given == [(1, 3, 42, 42)] * 3


def test_other_devices_take_images_of_one_size_together_in_smaller_batches_when_memory_runs_out(
    metric: EmbeddingSimilarity,
) -> None:
    given: list[int] = []

    def run(pixels: Any) -> Any:
        if len(pixels) > 2:
            raise torch.OutOfMemoryError("no memory is left")
        first = sum(given)
        given.append(len(pixels))
        return torch.arange(first, first + len(pixels))[:, None]

    # Images on this device have a shape and no values, like those of a graphics card that is not there.
    device = torch.device("meta")
    uncut = replace(metric._embedder().runner.preprocessing, crop_to=None)
    runner = replace(metric._embedder().runner, run=run, device=device, batch_size=4, preprocessing=uncut)
    wide, high = noise(1, 20, 40, 3), noise(1, 40, 20, 3)

    embeddings = runner.embed([wide, wide, wide, wide, high, wide, high])

    assert embeddings[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert given == [2, 2, 1, 1, 1]


def test_a_broken_pair_leaves_the_others_of_its_batch_alone(metric: EmbeddingSimilarity) -> None:
    good = pair(noise(1), noise(2))
    broken = [
        pair(noise(1, 9, 61, 3), noise(2)),
        replace(good, pred_image=None),
        replace(good, target_image=None),
        pair(noise(1).astype(np.float32), noise(2)),
        pair(noise(1, 0, 4, 3), noise(2, 0, 4, 3)),
        pair(np.zeros((2_000_000, 1, 3), np.uint8), np.zeros((2_000_000, 1, 3), np.uint8)),
    ]

    scores = metric.score([good, *broken, good])

    assert scores[0] == scores[-1] == metric.score([good])[0]
    assert scores[0].value is not None
    assert [score.value for score in scores[1:-1]] == [None] * 6
    reasons = [score.reason or "" for score in scores[1:-1]]
    assert "differ in shape" in reasons[0]
    assert reasons[1:3] == ["no image in the output", "no target image in the sample"]
    assert "images are uint8" in reasons[3]
    assert "at least 1x1" in reasons[4]
    assert "would be resized to" in reasons[5]


def test_images_that_are_read_only_or_not_contiguous_score_alike(metric: EmbeddingSimilarity) -> None:
    spread = np.zeros((100, 122, 3), np.uint8)
    spread[::2, ::2] = noise(1)
    target = noise(2)
    target.setflags(write=False)

    assert value_of(metric, spread[::2, ::2], target) == value_of(metric, noise(1), noise(2))


def test_a_reference_is_embedded_once_however_often_it_is_compared(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = metric_of(hub)
    runner = metric._embedder().runner
    seen: list[Image] = []
    embed = type(runner).embed

    def counted(self: Any, images: list[Image]) -> Any:
        seen.extend(images)
        return embed(self, images)

    monkeypatch.setattr(type(runner), "embed", counted)
    metric.score([pair(noise(1), noise(9)), pair(noise(2), noise(9))])
    metric.score([pair(noise(3), noise(9)), pair(noise(9), noise(9))])

    assert len(seen) == 4  # three outputs and one reference
    assert len(metric._embedder().references) == 1


def test_what_is_remembered_of_references_is_bounded(hub: Path) -> None:
    context = replace(context_of(hub), cache_bytes=3 * 24 * 4)
    metric = EMBEDDING_SIMILARITY.under("canonical", context)

    metric.score([pair(noise(0), noise(seed)) for seed in range(1, 12)])

    assert len(metric._embedder().references) == 3
    assert metric._embedder().references.held_bytes == context.cache_bytes


def test_both_conventions_share_one_network_and_are_one_computation(hub: Path) -> None:
    context = context_of(hub)
    canonical, upstream = (EMBEDDING_SIMILARITY.under(rules, context) for rules in ("canonical", "upstream"))

    assert canonical._embedder() is upstream._embedder()
    assert value_of(canonical, noise(1), noise(2)) == value_of(upstream, noise(1), noise(2))
    assert upstream.convention == canonical.convention.replace("canonical", "upstream")


def test_the_convention_names_model_pooling_size_and_a_digest_of_the_files(hub: Path) -> None:
    plain, sized = metric_of(hub), metric_of(hub, model=VIT, pooling="mean", size=48)

    head, _, digest = plain.convention.rpartition("-")
    assert head == "embedding_similarity/canonical@1+rad-dino-cls"
    assert len(digest) == 8
    assert int(digest, 16) >= 0
    assert sized.convention.startswith("embedding_similarity/canonical@1+vit-mean-48px-")


def test_other_weights_or_another_preprocessing_make_another_convention(tmp_path: Path) -> None:
    snapshot = lay(tmp_path, RAD_DINO, preprocessor=CUT)
    before = metric_of(tmp_path).convention
    file = snapshot / "preprocessor_config.json"

    file.write_text(file.read_text("utf-8").replace('"resample": 3', '"resample": 2'), "utf-8")
    other = metric_of(tmp_path).convention
    weights = snapshot / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")

    assert len({before, other, metric_of(tmp_path).convention}) == 3


@pytest.mark.parametrize("name", [RAD_DINO, VIT, CLIP])
def test_another_size_is_taken_by_networks_that_interpolate_their_positions(hub: Path, name: str) -> None:
    usual, larger = metric_of(hub, model=name), metric_of(hub, model=name, size=56)

    assert larger._embedder().runner.preprocessing.apply(noise(1)).shape == (3, 56, 56)
    assert value_of(larger, noise(1), noise(2)) != value_of(usual, noise(1), noise(2))


def test_a_folder_serves_as_well_as_a_name(hub: Path) -> None:
    folder = next((hub / "hub").glob("models--microsoft--rad-dino/snapshots/*"))

    by_folder = metric_of(hub, model=str(folder.relative_to(hub)))

    assert value_of(by_folder, noise(1), noise(2)) == value_of(metric_of(hub), noise(1), noise(2))


def test_a_network_without_a_class_token_is_refused_with_what_to_set(hub: Path) -> None:
    with pytest.raises(ConfigError, match=r"no class token; set pooling to mean or pooler"):
        metric_of(hub, model=RESNET).prepare()
