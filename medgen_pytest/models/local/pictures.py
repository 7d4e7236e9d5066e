"""Pictures: the input images of a request as a network is given them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.images import contact_sheet, resize, to_pil

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from medgen_pytest.domain.sample import Request


def pictures_of(request: Request, *, sheet: bool, max_side: int | None) -> list[Image.Image]:
    """The input images of a request, RGB, none with a side of more than `max_side`; several as one sheet if so wished.

    Raises ImageError for an image that cannot be read.
    """
    arrays = [source.array() for source in request.inputs]
    if sheet and len(arrays) > 1:
        arrays = [contact_sheet(arrays)]
    return [to_pil(_fitted(array, max_side)) for array in arrays]


def _fitted(pixels: NDArray[np.uint8], max_side: int | None) -> NDArray[np.uint8]:
    height, width, _ = pixels.shape
    longer = max(height, width)
    if max_side is None or longer <= max_side:
        return pixels
    return resize(
        pixels, width=max(1, round(width * max_side / longer)), height=max(1, round(height * max_side / longer))
    )
