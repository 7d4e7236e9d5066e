"""An image in a reply becomes pixels whatever wraps it, or one line says why not."""

from __future__ import annotations

import base64
import contextlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from medgen_pytest.errors import OutputError
from medgen_pytest.images import MAX_PIXELS, encode_png, to_pil
from medgen_pytest.models.replies import MAX_BYTES, RemoteImage, image_of_part, read_image
from medgen_pytest.models.replies.base64_text import decode_base64
from tests.models.samples import picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = picture(1)
PNG = encode_png(PIXELS)
BASE64 = base64.b64encode(PNG).decode()
URL_SAFE = base64.urlsafe_b64encode(PNG).decode()
IN_LINES = base64.encodebytes(PNG).decode()
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
HTML = b"\n<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
JSON = b'{"error": {"message": "overloaded"}}'


def encoded(kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 8), (40, 90, 200)).save(buffer, format=kind, **options)
    return buffer.getvalue()


def refusal(part: str | bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> str:
    with pytest.raises(OutputError) as caught:
        read_image(part, max_bytes=max_bytes, max_pixels=max_pixels)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    return message.removeprefix("the reply's image: ")


def pixels_of(part: str | bytes) -> NDArray[np.uint8]:
    image = read_image(part)
    assert not isinstance(image, RemoteImage)
    return image


@pytest.mark.parametrize(
    "part",
    [
        PNG,
        BASE64,
        BASE64.rstrip("="),
        BASE64 + "==",
        URL_SAFE,
        IN_LINES,
        f'"{BASE64}"',
        BASE64.encode(),
        f"data:image/png;base64,{BASE64}",
        f"data:image/png;base64,{URL_SAFE.rstrip('=')}",
        f"data:image/png;base64,\r\n{IN_LINES}",
        f"data:image/png;base64,{BASE64.replace('+', '%2B').replace('/', '%2F').replace('=', '%3D')}",
        f"DATA:image/PNG;name=x.png;BASE64,{BASE64}",
        f"data:image/jpeg;charset=utf-8;base64,{BASE64}",
        f"data:text/html;base64,{BASE64}",
        f"data:;base64,{BASE64}",
        f"data:image/png,{BASE64}",
        f"  data:image/png;base64,{BASE64}\n",
        f"data:image/png;base64,{BASE64}".encode(),
    ],
    ids=str,
)
def test_every_wrapping_of_an_image_gives_its_pixels(part: str | bytes) -> None:
    np.testing.assert_array_equal(pixels_of(part), PIXELS)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_the_format_is_seen_from_the_content_whatever_is_declared(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow does not read AVIF")

    pixels = pixels_of("data:image/x-icon;base64," + base64.b64encode(encoded(kind)).decode())

    assert pixels.shape == (8, 16, 3)
    assert np.abs(pixels.astype(int) - (40, 90, 200)).max() <= 4


def test_orientation_and_colour_are_normalised() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("CMYK", (16, 8), (0, 255, 255, 0)).save(buffer, format="JPEG", exif=exif)

    pixels = pixels_of(buffer.getvalue())

    assert pixels.shape == (16, 8, 3)
    assert pixels[8, 4, 0] > 240


@pytest.mark.parametrize(
    "url", ["https://cdn.example.com/a.png?sig=SECRET", "HTTP://localhost:8000/a", " https://x/y "]
)
def test_a_url_is_handed_back_and_not_fetched(url: str) -> None:
    assert read_image(url) == RemoteImage(url.strip())


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (b"", "the image is empty (0 bytes)"),
        ("", "the image is empty"),
        (b" \n", "the image is empty"),
        ("data:image/png;base64,", "the image is empty (0 bytes)"),
        ("data:image/png;base64", "its data URL has no content"),
        (SVG, "an SVG drawing; an image of pixels is due"),
        (base64.b64encode(SVG).decode(), "an SVG drawing; an image of pixels is due"),
        ("data:image/svg+xml,%3Csvg%20width='9'/%3E", "an SVG drawing; an image of pixels is due"),
        (HTML, "an HTML page where an image is due: '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>'"),
        (JSON, 'JSON where an image is due: \'{"error": {"message": "overloaded"}}\''),
        ("I cannot draw that.", "text where an image is due: 'I cannot draw that.'"),
        ("Cannot", "text where an image is due: 'Cannot'"),
        ("Lungs: clear. " * 100, "text where an image is due: '" + ("Lungs: clear. " * 100)[:80] + "...'"),
        ("see https://x.example/a.png?sig=SECRET", "text where an image is due: 'see https://x.example/...'"),
        ("<error>no</error>", "text where an image is due: '<error>no</error>'"),
        ("ÄÖÜ" * 300, "text where an image is due: '" + ("ÄÖÜ" * 300)[:80] + "...'"),
        ("hello".encode("utf-16"), "text where an image is due: 'hello'"),
        (BASE64[:201], "its base64 is cut off"),
        ("data:image/png;base64,A", "its base64 is cut off"),
        ("data:image/png;base64,AA=A", "its base64 is damaged"),
        (f"data:image/png;base64,!{BASE64}", "its base64 is damaged"),
        (BASE64[:299] + "!", "its base64 is damaged"),
        (b"\0\1\2\3", "not an image of a known format (PNG, JPEG, WEBP, GIF, BMP, TIFF, AVIF)"),
        (b"%PDF-1.7\n%\xb5\xb6\0", "not an image of a known format (PNG, JPEG, WEBP, GIF, BMP, TIFF, AVIF)"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_image_says_so_in_one_line(part: str | bytes, message: str) -> None:
    assert refusal(part) == message


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_image_is_refused(share: float) -> None:
    end = int(len(PNG) * share)

    assert refusal(PNG[:end]).startswith("the image cannot be decoded: ")
    assert refusal(base64.b64encode(PNG[:end]).decode()).startswith("the image cannot be decoded: ")


def test_an_animated_image_is_refused() -> None:
    frames = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (0, 99)]

    message = refusal(encoded("GIF", save_all=True, append_images=frames))

    assert message == "animated or multi-page image with 3 frames; one frame is needed"


def test_too_many_pixels_are_refused() -> None:
    assert refusal(encoded("PNG"), max_pixels=100) == "16x8 pixels, more than the 100 allowed"


def test_too_many_bytes_are_refused_before_they_are_decoded() -> None:
    big = "A" * 200_000_000

    assert refusal(big) == "150 MB, more than the 64 MB allowed"
    assert refusal("data:image/png;base64," + big) == "150 MB, more than the 64 MB allowed"


@pytest.mark.parametrize("part", [b"\0" * 1001, base64.b64encode(b"\0" * 1001).decode()])
def test_the_limit_of_bytes_is_exact_for_the_file(part: str | bytes) -> None:
    assert refusal(part, max_bytes=1000) == "1 kB, more than the 1 kB allowed"
    assert refusal(part, max_bytes=1001).startswith("not an image")


def test_base64_in_lines_may_be_as_large_as_any() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = encode_png(noise)

    image = read_image(base64.encodebytes(data).decode(), max_bytes=len(data))

    np.testing.assert_array_equal(image, noise)


def test_the_name_stands_in_the_message() -> None:
    with pytest.raises(OutputError, match=r"^image 2 of m: the image is empty \(0 bytes\)$"):
        read_image(b"", name="image 2 of m")


@settings(deadline=None)
@given(
    data=st.binary(max_size=60),
    cut=st.integers(1, 20),
    urlsafe=st.booleans(),
    padded=st.booleans(),
)
def test_base64_of_any_style_gives_back_its_bytes(data: bytes, cut: int, *, urlsafe: bool, padded: bool) -> None:
    text = (base64.urlsafe_b64encode(data) if urlsafe else base64.b64encode(data)).decode()
    text = text if padded else text.rstrip("=")
    lines = "\r\n ".join(text[start : start + cut] for start in range(0, len(text), cut))

    assert decode_base64(lines) == data


@settings(deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_part_is_an_image_or_an_output_error(part: str | bytes) -> None:
    with contextlib.suppress(OutputError):
        assert isinstance(read_image(part), RemoteImage | np.ndarray)


@pytest.mark.parametrize(
    "part", ["A" * 2_000_000, " " * 2_000_000, "%" * 2_000_000, "=" * 2_000_000, "data:" * 400_000, "<" * 2_000_000]
)
def test_hostile_parts_are_refused_soon(part: str) -> None:
    refusal(part)
    refusal(part.encode())


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_survives_the_way_through_a_reply(mode: str) -> None:
    image = to_pil(PIXELS).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")

    pixels = pixels_of("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode())

    np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize(
    "part",
    [
        "X",
        {"b64_json": "X", "url": None, "revised_prompt": "a lung"},
        {"b64_json": None, "url": "X"},
        {"type": "image_url", "image_url": {"url": "X"}},
        {"type": "image_url", "image_url": "X"},
        {"inlineData": {"mimeType": "image/png", "data": "X"}},
        {"inline_data": {"mime_type": "image/png", "data": "X"}},
        {"mimeType": "image/png", "bytesBase64Encoded": "X"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "X"}},
        {"image": {"url": "X"}},
    ],
    ids=str,
)
def test_the_image_of_a_part_is_found_where_its_protocol_puts_it(part: object) -> None:
    assert image_of_part(part) == "X"


@pytest.mark.parametrize(
    "part",
    [
        None,
        3,
        "",
        {},
        {"type": "text", "text": "a", "url": "X"},
        {"text": "a"},
        {"thought": True, "inlineData": {"data": "X"}},
        {"image": {"image": {"image": {"image": "X"}}}},
        ["X"],
    ],
    ids=str,
)
def test_a_part_without_an_image_has_none(part: object) -> None:
    assert image_of_part(part) is None
