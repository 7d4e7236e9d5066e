"""Requests to the fake server, as clients of each protocol write them."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

from medgen_pytest.images import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

QUESTION = "On which side is the opacity? Choose one option: A. left B. right C. both"


def png(width: int = 48, height: int = 32, *, grey: int = 90, mode: str = "RGB") -> bytes:
    """A small PNG with an edge in it."""
    image = Image.new(mode, (width, height), (grey,) * len(mode))
    image.paste((255,) * len(mode), (0, 0, width // 2, height // 2))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def data_url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{in_base64(data)}"


def pixels_of(text: str) -> NDArray[np.uint8]:
    """The pixels of a data URL or of plain base64."""
    return decode(base64.b64decode(text.partition(",")[2] or text), name="a reply's image")


def chat(text: str = QUESTION, *images: bytes, model: str = "qwen3-vl", **more: object) -> Mapping[str, object]:
    """The body of a chat request."""
    parts = [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in images]
    content = [{"type": "text", "text": text}, *parts]
    return {"model": model, "messages": [{"role": "user", "content": content}], **more}


def generate(text: str = QUESTION, *images: bytes, **more: object) -> Mapping[str, object]:
    """The body of a Gemini request."""
    inline = [{"inlineData": {"mimeType": "image/png", "data": in_base64(image)}} for image in images]
    return {"contents": [{"role": "user", "parts": [{"text": text}, *inline]}], **more}
