"""An image that is held in memory, for those who want an image source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.images.codec import encode_png

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# Two are equal when they are the same one: arrays cannot be compared as a whole.
@dataclass(frozen=True, slots=True, eq=False)
class HeldImage:
    """An image made here, uint8 (H, W, 3), RGB: its pixels are held, its bytes made when they are asked for."""

    name: str
    pixels: NDArray[np.uint8] = field(repr=False)

    def read(self) -> bytes:
        """The pixels as a lossless PNG; the same pixels give the same bytes."""
        return encode_png(self.pixels)

    def array(self) -> NDArray[np.uint8]:
        """A copy of the pixels."""
        return self.pixels.copy()
