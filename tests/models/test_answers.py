"""Whatever a user's function returns becomes an output, or says why it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.errors import OutputError
from medgen_pytest.images import encode_png, to_pil
from medgen_pytest.models.answers import to_output
from medgen_pytest.models.pixels import Tensor, to_pixels
from tests.models.samples import picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = picture(1)
PNG = encode_png(PIXELS)


class FakeTensor:
    """What a torch tensor shows of itself, without torch."""

    def __init__(self, values: NDArray[np.generic], *, bfloat16: bool = False) -> None:
        self._values = values
        self._bfloat16 = bfloat16

    def detach(self) -> FakeTensor:
        return self

    def cpu(self) -> FakeTensor:
        return self

    def float(self) -> FakeTensor:
        return FakeTensor(self._values.astype(np.float32))

    def numpy(self) -> NDArray[np.generic]:
        if self._bfloat16:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self._values


class Arrayish:
    """Something that says how to become an array."""

    def __array__(self, dtype: object = None, copy: object = None) -> NDArray[np.uint8]:
        assert (dtype, copy) in {(None, None), (None, False)}
        return PIXELS


@pytest.mark.parametrize(
    "value",
    [
        PIXELS,
        PIXELS.astype(np.float64) / 255,
        PIXELS.astype(np.float32) / 255,
        np.dstack([PIXELS, np.full(PIXELS.shape[:2], 7, np.uint8)]),
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        to_pil(PIXELS),
        FakeTensor(np.moveaxis(PIXELS, 2, 0)),
        FakeTensor(np.moveaxis(PIXELS, 2, 0).astype(np.float32) / 255, bfloat16=True),
        np.moveaxis(PIXELS, 2, 0),
        Arrayish(),
        {"image": PIXELS},
        {"image": PNG, "text": None},
        (PIXELS, None),
        ModelOutput(image=PIXELS),
        ModelOutput(image=cast("NDArray[np.uint8]", to_pil(PIXELS))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_image_of_any_kind_becomes_its_pixels(value: object) -> None:
    output = to_output(value, name="m")

    assert output.text is None
    np.testing.assert_array_equal(output.image, PIXELS)


def test_a_text_is_a_text_even_when_it_looks_like_a_path() -> None:
    assert to_output("image.png", name="m") == ModelOutput(text="image.png")


@pytest.mark.parametrize("value", [("a", PIXELS), (PIXELS, "a"), {"text": "a", "image": PIXELS}, ("a", PNG)])
def test_text_and_image_come_in_any_order(value: object) -> None:
    output = to_output(value, name="m")

    assert output.text == "a"
    np.testing.assert_array_equal(output.image, PIXELS)


def test_a_path_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(PNG)

    np.testing.assert_array_equal(to_output(tmp_path / "x.png", name="m").image, PIXELS)


def test_an_output_keeps_what_it_says_beside_text_and_image() -> None:
    output = ModelOutput(text="a", raw="raw", usage=Usage(input_tokens=3), seconds=1.5)

    assert to_output(output, name="m") == output


def test_an_empty_text_is_passed_on() -> None:
    assert to_output("", name="m").text == ""


@pytest.mark.parametrize("grey", [PIXELS[..., 0], PIXELS[..., :1], FakeTensor(PIXELS[np.newaxis, ..., 0])])
def test_grey_becomes_three_equal_channels(grey: object) -> None:
    image = to_output(grey, name="m").image

    np.testing.assert_array_equal(image, np.repeat(PIXELS[..., :1], 3, axis=2))


def test_a_small_tensor_has_its_channels_first_and_a_small_array_last() -> None:
    values = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)

    np.testing.assert_array_equal(to_pixels(values), values)
    np.testing.assert_array_equal(to_pixels(FakeTensor(values)), np.moveaxis(values, 0, 2))


def test_the_fake_tensor_looks_like_a_tensor() -> None:
    assert isinstance(FakeTensor(PIXELS), Tensor)


def _broken(value: float) -> NDArray[np.float64]:
    pixels = np.full((4, 5, 3), 0.5)
    pixels[1, 2, 0] = value
    return pixels


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "the model returned nothing"),
        ((None, None), "the model returned nothing"),
        ({}, "the model returned nothing"),
        (3, "the model returned int; accepted: str, PIL image"),
        ([PIXELS], "the model returned list; accepted:"),
        (("a", "b"), r"the model returned the tuple \(str, str\); needed: \(text, image\)"),
        (("a", PIXELS, 1), "the model returned a tuple of 3"),
        (("a", 3), "the model returned int"),
        ({"img": PIXELS}, "a mapping with the key 'img'; known: image, text"),
        ({"text": 3}, "a text of type int; needed: str"),
        ({"image": "x.png"}, "an image of type str; for a file, return a pathlib.Path"),
        ("\ud800", "no Unicode text"),
        (b"", "image returned by m: the image file is empty"),
        (b"<html>", "image returned by m: not an image of a known format"),
        (PNG[:60], "image returned by m: the image cannot be decoded"),
        (Path("no-such-file.png"), "cannot be read"),
        (Image.new("F", (4, 4)), "floating-point images have no defined range"),
        (_broken(float("nan")), "holds 1 NaN values"),
        (_broken(float("inf")), "holds 1 infinite values"),
        (_broken(1.5), r"floats from 0.5 to 1.5; floats must lie in \[0, 1\]"),
        (_broken(-0.25), "floats from -0.25 to 0.5"),
        (PIXELS.astype(np.float64), "floats must lie in"),
        (PIXELS.astype(np.int64), "the type int64; needed: uint8"),
        (PIXELS > 3, "the type bool; needed: uint8"),
        (np.array(["a"]), r"the shape \(1,\); needed: \(H, W\)"),
        (np.zeros((6, 5, 2), np.uint8), r"the shape \(6, 5, 2\)"),
        (np.zeros((1, 4, 5, 3), np.uint8), r"the shape \(1, 4, 5, 3\)"),
        (np.zeros((0, 5, 3), np.uint8), "has no pixels"),
        (np.broadcast_to(np.uint8(0), (9000, 9000)), "9000x9000 pixels, more than the 64000000 allowed"),
    ],
)
def test_what_is_not_usable_says_why(value: object, message: str) -> None:
    with pytest.raises(OutputError, match=message) as caught:
        to_output(value, name="m")

    assert "\n" not in str(caught.value)


@given(arrays(np.uint8, st.tuples(st.integers(5, 9), st.integers(5, 9), st.sampled_from([3, 4]))))
def test_bytes_pass_unchanged_whatever_they_are(values: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(to_pixels(values), values[..., :3])


@given(arrays(np.uint8, st.tuples(st.integers(5, 9), st.integers(5, 9), st.just(3))))
def test_floats_of_bytes_come_back_as_the_bytes(values: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(to_pixels(values.astype(np.float32) / 255), values)


@given(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text()
    | st.binary()
    | st.lists(st.text())
    | st.tuples(st.text(), st.binary())
)
def test_any_value_is_an_output_or_an_output_error(value: object) -> None:
    try:
        output = to_output(value, name="m")
    except OutputError:
        return

    assert output.text is not None or output.image is not None
