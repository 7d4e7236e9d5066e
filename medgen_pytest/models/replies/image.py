"""Images in replies: a data URL, base64, or bytes as pixels, whatever their declared type says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from medgen_pytest.errors import ImageError, OutputError
from medgen_pytest.images import MAX_PIXELS, decode, identify
from medgen_pytest.models.replies.base64_text import decode_base64, is_too_long, size_of
from medgen_pytest.models.replies.not_an_image import as_text, describe
from medgen_pytest.models.replies.remote_image import RemoteImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_BYTES = 64_000_000
"""Images of more bytes, as a file, are refused; in base64 before they are decoded."""

_LONGEST_HEADER = 1000
# The base64 of the smallest image there is has some 50 characters; what is shorter may be a word or two.
_SHORT = 200
_SOLID = re.compile(r"[A-Za-z0-9+/_-]{60}")


class _ImageReader:
    """Reads one image within its limits; `name` is what messages call it."""

    def __init__(self, *, name: str, max_bytes: int, max_pixels: int) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels

    def from_bytes(self, data: bytes) -> NDArray[np.uint8] | RemoteImage:
        """An image file; a text is read as `from_text` does."""
        if len(data) > self._max_bytes:
            raise self._too_large(len(data))
        text = as_text(data) if data else None
        return self._pixels(data) if text is None else self.from_text(text)

    def from_text(self, text: str) -> NDArray[np.uint8] | RemoteImage:
        """A data URL, a URL, or base64 without any prefix."""
        if is_too_long(text, max_bytes=self._max_bytes):
            raise self._too_large(len(text) * 3 // 4)
        text = text.strip("\ufeff \t\r\n").strip("\"'").strip()
        start = text[:8].lower()
        if start.startswith("data:"):
            return self._from_data_url(text)
        if start.startswith(("http://", "https://")):
            return RemoteImage(text)
        return self._from_bare(text)

    def _from_data_url(self, text: str) -> NDArray[np.uint8]:
        end = text.find(",", 0, _LONGEST_HEADER)
        if end < 0:
            raise OutputError(f"{self._name}: its data URL has no content")
        header, payload = text[:end].lower(), text[end + 1 :]
        if "base64" in [parameter.strip() for parameter in header.split(";")]:
            return self._pixels(self._decoded(payload))
        if _SOLID.match(payload):  # some servers forget the word base64
            return self._from_bare(payload)
        return self._pixels(unquote_to_bytes(payload))

    def _from_bare(self, text: str) -> NDArray[np.uint8]:
        if not text:
            raise self._no_image(text)
        if len(text) >= _SHORT and _SOLID.match(text):
            return self._pixels(self._decoded(text))
        try:
            data = decode_base64(text)
        except ValueError as error:
            raise self._no_image(text) from error
        if len(text) < _SHORT and identify(data) is None and as_text(data) is None:
            raise self._no_image(text)
        return self._pixels(data)

    def _decoded(self, payload: str) -> bytes:
        try:
            return decode_base64(payload)
        except ValueError as error:
            raise OutputError(f"{self._name}: {error}") from error

    def _pixels(self, data: bytes) -> NDArray[np.uint8]:
        if not data:
            raise OutputError(f"{self._name}: the image is empty (0 bytes)")
        if len(data) > self._max_bytes:
            raise self._too_large(len(data))
        text = as_text(data)
        if text is not None:
            raise self._no_image(text)
        try:
            return decode(data, name=self._name, max_pixels=self._max_pixels)
        except ImageError as error:
            raise OutputError(str(error)) from error

    def _no_image(self, text: str) -> OutputError:
        return OutputError(f"{self._name}: {describe(text)}")

    def _too_large(self, count: int) -> OutputError:
        return OutputError(f"{self._name}: {size_of(count)}, more than the {size_of(self._max_bytes)} allowed")


def read_image(
    part: str | bytes, *, name: str = "the reply's image", max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS
) -> NDArray[np.uint8] | RemoteImage:
    """The pixels of an image in a reply, uint8 (H, W, 3), RGB, by the rules of `images.decode`; or where it lies.

    Taken are bytes of an image file (PNG, JPEG, WebP, GIF, AVIF and what else `images.FORMATS` names),
    data URLs with any or no parameters, base64 with either alphabet, white space, and with or without
    padding. What it is is seen from its content; a declared type is not believed. An http(s) URL is not
    fetched: it comes back as a RemoteImage. `max_bytes` bounds the file, `max_pixels` width times height.

    Raises OutputError, in one line, for nothing, text, JSON, HTML, SVG, damaged base64, a file that is
    truncated, animated or of an unknown format, and for more bytes or pixels than allowed.
    """
    reader = _ImageReader(name=name, max_bytes=max_bytes, max_pixels=max_pixels)
    return reader.from_text(part) if isinstance(part, str) else reader.from_bytes(part)
