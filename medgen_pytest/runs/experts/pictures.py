"""Pictures for experts: images as data URLs of bounded size, without loss where they fit."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from medgen_pytest.images import data_url, to_pil
from medgen_pytest.models.outgoing import encode_outgoing
from medgen_pytest.reports.experts.sheet import Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

LONGEST_SIDE = 1024
"""Larger images are made smaller."""

LARGEST_FILE = 768 * 1024
"""What takes more bytes without loss is compressed with loss, and made smaller until it fits."""

_QUALITY = 92


def make_picture(pixels: NDArray[np.uint8]) -> Picture:
    """The picture of uint8 (H, W, 3) pixels; the same pixels give the same picture."""
    height, width, _ = pixels.shape
    if max(width, height) <= LONGEST_SIDE:
        data = _png(pixels)
        if len(data) <= LARGEST_FILE:
            url = data_url(data, "image/png")
            return Picture(url=url, width=width, height=height, original=(width, height), is_exact=True)
    return _lossy(pixels)


def _lossy(pixels: NDArray[np.uint8]) -> Picture:
    side = LONGEST_SIDE
    sent = encode_outgoing(pixels, format="jpeg", quality=_QUALITY, max_side=side)
    while len(sent.data) > LARGEST_FILE:
        side = side * 3 // 4
        sent = encode_outgoing(pixels, format="jpeg", quality=_QUALITY, max_side=side)
    return Picture(url=sent.data_url, width=sent.width, height=sent.height, original=sent.original, is_exact=False)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    _smallest(pixels).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _smallest(pixels: NDArray[np.uint8]) -> Image:
    """Grey pixels, which most of medicine are, in one channel: the same values in a third of the room."""
    is_grey = bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all())
    return to_pil(pixels).convert("L") if is_grey else to_pil(pixels)
