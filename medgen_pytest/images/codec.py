"""Bytes to pixels and back, with hostile files in mind."""

from __future__ import annotations

import io
import struct
import zlib
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image

from medgen_pytest.errors import ImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

MAX_PIXELS = 64_000_000
"""Images with more pixels are refused before they are decoded."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""The file formats that are read; what a file is, is seen from its content. AVIF needs Pillow 11.3."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
_RIFF, _WEBP = b"RIFF", b"WEBP"
_BOX, _AVIF = b"ftyp", (b"avif", b"avis")
_LONGEST_BOX = 256

# Pillow's `Image.open` warns, or refuses, by a limit of its own that is global to the process. Its
# readers, taken directly, leave the limit to us. Few runs see more than one or two of these formats.
_READERS = {
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
}

# What decoders raise on damaged data. A warning is here because `-W error` turns it into an exception.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)

_SIXTEEN_BIT = {"I", "I;16", "I;16B", "I;16L", "I;16N"}
_WHITE_16 = 65535

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(data: bytes, *, name: str, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """The pixels of an encoded image, uint8 (H, W, 3), RGB.

    Grey becomes three equal channels, alpha is dropped (not blended), CMYK and palettes are converted,
    EXIF orientation is applied, colour profiles are ignored. 16-bit grey is scaled linearly to 8 bits
    (rounded); of 16-bit colour, which Pillow does not hold, the high byte of each value is taken. Of a
    JPEG that carries further pictures the first one counts, as in any viewer. `name` is what messages
    call the image.

    Raises ImageError for what is empty, truncated, animated, too large or no image.
    """
    if not data:
        raise ImageError("the image file is empty (0 bytes)", name=name)
    kind = identify(data)
    if kind is None:
        raise ImageError(f"not an image of a known format ({', '.join(FORMATS)})", name=name)
    reader = _reader(kind) if kind in _READERS else _avif_reader(name)
    try:
        with reader(io.BytesIO(data)) as image:
            _check(image, name=name, max_pixels=max_pixels)
            return from_pil(image)
    except _DAMAGE as error:
        reason = str(error) or type(error).__name__
        raise ImageError(f"the image cannot be decoded: {reason}", name=name) from error


def identify(data: bytes) -> str | None:
    """The format, one of FORMATS, that the first bytes of a file are the signature of; None for no image."""
    if data.startswith(_RIFF) and data[8:12] == _WEBP:
        return "WEBP"
    if data[4:8] == _BOX and _is_avif(data):
        return "AVIF"
    return next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)


def _is_avif(data: bytes) -> bool:
    """Whether the box of brands, which opens the file, names AVIF."""
    brands = data[8 : min(int.from_bytes(data[:4], "big"), _LONGEST_BOX)]
    return any(brands[start : start + 4] in _AVIF for start in range(0, len(brands), 4))


def _reader(kind: str) -> type[ImageFile]:
    module, name = _READERS[kind]
    reader: type[ImageFile] = getattr(import_module(module), name)
    return reader


def _avif_reader(name: str) -> type[ImageFile]:
    try:
        from PIL import _avif  # noqa: F401 - Pillow's plugin can be imported without its decoder too
        from PIL.AvifImagePlugin import AvifImageFile
    except ImportError as error:
        raise ImageError("an AVIF image, which this Pillow does not read; install pillow>=11.3", name=name) from error
    return AvifImageFile


def _check(image: Image.Image, *, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(f"{width}x{height} pixels, more than the {max_pixels} allowed", name=name)
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise ImageError(f"animated or multi-page image with {frames} frames; one frame is needed", name=name)


def from_pil(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels of a Pillow image, uint8 (H, W, 3), RGB, by the rules of `decode`.

    Raises ValueError for a mode without a defined range: floating point, or 32-bit values that are no
    16-bit ones.
    """
    upright = _turn_upright(image)
    if upright.mode in _SIXTEEN_BIT:
        upright = Image.fromarray(_scale_to_8_bits(np.asarray(upright)))
    elif upright.mode == "F":
        raise ValueError("floating-point images have no defined range; save as 8 or 16 bit")
    return np.array(upright.convert("RGB"), dtype=np.uint8)


def _turn_upright(image: Image.Image) -> Image.Image:
    """A copy as its EXIF orientation wants it seen, without the notes on transparency.

    Pillow's `exif_transpose` also writes the EXIF data back, which fails on damaged data.
    """
    image.load()
    turn = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    upright = image.copy() if turn is None else image.transpose(turn)
    # Alpha is dropped anyway, and Pillow warns when it converts a palette with transparency.
    upright.info.pop("transparency", None)
    return upright


def _scale_to_8_bits(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    values = grey.astype(np.float64)
    if values.min() < 0 or values.max() > _WHITE_16:
        raise ValueError("32-bit or signed grey values have no defined range; save as 8 or 16 bit")
    return np.rint(values / (_WHITE_16 / 255)).astype(np.uint8)


def to_pil(pixels: NDArray[np.uint8]) -> Image.Image:
    """A Pillow image of uint8 (H, W, 3) pixels."""
    return Image.fromarray(np.ascontiguousarray(pixels))


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Lossless PNG of uint8 (H, W, 3) pixels; the same pixels give the same bytes."""
    buffer = io.BytesIO()
    to_pil(pixels).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
