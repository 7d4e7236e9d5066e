"""Images on their way out: encoded anew from pixels, so that nothing but pixels leaves."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from medgen_pytest.images import data_url, fit_within, to_pil

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ImageFormat = Literal["png", "jpeg"]
"""The file formats that images are sent in."""

DEFAULT_QUALITY = 95
"""The JPEG quality (1 to 100) unless it is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingImage:
    """An image as it is sent: a file of `width` x `height` pixels, made from `original` (width, height)."""

    data: bytes = field(repr=False)
    format: ImageFormat
    width: int
    height: int
    original: tuple[int, int]

    @property
    def media_type(self) -> str:
        """The media type: `image/png` or `image/jpeg`."""
        return f"image/{self.format}"

    @property
    def file_name(self) -> str:
        """A file name that says nothing of the sample, for protocols that want one."""
        return f"image.{self.format}"

    @property
    def base64(self) -> str:
        """The file in base64, standard alphabet, padded, in one line."""
        return base64.b64encode(self.data).decode("ascii")

    @property
    def data_url(self) -> str:
        """The file as a data URL."""
        return data_url(self.data, self.media_type)

    @property
    def note(self) -> dict[str, object]:
        """What was sent, in plain values: format, width and height in pixels, bytes, and the original's size."""
        return {
            "format": self.format,
            "width": self.width,
            "height": self.height,
            "bytes": len(self.data),
            "original_width": self.original[0],
            "original_height": self.original[1],
        }


def encode_outgoing(
    pixels: NDArray[np.uint8],
    *,
    format: ImageFormat = "png",  # noqa: A002 - the word of the settings
    quality: int = DEFAULT_QUALITY,
    max_side: int | None = None,
) -> OutgoingImage:
    """Pixels, uint8 (H, W, 3), as a file to send: without EXIF, texts, colour profile, name or date.

    PNG is lossless; JPEG has `quality` 1 to 100 and keeps the full resolution of its colours. An image
    whose longer side exceeds `max_side` pixels is made smaller by Pillow's Lanczos filter, its aspect ratio
    kept and no side less than 1; none is made larger. The same pixels and settings give the same bytes.

    Raises ValueError for an array of another shape or type, an image without pixels, and a quality or side
    out of range.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype.name != "uint8" or not pixels.size:  # noqa: PLR2004 - RGB
        raise ValueError(f"an image of uint8 (H, W, 3) is needed, not {pixels.dtype} {pixels.shape}")
    if not 1 <= quality <= 100:  # noqa: PLR2004 - JPEG's own range
        raise ValueError(f"a JPEG quality lies between 1 and 100, not at {quality}")
    height, width, _ = pixels.shape
    sent = fit_within(pixels, longest=max_side)
    return OutgoingImage(
        data=_encode(sent, format=format, quality=quality),
        format=format,
        width=sent.shape[1],
        height=sent.shape[0],
        original=(width, height),
    )


def _encode(pixels: NDArray[np.uint8], *, format: ImageFormat, quality: int) -> bytes:  # noqa: A002 - as above
    buffer = io.BytesIO()
    image = to_pil(pixels)  # made of pixels alone: it has no metadata that Pillow could write
    if format == "jpeg":
        image.save(buffer, format="JPEG", quality=quality, subsampling=0, optimize=False, progressive=False)
    else:
        image.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
