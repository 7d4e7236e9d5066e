"""Resizing as the benchmark does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from medgen_pytest.images.codec import from_pil, to_pil

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def resize(pixels: NDArray[np.uint8], *, width: int, height: int) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) resized to (height, width, 3) by Pillow's Lanczos filter."""
    return from_pil(to_pil(pixels).resize((width, height), Image.Resampling.LANCZOS))
