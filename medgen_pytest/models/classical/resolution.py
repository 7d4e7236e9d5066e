"""Resolution: resampled by Lanczos to the size that the instruction names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.images import MAX_PIXELS, resize
from medgen_pytest.models.classical.wording import factor_in, says, size_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_USUAL_FACTOR = 2.0


def change_resolution(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image at the size or by the factor of the instruction; twice as large when it names neither."""
    height, width = pixels.shape[:2]
    size = size_in(instruction)
    if size is None:
        factor = factor_in(instruction) or _USUAL_FACTOR
        ratio = 1 / factor if says(instruction, "downsampl", "downscal", "shrink", "lower the resolution") else factor
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
    if size[0] * size[1] > MAX_PIXELS or size == (width, height):
        return pixels
    return resize(pixels, width=size[0], height=size[1])
