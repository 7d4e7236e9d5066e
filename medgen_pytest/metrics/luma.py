"""Luma: the grey of an image, as the metrics that compare grey images define it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.images import to_pil

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GREY = 2


def luma(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """ITU-R 601 luma of an image (H, W, 3), uint8 (H, W), rounded as Pillow does; (H, W) is grey already."""
    return image if image.ndim == _GREY else np.asarray(to_pil(image).convert("L"))
