"""Outputs of predictions: text and image in whatever shape a model gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.models.replies import image_of_part
from medgen_pytest.models.wire.reply_path import MISSING, parse_reply_path

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Request

_TEXT_KEYS = ("text", "answer", "response", "output_text", "caption", "message")
_IMAGE_KEYS = ("images", "output", "files")


class Found(NamedTuple):
    """The text and the image of an output, as far as there are such."""

    text: str | None
    image: str | bytes | None


def read_output(output: object, request: Request, *, text: str | None, image: str | None) -> Found:
    """What an output holds for a request; `text` and `image` are paths into it, None for looking.

    Looked for: a string is the image where one alone is due, or where it is an address or a data URL, else the
    text. A list of strings holds images, of which the last one counts, and pieces of one text. An object
    has them under their usual names.
    """
    looked = _look(output, request)
    return Found(
        looked.text if text is None else _text_at(output, text),
        looked.image if image is None else _image_at(output, image),
    )


def _text_at(output: object, path: str) -> str | None:
    value = parse_reply_path(path).find(output)
    if value is MISSING or value is None or isinstance(value, str):
        return value if isinstance(value, str) else None
    if isinstance(value, list) and all(isinstance(piece, str) for piece in value):
        return "".join(value)
    return json.dumps(value, ensure_ascii=False)


def _image_at(output: object, path: str) -> str | bytes | None:
    value = parse_reply_path(path).find(output)
    if isinstance(value, list):
        value = value[-1] if value else None
    return image_of_part(value)


def _look(output: object, request: Request) -> Found:
    if isinstance(output, str):
        return _of_string(output, request)
    if isinstance(output, list):
        return _of_list(output, request)
    return _of_object(output) if isinstance(output, Mapping) else Found(None, None)


def _of_string(text: str, request: Request) -> Found:
    if not request.wants_image:
        return Found(text, None)
    is_image = not request.wants_text or _points_at_image(text)
    return Found(None, text or None) if is_image else Found(text, None)


def _of_list(items: list[object], request: Request) -> Found:
    pieces: list[str] = []
    images: list[str | bytes] = []
    for item in items:
        if isinstance(item, str) and not (request.wants_image and _points_at_image(item)):
            pieces.append(item)
        elif (image := image_of_part(item)) is not None:
            images.append(image)
    return Found("".join(pieces) if pieces else None, images[-1] if images else None)


def _of_object(output: Mapping[str, object]) -> Found:
    texts = (output.get(key) for key in _TEXT_KEYS)
    lists = (output.get(key) for key in _IMAGE_KEYS)
    image = image_of_part(output)
    if image is None:
        image = next((image_of_part(found[-1]) for found in lists if isinstance(found, list) and found), None)
    return Found(next((text for text in texts if isinstance(text, str)), None), image)


def _points_at_image(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://", "data:"))
