"""Parts of replies that hold an image: the string in them, wherever a protocol puts it."""

from __future__ import annotations

from collections.abc import Mapping

# Where protocols put an image, the surest first. `url` and `data` are also inside the others.
_KEYS = (
    "b64_json",
    "bytesBase64Encoded",
    "inlineData",
    "inline_data",
    "image_url",
    "imageUrl",
    "image_base64",
    "base64",
    "b64",
    "image",
    "source",
    "data",
    "url",
    "uri",
)
_TEXT_TYPES = ("text", "output_text", "reasoning", "thinking")
_DEEPEST = 3


def image_of_part(part: object) -> str | bytes | None:
    """The image of one part of a reply as `read_image` takes it; None when the part holds none.

    A str or bytes is the image itself. In an object it is looked for under the keys of the chat, image,
    message, `generateContent` and `:predict` protocols (`image_url`, `b64_json`, `inlineData`, `source`,
    `bytesBase64Encoded`, ...), also one inside the other. Parts of text, and those that a protocol marks
    as thought (`"thought": true`), hold none.
    """
    return _find(part, depth=_DEEPEST)


def _find(part: object, *, depth: int) -> str | bytes | None:
    if isinstance(part, str | bytes):
        return part or None
    if not isinstance(part, Mapping) or not depth:
        return None
    if part.get("type") in _TEXT_TYPES or part.get("thought") is True:
        return None
    found = (_find(part.get(key), depth=depth - 1) for key in _KEYS)
    return next((image for image in found if image is not None), None)
