"""Content: the body of a request as the journal shows it, images as what they are instead of their bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.input_image import read_bytes
from medgen_pytest.fake_server.message import JSON_TYPE, RequestError
from medgen_pytest.fake_server.multipart import FORM_TYPE, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.fake_server.message import HttpRequest
    from medgen_pytest.fake_server.question import InputImage

_LONGEST = 2000
_MANY_ITEMS = 100
_DEEPEST = 20


def summary_of(request: HttpRequest, images: Sequence[InputImage] = ()) -> object:
    """The body, with texts of more than 2,000 characters cut and images told as `<PNG 512x512, ...>`.

    Of a form it is a list of `[name, value]`, of anything but JSON and forms the number of bytes.
    `images` are those that were read from it: they are not decoded again.
    """
    if not request.body:
        return None
    if request.media_type == FORM_TYPE:
        try:
            return [[name, _file(data) if is_file else _text(data)] for name, data, is_file in parts_of(request)]
        except RequestError:
            return f"<{len(request.body)} bytes, no form>"
    if request.media_type == JSON_TYPE:
        try:
            return _Shortening(images).short(request.parsed, depth=0)
        except (ValueError, RecursionError):
            return f"<{len(request.body)} bytes, no JSON>"
    return f"<{len(request.body)} bytes>"


class _Shortening:
    """Shortens values; knows the images that were read by the very texts that they came as."""

    def __init__(self, images: Sequence[InputImage]) -> None:
        # The texts are alive as long as the images: their addresses are theirs alone, and quicker than hashes.
        self._images = {id(image.text): image for image in images if image.text is not None}

    def short(self, value: object, *, depth: int) -> object:
        """The value without what is long."""
        if depth > _DEEPEST:
            return "<deeper>"
        if isinstance(value, str):
            return self._long(value) if len(value) > _LONGEST or value.startswith("data:") else value
        if isinstance(value, dict):
            return {name[:_LONGEST]: self.short(item, depth=depth + 1) for name, item in value.items()}
        if isinstance(value, list):
            return [self.short(item, depth=depth + 1) for item in value[:_MANY_ITEMS]]
        return value

    def _long(self, text: str) -> str:
        start = text[:100].partition(",")[0] + "," if text.startswith("data:") else ""
        image = self._images.get(id(text))
        if image is not None:
            return start + _image(image)
        try:
            return start + _file(base64.b64decode(text[len(start) :], validate=True))
        except (binascii.Error, ValueError):
            return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}<{len(text) - _LONGEST} more>"


def _file(data: bytes) -> str:
    try:
        return _image(read_bytes(data, param=""))
    except RequestError:
        return f"<{len(data)} bytes, sha256 {_digest(data)}>"


def _image(image: InputImage) -> str:
    size = f"{image.width}x{image.height}"
    return f"<{image.format} {size}, {len(image.data)} bytes, sha256 {_digest(image.data)}>"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _text(data: bytes) -> object:
    return _Shortening(()).short(data.decode("utf-8", errors="backslashreplace"), depth=0)
