"""A caption stands below its image, whole and black on white, and no pixel of the image changes."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from medgen_pytest.errors import ConfigError
from medgen_pytest.images import caption_image, encode_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAPTION = "Generated Answer"
SIZES = [(1, 1), (1, 4096), (4096, 1), (3, 7), (64, 64), (65, 63), (512, 512), (2048, 2048), (4096, 4096)]
KINDS = ["colour", "grey", "white", "black"]


def image(kind: str, height: int, width: int, *, seed: int = 0) -> NDArray[np.uint8]:
    if kind in ("white", "black"):
        return np.full((height, width, 3), 255 if kind == "white" else 0, dtype=np.uint8)
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return noise if kind == "colour" else np.repeat(noise[:, :, :1], 3, axis=2)


def pixels_by_opencv(png: bytes) -> NDArray[np.uint8]:
    read = cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    return np.asarray(read[:, :, ::-1], dtype=np.uint8)


def predicted(kind: int, left: int, up: int, corner: int) -> int:
    """What the PNG standard's filter of a row predicts for a byte."""
    near = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
    return (0, left, up, (left + up) // 2, near)[kind]


def pixels_by_hand(png: bytes) -> NDArray[np.uint8]:
    """An 8-bit RGB file as the PNG standard describes it, without any imaging library."""
    at, data, height, width = 8, b"", 0, 0
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", content)
            assert tuple(content[8:]) == (8, 2, 0, 0, 0)
        data += content if kind == b"IDAT" else b""
        at += 12 + length
    raw, stride, above, rows = zlib.decompress(data), 3 * width + 1, bytes(3 * width), []
    for row in range(height):
        line, done = raw[row * stride : (row + 1) * stride], bytearray(3)
        for index, value in enumerate(line[1:]):
            corner = above[index - 3] if index > 2 else 0
            done.append((value + predicted(line[0], done[index], above[index], corner)) % 256)
        above = bytes(done[3:])
        rows.append(above)
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(height, width, 3)


def ink(captioned: NDArray[np.uint8], height: int) -> NDArray[np.bool_]:
    """Where in the band the caption is drawn."""
    return captioned[height:, :, 0] < 128


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_every_pixel_is_unchanged_as_another_library_reads_it(kind: str, height: int, width: int) -> None:
    pixels = image(kind, height, width)
    before = pixels.copy()

    captioned = caption_image(pixels, CAPTION)

    read = pixels_by_opencv(encode_png(captioned))
    assert np.array_equal(read[:height, :width], before)
    assert np.all(read[:height, width:] == 255)
    assert np.array_equal(read, captioned)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 7), (64, 64), (1, 300), (300, 1)])
def test_every_pixel_is_unchanged_as_the_standard_reads_it(kind: str, height: int, width: int) -> None:
    pixels = image(kind, height, width)

    read = pixels_by_hand(encode_png(caption_image(pixels, CAPTION)))

    assert np.array_equal(read[:height, :width], pixels)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 400), st.integers(1, 400), st.integers(0, 99), st.text(max_size=60))
def test_every_pixel_is_unchanged_at_any_size_and_caption(
    kind: str, height: int, width: int, seed: int, words: str
) -> None:
    pixels = image(kind, height, width, seed=seed)

    captioned = caption_image(pixels, f"Input {words}")

    read = pixels_by_opencv(encode_png(captioned))
    assert np.array_equal(read[:height, :width], pixels)
    assert np.all(read[:height, width:] == 255)
    assert read.shape[1] >= width


@pytest.mark.parametrize("caption", ["Input", "Input 12", "Ground Truth", CAPTION, "gjpqy |[]{}() ÀÇ", "W" * 300])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 4096), (4096, 1), (64, 64), (700, 512)])
def test_the_caption_is_black_on_white_and_cut_nowhere(caption: str, height: int, width: int) -> None:
    captioned = caption_image(image("colour", height, width), caption)

    band = captioned[height:]
    drawn = np.argwhere(ink(captioned, height))
    assert band.min() == 0
    assert np.all(band == band[:, :, :1])
    assert drawn.min() >= 2
    assert np.all(drawn.max(axis=0) < np.array(band.shape[:2]) - 2)
    assert np.mean(band == 255) > 0.5


@pytest.mark.parametrize(("height", "width"), [(1, 1), (64, 64), (512, 512), (512, 2048), (4096, 64), (4096, 4096)])
def test_letters_grow_with_the_image_and_are_never_tiny(height: int, width: int) -> None:
    drawn = np.argwhere(ink(caption_image(image("black", height, width), "H"), height))

    tall = int(np.ptp(drawn[:, 0])) + 1
    assert tall >= 11
    assert tall >= max(height, width) / 40


@pytest.mark.parametrize(("height", "width"), [(64, 64), (512, 512), (512, 768), (2048, 2048), (4096, 4096)])
def test_the_band_of_a_short_caption_leaves_the_picture_its_room(height: int, width: int) -> None:
    band = caption_image(image("black", height, width), CAPTION).shape[0] - height

    assert band <= max(40, max(height, width) / 10)


def test_a_narrow_image_gets_a_canvas_as_wide_as_its_caption() -> None:
    captioned = caption_image(image("black", 1, 1), CAPTION)

    assert captioned.shape[1] > 100
    assert captioned[0, 0].tolist() == [0, 0, 0]
    assert np.all(captioned[0, 1:] == 255)


def test_a_wide_image_keeps_its_width() -> None:
    assert caption_image(image("black", 10, 640), CAPTION).shape[1] == 640


def bands_of_ink(captioned: NDArray[np.uint8], height: int) -> int:
    rows = ink(captioned, height).any(axis=1).astype(int)
    return int(np.sum(np.diff(rows, prepend=0) == 1))


def test_a_caption_of_several_words_stands_on_one_line_where_it_fits() -> None:
    assert bands_of_ink(caption_image(image("black", 64, 64), "Axe Cox Rex"), 64) == 1


def test_a_long_caption_is_broken_into_lines() -> None:
    caption = " ".join(["Axe"] * 60)

    narrow = caption_image(image("black", 64, 64), caption)
    wide = caption_image(image("black", 64, 640), caption)

    assert bands_of_ink(narrow, 64) > bands_of_ink(wide, 64) > 1
    assert narrow.shape[1] < 320
    assert wide.shape[1] == 640


def test_a_word_longer_than_a_line_is_drawn_whole() -> None:
    captioned = caption_image(image("black", 64, 64), "H" * 200)

    drawn = ink(captioned, 64)
    tops = [row for above, row in pairwise(drawn) if row.any() and not above.any()]
    strokes = sum(int(np.sum(np.diff(row.astype(int), prepend=0) == 1)) for row in tops)
    assert captioned.shape[1] < 320
    assert len(tops) > 5
    assert strokes == 400


def test_white_space_between_words_does_not_matter() -> None:
    pixels = image("grey", 20, 20)

    assert np.array_equal(caption_image(pixels, " Ground\n\tTruth "), caption_image(pixels, "Ground Truth"))


def test_the_same_arguments_give_the_same_bytes_and_others_do_not() -> None:
    pixels = image("grey", 40, 50)

    first, again = (encode_png(caption_image(pixels, "Input 1")) for _ in range(2))

    assert first == again
    assert first != encode_png(caption_image(pixels, "Input 2"))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), dtype=np.uint8),
        np.zeros((4, 4, 4), dtype=np.uint8),
        np.zeros((4, 4, 3), dtype=np.float64),
        np.zeros((0, 4, 3), dtype=np.uint8),
    ],
)
def test_what_is_no_image_is_refused(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match=r"a caption needs an image of uint8 \(H, W, 3\), not "):
        caption_image(pixels, CAPTION)


@pytest.mark.parametrize("caption", ["", " \n"])
def test_a_caption_without_words_is_refused(caption: str) -> None:
    with pytest.raises(ValueError, match="a caption needs words"):
        caption_image(image("grey", 4, 4), caption)


def test_a_pillow_without_freetype_is_told_and_draws_nothing_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_default(size: float) -> object:
        raise ImportError(f"The _imagingft C module is not installed ({size})")

    monkeypatch.setattr(ImageFont, "load_default", load_default)

    with pytest.raises(ConfigError, match="this Pillow lacks FreeType"):
        caption_image(image("grey", 4, 4), CAPTION)
