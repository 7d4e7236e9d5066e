from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.sample import Sample, Target
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.errors import ImageError, OutputError
from medgen_pytest.images import StoredImage, encode_png
from medgen_pytest.metrics.pairing import make_pair

if TYPE_CHECKING:
    from numpy.typing import NDArray


def gradient(*, width: int, height: int) -> NDArray[np.uint8]:
    line = np.linspace(0, 255, width).astype(np.uint8)
    return np.repeat(np.tile(line, (height, 1))[:, :, None], 3, axis=2)


def sample(*, image: NDArray[np.uint8] | None = None, data: bytes = b"", text: str | None = None) -> Sample:
    encoded = encode_png(image) if image is not None else data
    return Sample(
        sample_id="gen:organic-removal:000001",
        task=Task.ORGANIC_REMOVAL,
        modality=Modality.CT,
        instruction="Remove it.",
        inputs=(),
        target=Target(image=StoredImage("target.png", lambda: encoded) if encoded else None, text=text),
        choices=("A. left", "B. right"),
    )


def test_an_image_of_the_same_size_is_taken_as_it_is() -> None:
    target, image = gradient(width=20, height=10), gradient(width=20, height=10)

    pair = make_pair(ModelOutput(image=image, text="done"), sample(image=target, text="removed"))

    assert pair.pred_image is image
    assert pair.target_image is not None
    assert np.array_equal(pair.target_image, target)
    assert (pair.pred_text, pair.target_text) == ("done", "removed")
    assert (pair.task, pair.choices, pair.notes) == (Task.ORGANIC_REMOVAL, ("A. left", "B. right"), ())


def test_an_image_of_another_size_is_resized_by_lanczos_with_a_note() -> None:
    small = gradient(width=96, height=79)

    pair = make_pair(ModelOutput(image=small), sample(image=gradient(width=384, height=316)))

    expected = np.asarray(Image.fromarray(small).resize((384, 316), Image.Resampling.LANCZOS))
    assert pair.pred_image is not None
    assert np.array_equal(pair.pred_image, expected)
    assert pair.notes == ("resized from 96x79 to 384x316",)


def test_an_image_of_another_size_is_refused_where_the_settings_say_so() -> None:
    output = ModelOutput(image=gradient(width=96, height=79))

    with pytest.raises(OutputError, match="96x79, the target is 384x316"):
        make_pair(output, sample(image=gradient(width=384, height=316)), on_size_mismatch="invalid")


def test_a_missing_image_and_a_missing_text_stay_missing_and_empty() -> None:
    pair = make_pair(ModelOutput(), sample(image=gradient(width=9, height=9), text="removed"))

    assert pair.pred_image is None
    assert pair.target_image is not None
    assert pair.pred_text == ""


def test_an_image_that_nothing_is_compared_with_is_kept() -> None:
    image = gradient(width=9, height=9)

    pair = make_pair(ModelOutput(image=image, text="B"), sample(text="B. right"))

    assert pair.pred_image is image
    assert pair.target_image is None


@pytest.mark.parametrize(
    "image",
    [np.zeros((9, 9, 3)), np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((0, 9, 3), np.uint8)],
    ids=["floats", "grey", "alpha", "empty"],
)
def test_an_array_that_is_no_rgb_image_is_the_models_fault(image: NDArray[np.uint8]) -> None:
    with pytest.raises(OutputError, match="a model gives uint8"):
        make_pair(ModelOutput(image=image), sample(image=gradient(width=9, height=9)))


def test_a_target_that_cannot_be_decoded_is_not_the_models_fault() -> None:
    with pytest.raises(ImageError, match=r"target\.png"):
        make_pair(ModelOutput(image=gradient(width=9, height=9)), sample(data=b"no image"))
