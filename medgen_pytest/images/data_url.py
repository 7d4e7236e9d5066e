"""Data URLs: an image file as text, which a page or a request holds in itself."""

from __future__ import annotations

import base64


def data_url(data: bytes, media_type: str) -> str:
    """The file as a data URL, in base64."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
