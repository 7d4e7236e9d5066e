"""Contact sheets: several images as one, in numbered cells, for models that take a single image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from medgen_pytest.images.codec import from_pil, to_pil

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MARGIN = 8
_LABEL = 28
_WHITE = (255, 255, 255)
_BLACK = (0, 0, 0)


def contact_sheet(images: Sequence[NDArray[np.uint8]], *, cell: int = 512) -> NDArray[np.uint8]:
    """One image (H, W, 3) that shows all `images` in cells numbered from 1, row by row.

    Each image keeps its aspect ratio and is made smaller, never larger, to fit `cell` pixels. The
    number stands in a white band above the image, never on it. Raises ValueError without images.
    """
    if not images:
        raise ValueError("a contact sheet needs at least one image")
    columns = math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    width = _MARGIN + columns * (cell + _MARGIN)
    height = _MARGIN + rows * (cell + _LABEL + _MARGIN)
    sheet = Image.new("RGB", (width, height), _WHITE)
    for index, pixels in enumerate(images):
        row, column = divmod(index, columns)
        left = _MARGIN + column * (cell + _MARGIN)
        top = _MARGIN + row * (cell + _LABEL + _MARGIN)
        _place(sheet, pixels, number=index + 1, corner=(left, top), cell=cell)
    return from_pil(sheet)


def _place(sheet: Image.Image, pixels: NDArray[np.uint8], *, number: int, corner: tuple[int, int], cell: int) -> None:
    from PIL import ImageDraw, ImageFont

    left, top = corner
    ImageDraw.Draw(sheet).text((left, top), str(number), fill=_BLACK, font=ImageFont.load_default(size=_LABEL - 6))
    image = to_pil(np.asarray(pixels))
    image.thumbnail((cell, cell), Image.Resampling.LANCZOS)
    sheet.paste(image, (left, top + _LABEL))
