"""Resizing as the benchmark does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from medgen_pytest.images.codec import from_pil, to_pil

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def size_within(width: int, height: int, *, longest: int) -> tuple[int, int]:
    """The width and height, in pixels, of an image made smaller so that no side exceeds `longest`.

    The aspect ratio is kept as far as whole pixels allow, no side is less than 1, and nothing is made larger. Raises
    ValueError for a longest side of less than 1.
    """
    if longest < 1:
        raise ValueError(f"the longest side must be at least 1 pixel, not {longest}")
    longer = max(width, height)
    if longer <= longest:
        return width, height
    return max(1, round(width * longest / longer)), max(1, round(height * longest / longer))


def fit_within(pixels: NDArray[np.uint8], *, longest: int | None) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) as `resize` makes them smaller, no side longer than `longest`; themselves where they fit.

    None bounds nothing. Raises ValueError for a longest side of less than 1.
    """
    height, width, _ = pixels.shape
    size = (width, height) if longest is None else size_within(width, height, longest=longest)
    return pixels if size == (width, height) else resize(pixels, width=size[0], height=size[1])


def resize(pixels: NDArray[np.uint8], *, width: int, height: int) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) resized to (height, width, 3) by Pillow's Lanczos filter."""
    return from_pil(to_pil(pixels).resize((width, height), Image.Resampling.LANCZOS))
