"""Sight: how much two captioned images show the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from medgen_pytest.images import to_pil

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 64
_NEAR = 3
_WHITE = 250
_GREY = 16
_TALLEST_TEXT = 400
_FAINTEST = 2
_UNLIKE, _ALIKE = 0.35, 0.9


def likeness(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """How much two images (H, W, 3) show the same, from 0 (nothing, or one is blank) to 1, whatever their sizes.

    Both are shrunk to 64x64 pixels. The correlation of what is left when their 7x7 means are taken away
    counts, times one minus the mean difference over 128, and is stretched so that 0.35 is 0 and 0.9 is 1: structure
    decides, and a black background, which all images of a modality share, does not.
    """
    if is_blank(first) or is_blank(second):
        return 0.0
    one, other = (_small(pixels) for pixels in (first, second))
    difference = np.abs(_values(one) - _values(other)).mean()
    edges = [_edges(image) for image in (one, other)]
    lengths = float(np.linalg.norm(edges[0]) * np.linalg.norm(edges[1]))
    agreement = float((edges[0] * edges[1]).sum()) / lengths if lengths else float(difference == 0)
    alike = agreement * (1 - min(1.0, float(difference) / 128))
    return min(1.0, max(0.0, (alike - _UNLIKE) / (_ALIKE - _UNLIKE)))


def is_blank(pixels: NDArray[np.uint8]) -> bool:
    """Whether an image is all of one colour, give or take two grey values."""
    flat = pixels.reshape(-1, 3)
    return not flat.size or bool((np.ptp(flat, axis=0) <= _FAINTEST).all())


def without_caption(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image above the white band with a line of black text, if it ends in one.

    White columns at its right go too where the text is as wide as the band: there the band made the
    image wider. An image without such a band stays as it is.
    """
    white = _whites(pixels, across=(1, 2))[::-1]
    below = _run(white, value=True)
    text = _run(white[below:], value=False)
    above = _run(white[below + text :], value=True)
    end = len(white) - below
    letters = pixels[end - text : end]
    if not below or not above or not 0 < text <= _TALLEST_TEXT or not _is_text(letters):
        return pixels
    # A margin is no taller than the text; what is white beyond belongs to the image.
    picture = pixels[: end - text - min(above, max(below, text))]
    return picture[:, : _width(picture, letters)]


def _is_text(letters: NDArray[np.uint8]) -> bool:
    is_grey = bool((np.ptp(letters.astype(np.int16), axis=2) <= _GREY).all())
    return is_grey and bool((letters >= _WHITE).all(axis=2).mean() >= 1 / 2)


def _width(picture: NDArray[np.uint8], letters: NDArray[np.uint8]) -> int:
    width: int = picture.shape[1]
    blank = _whites(letters, across=(0, 2))
    margins = max(_run(blank, value=True), _run(blank[::-1], value=True))
    if margins > 2 * len(letters):
        return width
    return width - _run(_whites(picture, across=(0, 2))[::-1], value=True)


def _whites(pixels: NDArray[np.uint8], *, across: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.asarray((pixels >= _WHITE).all(axis=across), dtype=np.bool_)


def _run(flags: NDArray[np.bool_], *, value: bool) -> int:
    """How many of the flags have the value before the first that has not."""
    other = np.flatnonzero(flags != value)
    return int(other[0]) if other.size else len(flags)


def _small(pixels: NDArray[np.uint8]) -> Image.Image:
    return to_pil(pixels).resize((_SIDE, _SIDE), Image.Resampling.BOX)


def _values(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image, dtype=np.float64)


def _edges(image: Image.Image) -> NDArray[np.float64]:
    grey = image.convert("L")
    return _values(grey) - _values(grey.filter(ImageFilter.BoxBlur(_NEAR)))
