"""Input images: base64 and data URLs of requests, checked by the header of the file."""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import replace

from PIL import Image

from medgen_pytest.fake_server.message import RequestError
from medgen_pytest.fake_server.question import InputImage

TAKEN = ("PNG", "JPEG", "WEBP", "GIF")
"""The file formats that vision models take."""

_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+);base64,", re.ASCII)
# A header that lies about its size is the sender's; Pillow warns or refuses by limits of its own.
_DAMAGE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning)


def read_url(url: object, *, param: str) -> InputImage:
    """The image of a data URL. Raises RequestError; other URLs too, since the server contacts nobody."""
    if not isinstance(url, str):
        raise RequestError(400, f"Invalid type for '{param}': expected an image URL.", param=param)
    match = _DATA_URL.match(url)
    if match is None:
        raise RequestError(
            400,
            f"Invalid '{param}'. Expected a base64-encoded data URL with an image MIME type; this server fetches none.",
            param=param,
            code="invalid_image_url",
        )
    image = read_base64(url[match.end() :], param=param)
    if match["type"] != f"image/{image.format.lower()}":
        raise RequestError(
            400,
            f"Invalid '{param}': the URL says {match['type']}, the bytes are {image.format}.",
            param=param,
            code="invalid_image_format",
        )
    return replace(image, text=url)


def read_base64(text: object, *, param: str) -> InputImage:
    """The image of a base64 text without any prefix. Raises RequestError."""
    if not isinstance(text, str):
        raise RequestError(400, f"Invalid type for '{param}': expected base64.", param=param)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(400, f"Invalid '{param}': not base64.", param=param, code="invalid_base64_image") from error
    return replace(read_bytes(data, param=param), text=text)


def read_url_or_base64(text: object, *, param: str) -> InputImage:
    """The image of a data URL or of plain base64, as compatible servers take both. Raises RequestError."""
    is_url = isinstance(text, str) and text[:16].partition(":")[1]
    return read_url(text, param=param) if is_url else read_base64(text, param=param)


def read_bytes(data: bytes, *, param: str) -> InputImage:
    """The image of a file. Raises RequestError for what is no image of a known format."""
    try:
        with Image.open(io.BytesIO(data), formats=TAKEN) as image:
            width, height = image.size
            return InputImage(data=data, format=image.format or "", width=width, height=height)
    except _DAMAGE as error:
        raise RequestError(
            400,
            f"Invalid '{param}': not an image of a supported format ({', '.join(TAKEN)}).",
            param=param,
            code="invalid_image_format",
        ) from error
