"""Views: how an image is made ready for the network, and the name under which its features are remembered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from medgen_pytest.images import to_pil

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from medgen_pytest.metrics.contract import Convention

_GREY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How images are looked at: in the range of a convention, as squares of `side` pixels (None: their own size)."""

    convention: Convention
    side: int | None

    def fit(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The image as uint8 (H, W, 3), at the size of this view by Pillow's bilinear filter; grey is repeated."""
        if image.ndim == _GREY:
            image = np.repeat(image[:, :, None], 3, axis=2)
        if self.side is None or image.shape[:2] == (self.side, self.side):
            return image
        return np.asarray(to_pil(image).resize((self.side, self.side), Image.Resampling.BILINEAR))

    def pixels(self, image: NDArray[np.uint8]) -> int:
        """How many pixels the image has at the size of this view."""
        return image.shape[0] * image.shape[1] if self.side is None else self.side * self.side

    def key(self, image: NDArray[np.uint8]) -> Hashable:
        """What decides the features of an image: this view, its shape and its pixels."""
        return self, image.shape, hashlib.sha256(np.ascontiguousarray(image).data).digest()
