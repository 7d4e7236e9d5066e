"""What is done to an image before a vision encoder sees it, and the files that say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.errors import ConfigError, ShapeError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.embedding.preprocessing import Preprocessing
from medgen_pytest.metrics.embedding.preprocessor_config import read_preprocessing
from medgen_pytest.metrics.hub import find_model

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

BIT: dict[str, Any] = {
    "crop_size": {"height": 20, "width": 24},
    "do_center_crop": True,
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.4, 0.3],
    "image_processor_type": "BitImageProcessor",
    "image_std": [0.5, 0.25, 0.2],
    "resample": 3,
    "rescale_factor": 1 / 255,
    "size": {"shortest_edge": 30},
}


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


def read(folder: Path, settings: object, *, name: str = "preprocessor_config.json") -> Preprocessing:
    for file in ("config.json", "model.safetensors"):
        (folder / file).write_text("{}", "utf-8")
    (folder / name).write_text(settings if isinstance(settings, str) else json.dumps(settings), "utf-8")
    return read_preprocessing(find_model(str(folder), kind="image", context=MetricContext(root=folder)))


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in BIT.items() if name != key}


def test_each_step_is_read_from_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, BIT) == Preprocessing(
        shortest_edge=30,
        resample=3,
        crop_to=(20, 24),
        scale=1 / 255,
        mean=(0.5, 0.4, 0.3),
        std=(0.5, 0.25, 0.2),
    )


def test_steps_that_are_switched_off_are_left_out(tmp_path: Path) -> None:
    off = {key: False for key in BIT if key.startswith("do_")}

    made = read(tmp_path, {**BIT, **off})

    image = noise(9, 8)
    assert made == Preprocessing()
    assert np.array_equal(made.apply(image), image.transpose(2, 0, 1).astype(np.float32))


def test_the_file_of_a_whole_processor_holds_that_of_its_images(tmp_path: Path) -> None:
    assert read(tmp_path, {"image_processor": BIT}, name="processor_config.json").crop_to == (20, 24)


@pytest.mark.parametrize(
    ("kind", "keeps"), [("CLIPFeatureExtractor", True), ("BitImageProcessor", True), ("ViTFeatureExtractor", False)]
)
def test_a_single_number_is_the_shortest_edge_to_some_processors_and_both_to_others(
    tmp_path: Path, kind: str, *, keeps: bool
) -> None:
    old = {**without("image_processor_type"), "size": 30, "crop_size": 24, "feature_extractor_type": kind}

    made = read(tmp_path, old)

    assert (made.shortest_edge, made.resize_to) == ((30, None) if keeps else (None, (30, 30)))
    assert made.crop_to == (24, 24)


def test_a_processor_that_cuts_by_itself_must_say_to_which_size(tmp_path: Path) -> None:
    silent = {key: value for key, value in BIT.items() if key not in {"crop_size", "do_center_crop"}}

    with pytest.raises(ConfigError, match="the key 'crop_size' is missing"):
        read(tmp_path, silent)
    assert read(tmp_path, {**silent, "image_processor_type": "ViTImageProcessor"}).crop_to is None


@pytest.mark.parametrize("key", ["size", "resample", "crop_size", "image_mean", "image_std"])
def test_a_missing_key_is_named_with_its_file(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"preprocessor_config.json: the key '{key}' is missing"):
        read(tmp_path, without(key))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": {"shortest_edge": 0}}, "the key 'size' is not as expected"),
        ({"size": {"shortest_edge": 30, "longest_edge": 60}}, "the key 'size' is not as expected"),
        ({"size": 30, "image_processor_type": "OtherProcessor"}, "OtherProcessor may mean either way"),
        ({"resample": 9}, "the key 'resample' is not as expected"),
        ({"image_std": [0.5, 0.0, 0.5]}, "deviations are above 0"),
        ({"image_mean": [0.5, 0.5]}, "the key 'image_mean' is not as expected"),
        ({"image_mean": float("nan")}, "the key 'image_mean' is not as expected"),
        ({"do_resize": "perhaps"}, "the key 'do_resize' is not as expected"),
        ({"do_pad": True}, "the step 'do_pad' of this image processor is not supported"),
        ({"do_rotate": True}, "the step 'do_rotate' of this image processor is not supported"),
        ({"crop_pct": 0.9}, "the step 'crop_pct' of this image processor is not supported"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, {**BIT, **change})


@pytest.mark.parametrize(
    ("text", "message"), [("{", "not JSON"), ("[1]", "not a JSON object, but a list"), ("[" * 10**5, "not JSON")]
)
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"preprocessor_config.json: {message}"):
        read(tmp_path, text)


def test_the_shortest_edge_keeps_the_proportions_and_the_cut_takes_the_middle() -> None:
    image = noise(40, 100)
    made = Preprocessing(shortest_edge=20, crop_to=(20, 30))

    expected = np.asarray(Image.fromarray(image).resize((50, 20), Image.Resampling.BICUBIC))[:, 10:40]

    assert np.array_equal(made.apply(image), expected.transpose(2, 0, 1))


@pytest.mark.parametrize("shape", [(5, 5), (6, 13), (13, 6), (4, 30)])
def test_an_image_smaller_than_the_cut_gets_black_around_it(shape: tuple[int, int]) -> None:
    image = noise(*shape) // 2 + 100

    made = Preprocessing(crop_to=(10, 11)).apply(image)

    rows, columns = min(shape[0], 10), min(shape[1], 11)
    assert made.shape == (3, 10, 11)
    assert (made > 0).sum() == 3 * rows * columns


def test_values_are_rescaled_then_normalised_by_channel() -> None:
    image = np.full((2, 2, 3), 51, np.uint8)

    made = Preprocessing(scale=1 / 255, mean=(0.1, 0.2, 0.3), std=(0.1, 0.5, 1.0)).apply(image)

    assert made[:, 0, 0] == pytest.approx([1.0, 0.0, -0.1], abs=1e-6)
    assert made.dtype == np.float32


def test_grey_images_have_three_equal_channels() -> None:
    grey = noise(9, 8)[..., 0]
    made = Preprocessing(shortest_edge=6, crop_to=(6, 6))

    assert np.array_equal(made.apply(grey), made.apply(np.stack([grey] * 3, axis=2)))


def test_images_that_are_read_only_or_not_contiguous_are_prepared_alike() -> None:
    image = noise(30, 40)
    made = Preprocessing(shortest_edge=12, crop_to=(10, 14), scale=1 / 255)
    spread = np.zeros((60, 80, 3), np.uint8)
    spread[::2, ::2] = image
    spread.setflags(write=False)

    assert np.array_equal(made.apply(spread[::2, ::2]), made.apply(image))


def test_another_size_replaces_edges_and_cut_and_keeps_what_proportions_do() -> None:
    cut = Preprocessing(shortest_edge=30, crop_to=(20, 24))

    assert cut.at(None) is cut
    assert cut.at(16) == Preprocessing(shortest_edge=16, crop_to=(16, 16))
    assert Preprocessing(resize_to=(30, 40)).at(16) == Preprocessing(resize_to=(16, 16))


def test_an_image_so_narrow_that_it_would_become_huge_is_refused_before_it_is_resized() -> None:
    made = Preprocessing(shortest_edge=518, crop_to=(518, 518))

    with pytest.raises(ShapeError, match="would be resized to 518x103600000"):
        made.check(np.zeros((200_000, 1, 3), np.uint8))
    made.check(np.zeros((1, 1, 3), np.uint8))
