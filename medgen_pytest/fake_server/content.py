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
    from medgen_pytest.fake_server.message import HttpRequest

_LONGEST = 2000
_MANY_ITEMS = 100
_DEEPEST = 20


def summary_of(request: HttpRequest) -> object:
    """The body, with texts of more than 2,000 characters cut and images told as `<PNG 512x512, ...>`.

    Of a form it is a list of `[name, value]`, of anything but JSON and forms the number of bytes.
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
            return _short(request.parsed, depth=0)
        except (ValueError, RecursionError):
            return f"<{len(request.body)} bytes, no JSON>"
    return f"<{len(request.body)} bytes>"


def _short(value: object, *, depth: int) -> object:
    if depth > _DEEPEST:
        return "<deeper>"
    if isinstance(value, str):
        return _long(value) if len(value) > _LONGEST or value.startswith("data:") else value
    if isinstance(value, dict):
        return {name[:_LONGEST]: _short(item, depth=depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_short(item, depth=depth + 1) for item in value[:_MANY_ITEMS]]
    return value


def _long(text: str) -> str:
    prefix, comma, rest = text[:100].partition(",")
    is_url = bool(comma) and prefix.startswith("data:")
    try:
        data = base64.b64decode(text[len(prefix) + 1 :] if is_url else text, validate=True)
    except (binascii.Error, ValueError):
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}<{len(text) - _LONGEST} more>"
    shown = _file(data)
    return f"{prefix},{shown}" if is_url and rest else shown


def _file(data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()[:16]
    try:
        image = read_bytes(data, param="")
    except RequestError:
        return f"<{len(data)} bytes, sha256 {digest}>"
    return f"<{image.format} {image.width}x{image.height}, {len(data)} bytes, sha256 {digest}>"


def _text(data: bytes) -> object:
    return _short(data.decode("utf-8", errors="backslashreplace"), depth=0)
