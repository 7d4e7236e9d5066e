"""Decoding: every kind of image becomes RGB pixels by a stated rule, or is refused with its reason."""

from __future__ import annotations

import contextlib
import io
import struct
import sys
import warnings
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, PngImagePlugin, features

from medgen_pytest.errors import ImageError
from medgen_pytest.images import FORMATS, MAX_PIXELS, decode, encode_png, from_pil, identify, resize, to_pil

PIXELS = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))

AVIF_HEAD = b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf"

needs_avif = pytest.mark.skipif("avif" not in features.get_supported(), reason="this Pillow does not read AVIF")


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(width: int, height: int, *, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG written by hand, of kinds that Pillow cannot write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def refusal(data: bytes, **options: int) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data, name="x.png", **options)
    assert caught.value.name == "x.png"
    return caught.value.message


GRADIENT = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


@given(PIXELS)
def test_png_gives_back_the_pixels_it_was_made_of(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    again = decode(encode_png(pixels), name="x.png")

    assert again.dtype == np.uint8
    assert np.array_equal(again, pixels)


@given(PIXELS)
def test_the_same_pixels_give_the_same_bytes(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    assert encode_png(pixels) == encode_png(pixels.copy())
    assert encode_png(np.asfortranarray(pixels)) == encode_png(pixels)


@pytest.mark.parametrize(("kind", "options"), [("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_lossless_formats_keep_their_pixels(kind: str, options: dict[str, Any]) -> None:
    data = encoded(to_pil(GRADIENT), kind, **options)

    assert np.array_equal(decode(data, name="x"), GRADIENT)


def test_jpeg_and_gif_are_read() -> None:
    flat = Image.new("RGB", (16, 8), (40, 90, 200))

    for kind in ("JPEG", "GIF"):
        pixels = decode(encoded(flat, kind), name="x")
        assert pixels.shape == (8, 16, 3)
        assert np.abs(pixels.astype(int) - (40, 90, 200)).max() <= 3


@needs_avif
def test_avif_is_read_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    pixels = decode(encoded(Image.new("RGB", (16, 8), (40, 90, 200)), "AVIF", exif=exif), name="x")

    assert pixels.shape == (16, 8, 3)
    assert np.abs(pixels.astype(int) - (40, 90, 200)).max() <= 4


@needs_avif
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_avif_is_refused(share: float) -> None:
    data = encoded(Image.new("RGB", (64, 48), (40, 90, 200)), "AVIF")

    assert refusal(data[: int(len(data) * share)]).startswith("the image cannot be decoded: ")


@needs_avif
def test_an_animated_avif_is_refused() -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 120)]

    message = refusal(encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:]))

    assert message == "animated or multi-page image with 2 frames; one frame is needed"


def test_an_avif_that_this_pillow_cannot_read_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL._avif", None)
    monkeypatch.delattr("PIL._avif", raising=False)

    message = refusal(AVIF_HEAD + bytes(100))

    assert message == "an AVIF image, which this Pillow does not read; install pillow>=11.3"


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "AVIF"])
def test_a_format_is_identified_by_its_first_bytes(kind: str) -> None:
    assert identify(encoded(Image.new("RGB", (4, 4)), kind)[:32]) == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (AVIF_HEAD, "AVIF"),
        (AVIF_HEAD.replace(b"avif", b"avis"), "AVIF"),
        (AVIF_HEAD.replace(b"avif", b"mif1"), None),
        (AVIF_HEAD.replace(b"ftypavif\0\0\0\0mif1", b"ftypmif1\0\0\0\0avif"), "AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", None),
        (b"", None),
        (b"text", None),
    ],
)
def test_avif_is_told_from_its_relatives_by_its_brands(data: bytes, kind: str | None) -> None:
    assert identify(data) == kind


def test_the_format_is_seen_from_the_content_not_the_name() -> None:
    assert decode(encoded(to_pil(GRADIENT), "BMP"), name="x.png").shape == (4, 5, 3)


def test_grey_becomes_three_equal_channels() -> None:
    grey = np.arange(20, dtype=np.uint8).reshape(4, 5)

    pixels = decode(encoded(Image.fromarray(grey)), name="x")

    assert np.array_equal(pixels, np.repeat(grey[:, :, None], 3, axis=2))


def test_one_bit_becomes_black_and_white() -> None:
    bits = Image.fromarray(np.array([[True, False]]))

    assert decode(encoded(bits), name="x").tolist() == [[[255, 255, 255], [0, 0, 0]]]


def test_a_single_pixel_is_an_image() -> None:
    assert decode(encoded(Image.new("RGB", (1, 1), (1, 2, 3))), name="x").tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(("mode", "colour", "expected"), [("RGBA", (9, 8, 7, 0), [9, 8, 7]), ("LA", (5, 0), [5] * 3)])
def test_alpha_is_dropped_not_blended(mode: str, colour: tuple[int, ...], expected: list[int]) -> None:
    assert decode(encoded(Image.new(mode, (1, 1), colour)), name="x").tolist() == [[expected]]


@pytest.mark.parametrize("transparency", [1, bytes([255, 0])])
def test_a_palette_with_transparency_keeps_its_colours(transparency: int | bytes) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])

    pixels = decode(encoded(image, transparency=transparency), name="x")

    assert pixels.tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_transparent_grey_keeps_its_grey() -> None:
    assert decode(encoded(Image.new("L", (1, 1), 7), transparency=7), name="x").tolist() == [[[7, 7, 7]]]


def test_cmyk_jpeg_becomes_rgb() -> None:
    pixels = decode(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"), name="x")

    red, green, blue = pixels[4, 4].astype(int)
    assert red > 240
    assert green < 15
    assert blue < 15


def test_16_bit_grey_is_scaled_linearly() -> None:
    grey = np.array([[0, 128, 129, 257, 32896, 65535]], dtype=np.uint16)

    for data in (encoded(Image.fromarray(grey)), encoded(Image.fromarray(grey), "TIFF")):
        assert decode(data, name="x")[0, :, 0].tolist() == [0, 0, 1, 1, 128, 255]


def test_16_bit_colour_gives_the_high_byte() -> None:
    rows = b"\x00" + struct.pack(">HHH", 0x1234, 0xFF80, 0x00FF)

    pixels = decode(png_file(1, 1, depth=16, colour=2, rows=rows), name="x")

    assert pixels.tolist() == [[[0x12, 0xFF, 0x00]]]


@pytest.mark.parametrize("value", [-1, 65536])
def test_grey_values_without_a_defined_range_are_refused(value: int) -> None:
    image = Image.new("I", (2, 2), value)

    message = refusal(encoded(image, "TIFF"))

    assert message == (
        "the image cannot be decoded: 32-bit or signed grey values have no defined range; save as 8 or 16 bit"
    )


def test_floating_point_pixels_are_refused() -> None:
    message = refusal(encoded(Image.new("F", (2, 2), 0.5), "TIFF"))

    assert message == ("the image cannot be decoded: floating-point images have no defined range; save as 8 or 16 bit")


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[1, 2], [3, 4]]),
        (2, [[2, 1], [4, 3]]),
        (3, [[4, 3], [2, 1]]),
        (4, [[3, 4], [1, 2]]),
        (5, [[1, 3], [2, 4]]),
        (6, [[3, 1], [4, 2]]),
        (7, [[4, 2], [3, 1]]),
        (8, [[2, 4], [1, 3]]),
        (99, [[1, 2], [3, 4]]),
    ],
)
def test_exif_orientation_is_applied(orientation: int, expected: list[list[int]]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation

    pixels = decode(encoded(Image.fromarray(np.array([[1, 2], [3, 4]], dtype=np.uint8)), exif=exif), name="x")

    assert pixels[:, :, 0].tolist() == expected


def test_a_damaged_colour_profile_is_ignored() -> None:
    data = encoded(to_pil(GRADIENT), icc_profile=b"no profile" * 20)

    assert np.array_equal(decode(data, name="x"), GRADIENT)


def test_of_a_jpeg_with_further_pictures_the_first_one_counts() -> None:
    first = Image.new("RGB", (16, 8), (200, 10, 10))
    data = encoded(first, "MPO", save_all=True, append_images=[Image.new("RGB", (4, 4))])

    assert decode(data, name="x").shape == (8, 16, 3)


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"") == "the image file is empty (0 bytes)"


@pytest.mark.parametrize("data", [b"\0", b"GIF", b"RIFF\0\0\0\0WAVE", b"%PDF-1.7", b"<svg/>", b"\x00\x00\x01\x00"])
def test_what_is_no_image_of_a_known_format_is_refused(data: bytes) -> None:
    assert refusal(data) == "not an image of a known format (PNG, JPEG, WEBP, GIF, BMP, TIFF, AVIF)"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_truncated_images_are_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    data = encoded(to_pil(noise), kind)

    message = refusal(data[: int(len(data) * share)])

    assert message.startswith("the image cannot be decoded: ")


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})])
def test_animated_and_multi_page_images_are_refused(kind: str, options: dict[str, Any]) -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 120, 240)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)

    assert refusal(data) == "animated or multi-page image with 3 frames; one frame is needed"


def bomb(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds hardly any data."""
    return png_file(width, height, depth=8, colour=2, rows=b"\0" * 1000)


@pytest.mark.parametrize("side", [8001, 9_500, 30_000, 2**31 - 1])
def test_an_image_with_too_many_pixels_is_refused_undecoded_and_without_a_warning(side: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        message = refusal(bomb(side, side))

    assert message == f"{side}x{side} pixels, more than the {MAX_PIXELS} allowed"
    assert caught == []


def test_the_limit_is_the_callers_not_pillows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)

    assert decode(encoded(to_pil(GRADIENT)), name="x", max_pixels=20).shape == (4, 5, 3)


def test_an_image_of_exactly_the_limit_is_read() -> None:
    assert decode(encoded(to_pil(GRADIENT)), name="x", max_pixels=20).shape == (4, 5, 3)
    assert refusal(encoded(to_pil(GRADIENT)), max_pixels=19) == "5x4 pixels, more than the 19 allowed"


def test_compressed_text_that_swells_is_refused() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 50_000_000, zip=True)
    data = encoded(to_pil(GRADIENT), pnginfo=info)
    assert len(data) < 100_000

    assert refusal(data).startswith("the image cannot be decoded: ")


def test_plain_text_in_an_image_does_no_harm() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 2_000_000)

    assert np.array_equal(decode(encoded(to_pil(GRADIENT), pnginfo=info), name="x"), GRADIENT)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_as_an_image_error(data: bytes) -> None:
    with pytest.raises(ImageError):
        decode(data, name="x")


SEEDS = {
    "PNG": encoded(to_pil(GRADIENT)),
    "JPEG": encoded(to_pil(GRADIENT), "JPEG", exif=Image.Exif()),
    "WEBP": encoded(to_pil(GRADIENT), "WEBP"),
    "GIF": encoded(to_pil(GRADIENT), "GIF"),
    "BMP": encoded(to_pil(GRADIENT), "BMP"),
    "TIFF": encoded(to_pil(GRADIENT), "TIFF"),
    "TIFF-LZW": encoded(to_pil(GRADIENT), "TIFF", compression="tiff_lzw"),
    **({"AVIF": encoded(to_pil(GRADIENT), "AVIF")} if "avif" in features.get_supported() else {}),
}


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(sorted(SEEDS)),
    place=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=12),
)
def test_a_damaged_image_gives_pixels_or_an_image_error(kind: str, place: float, junk: bytes) -> None:
    data = bytearray(SEEDS[kind])
    start = int(place * len(data))
    data[start : start + len(junk)] = junk

    with contextlib.suppress(ImageError):
        pixels = decode(bytes(data), name="x", max_pixels=1_000_000)
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3


def test_a_pillow_image_is_left_as_it_was() -> None:
    image = Image.new("P", (2, 2))
    image.info["transparency"] = 0

    from_pil(image)

    assert image.mode == "P"
    assert image.info["transparency"] == 0


@given(PIXELS, st.integers(1, 9), st.integers(1, 9))
def test_resizing_gives_the_size_asked_for(
    pixels: np.ndarray[Any, np.dtype[np.uint8]], width: int, height: int
) -> None:
    assert resize(pixels, width=width, height=height).shape == (height, width, 3)


@given(PIXELS)
def test_resizing_to_the_same_size_changes_nothing(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    height, width, _ = pixels.shape

    assert np.array_equal(resize(pixels, width=width, height=height), pixels)
