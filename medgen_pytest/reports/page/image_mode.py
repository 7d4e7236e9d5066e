"""Image modes: what becomes of images on a page."""

from __future__ import annotations

from typing import Literal, get_args

ImageMode = Literal["none", "thumbs", "full"]
"""What becomes of images: hashes alone, small ones within the page, or whole ones in files beside it."""

IMAGE_MODES: tuple[ImageMode, ...] = get_args(ImageMode)
