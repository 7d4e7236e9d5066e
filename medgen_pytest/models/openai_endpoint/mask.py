"""Masks: an input image that says where to edit, in the form that the images API takes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from medgen_pytest.images import to_pil

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BRIGHT = 128


def mask_file(pixels: NDArray[np.uint8], *, width: int, height: int) -> bytes:
    """A PNG of that size, transparent (to be edited) where `pixels` are bright (128 to 255), opaque elsewhere."""
    grey = to_pil(pixels).convert("L").resize((width, height), Image.Resampling.NEAREST)
    alpha = grey.point([255 if level < _BRIGHT else 0 for level in range(256)])
    mask = Image.new("RGBA", (width, height), (0, 0, 0, 255))
    mask.putalpha(alpha)
    buffer = io.BytesIO()
    mask.save(buffer, format="PNG")
    return buffer.getvalue()
