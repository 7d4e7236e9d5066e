"""Pictures: the input images of a request as a network is given them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.images import contact_sheet, fit_within, to_pil

if TYPE_CHECKING:
    from PIL import Image

    from medgen_pytest.domain.sample import Request


def pictures_of(request: Request, *, sheet: bool, max_side: int | None) -> list[Image.Image]:
    """The input images of a request, RGB, none with a side of more than `max_side`; several as one sheet if so wished.

    Raises ImageError for an image that cannot be read.
    """
    arrays = [source.array() for source in request.inputs]
    if sheet and len(arrays) > 1:
        arrays = [contact_sheet(arrays)]
    return [to_pil(fit_within(array, longest=max_side)) for array in arrays]
