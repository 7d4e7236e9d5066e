"""Our preprocessing against the image processors of transformers that use Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.embedding.preprocessor_config import read_preprocessing
from medgen_pytest.metrics.hub import find_model
from tests.learned.embedding.tiny_models import CUT, SQUARE, write_preprocessor
from tests.learned.packages import require

transformers = require("transformers")

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.metrics.embedding.preprocessing import Preprocessing

SHAPES = [(512, 512), (301, 219), (60, 333), (43, 43), (7, 5), (1, 1), (1, 90)]


def ours(folder: Path, settings: dict[str, Any]) -> Preprocessing:
    for file in ("config.json", "model.safetensors"):
        (folder / file).write_text("{}", "utf-8")
    write_preprocessor(folder, settings)
    return read_preprocessing(find_model(str(folder), kind="image", context=MetricContext(root=folder)))


def theirs(settings: dict[str, Any]) -> Any:
    """The processor that uses Pillow: since transformers 5 it is the one of another name."""
    name = settings["image_processor_type"]
    return getattr(transformers, f"{name}Pil", None) or getattr(transformers, name)


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    "settings",
    [
        CUT,
        SQUARE,
        {**CUT, "size": {"shortest_edge": 30}},
        {**CUT, "crop_size": {"height": 31, "width": 44}},
        {**CUT, "image_processor_type": "CLIPImageProcessor", "resample": 2},
        {**SQUARE, "image_processor_type": "SiglipImageProcessor", "size": {"height": 40, "width": 24}},
        {**SQUARE, "do_normalize": False},
        {**CUT, "do_center_crop": False, "do_rescale": False},
    ],
    ids=["rad-dino", "vit", "cut-larger-than-edge", "odd-cut", "clip", "siglip", "raw", "uncut"],
)
def test_images_are_prepared_as_by_transformers(
    tmp_path: Path, settings: dict[str, Any], shape: tuple[int, int]
) -> None:
    image = noise(*shape)

    expected = theirs(settings)(**settings)(image, input_data_format="channels_last", return_tensors="np")

    # Both use Pillow and float32; the order of a multiplication and a division may differ.
    assert ours(tmp_path, settings).apply(image) == pytest.approx(expected["pixel_values"][0], abs=1e-5)
