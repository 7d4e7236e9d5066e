"""An image that is read when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ImageError
from medgen_pytest.images.codec import MAX_PIXELS, decode, to_pil

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image somewhere: `reader` brings its bytes each time; nothing is held."""

    name: str
    reader: Callable[[], bytes]
    max_pixels: int = MAX_PIXELS

    def read(self) -> bytes:
        """The encoded bytes. Raises ImageError naming the image."""
        try:
            return self.reader()
        except FileNotFoundError as error:
            raise ImageError("the image file does not exist", name=self.name) from error
        except OSError as error:
            raise ImageError(f"the image file cannot be read: {error.strerror or error}", name=self.name) from error

    def array(self) -> NDArray[np.uint8]:
        """The pixels, uint8 (H, W, 3), RGB. Raises ImageError naming the image."""
        return decode(self.read(), name=self.name, max_pixels=self.max_pixels)

    def pil(self) -> Image:
        """The pixels as a Pillow image in mode RGB. Raises ImageError naming the image."""
        return to_pil(self.array())
