"""Preprocessing: an image as the pixels that a vision encoder was trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from medgen_pytest.errors import ShapeError
from medgen_pytest.images import MAX_PIXELS, from_pil, to_pil

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GREY = 2
_CHANNELS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """Resize, cut, rescale, normalise, in this order; each step may be left out.

    `shortest_edge` keeps the proportions, `resize_to` (height, width) does not; `resample` is the number of
    a filter of Pillow. `crop_to` (height, width) cuts around the middle, and adds black where an image is
    smaller. Values are multiplied by `scale`, then `(value - mean) / std` a channel.
    """

    shortest_edge: int | None = None
    resize_to: tuple[int, int] | None = None
    resample: int = Image.Resampling.BICUBIC
    crop_to: tuple[int, int] | None = None
    scale: float = 1.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)

    def at(self, size: int | None) -> Preprocessing:
        """The same steps to another size in pixels; None keeps the size."""
        if size is None:
            return self
        return replace(
            self,
            shortest_edge=size if self.shortest_edge else None,
            resize_to=None if self.shortest_edge else (size, size),
            crop_to=(size, size) if self.crop_to else None,
        )

    def check(self, image: NDArray[np.uint8]) -> None:
        """Raises ShapeError for an image so narrow that keeping its proportions would make it huge."""
        height, width = self._resized(image.shape[0], image.shape[1])
        if height * width > MAX_PIXELS:
            raise ShapeError(
                f"an image of {image.shape[1]}x{image.shape[0]} pixels would be resized to {width}x{height}, "
                f"at most {MAX_PIXELS} pixels are computed"
            )

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The pixels for the network: uint8 (H, W, 3) or grey (H, W) to float32 (3, height, width)."""
        colour = np.repeat(image[:, :, None], _CHANNELS, axis=2) if image.ndim == _GREY else image
        cut = self._cut(self._resize(colour))
        values = np.multiply(cut, self.scale, dtype=np.float64).astype(np.float32)
        np.subtract(values, np.array(self.mean, np.float32), out=values)
        np.divide(values, np.array(self.std, np.float32), out=values)
        return np.ascontiguousarray(values.transpose(2, 0, 1))

    def _resized(self, height: int, width: int) -> tuple[int, int]:
        if self.resize_to:
            return self.resize_to
        if not self.shortest_edge:
            return height, width
        longest = int(self.shortest_edge * max(height, width) / min(height, width))
        return (longest, self.shortest_edge) if width <= height else (self.shortest_edge, longest)

    def _resize(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = self._resized(image.shape[0], image.shape[1])
        if not self.resize_to and not self.shortest_edge:
            return image
        return from_pil(to_pil(image).resize((width, height), Image.Resampling(self.resample)))

    def _cut(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self.crop_to is None:
            return image
        missing = [max(0, wanted - there) for wanted, there in zip(self.crop_to, image.shape[:2], strict=True)]
        before = [(pixels + 1) // 2 for pixels in missing]
        padded = np.pad(image, [*((first, all_ - first) for first, all_ in zip(before, missing, strict=True)), (0, 0)])
        # The middle is that of the image as it came, rounded down.
        top, left = (
            (there - wanted) // 2 + first
            for there, wanted, first in zip(image.shape[:2], self.crop_to, before, strict=True)
        )
        return padded[top : top + self.crop_to[0], left : left + self.crop_to[1]]
