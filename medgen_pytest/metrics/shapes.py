"""Shapes: what two images must be before a metric may compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GREY = 2
_COLOUR = 3


def check_images(preds: NDArray[np.uint8], target: NDArray[np.uint8], *, least: int = 1) -> None:
    """Raise ShapeError unless both are uint8, (H, W) or (H, W, 3), of one shape and `least` pixels a side."""
    for name, image in (("preds", preds), ("target", target)):
        if image.dtype != np.uint8:
            raise ShapeError(f"{name} is {image.dtype}; images are uint8")
        if image.ndim != _GREY and not (image.ndim == _COLOUR and image.shape[2] == _COLOUR):
            raise ShapeError(f"{name} has shape {image.shape}; images are (H, W) or (H, W, 3)")
    if preds.shape != target.shape:
        raise ShapeError(f"preds {preds.shape} and target {target.shape} differ in shape; resize one of them")
    height, width = preds.shape[:2]
    if min(height, width) < least:
        raise ShapeError(f"images of {width}x{height} pixels; at least {least}x{least} are needed")
