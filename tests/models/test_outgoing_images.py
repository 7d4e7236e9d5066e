"""Nothing but pixels leaves, the same bytes each time."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageCms, PngImagePlugin

from medgen_pytest.images import decode, to_pil
from medgen_pytest.models.outgoing import encode_outgoing
from tests.models.samples import picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = picture(1)
PATIENT = "Jane Doe 1970-01-01"
FORMATS: tuple[Literal["png", "jpeg"], ...] = ("png", "jpeg")


def jpeg_full_of_notes() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = PATIENT  # ImageDescription
    exif[0x9286] = PATIENT  # UserComment
    exif[0x0112] = 3
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 13.0)
    return written("JPEG", exif=exif, comment=PATIENT.encode(), icc_profile=profile(), dpi=(123, 123))


def png_full_of_notes() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("PatientName", PATIENT)
    info.add_text("Compressed", PATIENT, zip=True)
    info.add_itxt("International", PATIENT)
    return written("PNG", pnginfo=info, icc_profile=profile(), dpi=(123, 123))


def profile() -> bytes:
    return bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def written(kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 16), (90, 60, 30)).save(buffer, format=kind, **options)
    return buffer.getvalue()


def chunks(png: bytes) -> list[bytes]:
    kinds, at = [], 8
    while at < len(png):
        kinds.append(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    return kinds


def markers(jpeg: bytes) -> list[int]:
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


@pytest.mark.parametrize("source", [jpeg_full_of_notes(), png_full_of_notes()], ids=["jpeg", "png"])
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("max_side", [None, 20])
def test_nothing_of_a_files_notes_is_sent(source: bytes, kind: Literal["png", "jpeg"], max_side: int | None) -> None:
    assert b"ICC_PROFILE" in source or b"iCCP" in source

    image = encode_outgoing(decode(source, name="Jane_Doe.dcm"), format=kind, max_side=max_side)

    for word in (b"Jane", b"1970", b"Exif", b"GPS", b"ICC_PROFILE", b"Adobe", b"Patient", b"dcm"):
        assert word not in image.data
        assert word.decode() not in image.data_url
    with Image.open(io.BytesIO(image.data)) as sent:
        assert not sent.getexif()
        assert set(sent.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    if kind == "png":
        assert set(chunks(image.data)) == {b"IHDR", b"IDAT", b"IEND"}
    else:
        assert set(markers(image.data)) == {0xE0, 0xDB, 0xC0, 0xC4}


def test_the_notes_were_there() -> None:
    assert PATIENT.encode() in jpeg_full_of_notes()
    assert PATIENT.encode() in png_full_of_notes()
    assert {b"tEXt", b"zTXt", b"iTXt", b"iCCP"} <= set(chunks(png_full_of_notes()))
    assert {0xE1, 0xE2, 0xFE} <= set(markers(jpeg_full_of_notes()))


def test_png_is_sent_as_it_is() -> None:
    image = encode_outgoing(PIXELS)

    np.testing.assert_array_equal(decode(image.data, name="x"), PIXELS)
    assert image.media_type == "image/png"
    assert image.file_name == "image.png"
    assert image.data_url == "data:image/png;base64," + base64.b64encode(image.data).decode()
    assert base64.b64decode(image.base64, validate=True) == image.data


def test_jpeg_has_the_quality_asked_for() -> None:
    fine = encode_outgoing(PIXELS, format="jpeg", quality=100)
    coarse = encode_outgoing(PIXELS, format="jpeg", quality=10)

    assert fine.data_url.startswith("data:image/jpeg;base64,/9j/")
    assert len(coarse.data) < len(fine.data)
    assert np.abs(decode(fine.data, name="x").astype(int) - PIXELS).max() <= 4


@pytest.mark.parametrize(
    ("size", "max_side", "sent"),
    [
        ((100, 50), None, (100, 50)),
        ((100, 50), 100, (100, 50)),
        ((100, 50), 200, (100, 50)),
        ((100, 50), 40, (40, 20)),
        ((50, 100), 40, (20, 40)),
        ((1000, 1), 10, (10, 1)),
        ((3, 2), 1, (1, 1)),
    ],
)
def test_the_longest_side_is_capped(size: tuple[int, int], max_side: int | None, sent: tuple[int, int]) -> None:
    pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)

    image = encode_outgoing(pixels, max_side=max_side)

    assert (image.width, image.height) == sent
    assert decode(image.data, name="x").shape == (sent[1], sent[0], 3)
    assert image.original == size


def test_an_image_is_made_smaller_by_lanczos() -> None:
    image = encode_outgoing(PIXELS, max_side=4)

    height, width = PIXELS.shape[:2]
    scale = 4 / max(height, width)
    expected = to_pil(PIXELS).resize(
        (max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS
    )
    np.testing.assert_array_equal(decode(image.data, name="x"), np.asarray(expected))


def test_the_note_says_what_was_sent() -> None:
    image = encode_outgoing(np.zeros((50, 100, 3), dtype=np.uint8), format="jpeg", max_side=40)

    assert image.note == {
        "format": "jpeg",
        "width": 40,
        "height": 20,
        "bytes": len(image.data),
        "original_width": 100,
        "original_height": 50,
    }


def test_repr_shows_no_bytes() -> None:
    assert "data" not in repr(encode_outgoing(PIXELS))


@settings(deadline=None)
@given(
    pixels=arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))),
    kind=st.sampled_from(FORMATS),
    quality=st.integers(1, 100),
    max_side=st.none() | st.integers(1, 12),
)
def test_the_same_pixels_and_settings_give_the_same_bytes(
    pixels: NDArray[np.uint8], kind: Literal["png", "jpeg"], quality: int, max_side: int | None
) -> None:
    one = encode_outgoing(pixels, format=kind, quality=quality, max_side=max_side)
    two = encode_outgoing(np.asfortranarray(pixels.copy()), format=kind, quality=quality, max_side=max_side)

    assert one == two
    assert max(one.width, one.height) <= (max_side or 12)


@pytest.mark.parametrize(
    ("pixels", "options", "message"),
    [
        (PIXELS[..., 0], {}, r"an image of uint8 \(H, W, 3\) is needed"),
        (PIXELS.astype(np.float64), {}, "needed, not float64"),
        (PIXELS[:0], {}, "is needed, not uint8"),
        (PIXELS, {"quality": 0}, "a JPEG quality lies between 1 and 100, not at 0"),
        (PIXELS, {"max_side": 0}, "at least 1 pixel, not 0"),
    ],
)
def test_what_cannot_be_sent_says_why(pixels: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_outgoing(pixels, **options)
