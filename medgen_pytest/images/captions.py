"""Captions: words in a white band below an image, never on it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as BitmapFont

_SMALLEST = 16
# So that 16 pixels and more are left after a model has scaled the longer side down to 448 or 512.
_PART_OF_LONGER_SIDE = 25
# A line of so many times its height is a good one to read, however narrow the image.
_LINE = 18
_WHITE, _BLACK = 255, 0

NO_FONT = "captions are drawn in Pillow's own font, for which this Pillow lacks FreeType"
FONT_REMEDY = "install one that has it: pip install --force-reinstall --only-binary pillow pillow"


def caption_image(pixels: NDArray[np.uint8], caption: str) -> NDArray[np.uint8]:
    """An image with a caption in a white band below it.

    pixels: uint8 (H, W, 3), RGB, left as they are. Returns uint8 (H + band, max(W, needed), 3) whose `[:H, :W]` is
    `pixels`, and everything else white with black text. The text is 1/25 of the longer side high, and at
    least 16 pixels, in the font that Pillow brings along, which has the letters of ASCII; a caption too long
    for a line is broken into several. Where the image is narrower than its caption, the canvas is white to
    its right. The same arguments give the same pixels.

    Raises ValueError for another shape or type, no pixels and no words, ConfigError where Pillow cannot
    draw letters of any size.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:  # noqa: PLR2004 - RGB
        raise ValueError(f"a caption needs an image of uint8 (H, W, 3), not {pixels.dtype} {pixels.shape}")
    if not caption.strip():
        raise ValueError("a caption needs words")
    height, width = pixels.shape[:2]
    band = _band(caption, size=max(_SMALLEST, max(height, width) // _PART_OF_LONGER_SIDE), width=width)
    canvas = np.full((height + band.shape[0], band.shape[1], 3), _WHITE, dtype=np.uint8)
    canvas[:height, :width] = pixels
    canvas[height:] = band[:, :, np.newaxis]
    return canvas


def _band(caption: str, *, size: int, width: int) -> NDArray[np.uint8]:
    """The band, uint8 (band, max(width, needed)), grey; half a letter of margin on all sides."""
    from PIL import ImageDraw

    font = _font(size)
    margin = size // 2
    lines = list(_lines(caption, font, longest=max(width - 2 * margin, _LINE * size)))
    ascent, descent = font.getmetrics()
    needed = 2 * margin + max(int(np.ceil(font.getlength(line))) for line in lines)
    band = Image.new("L", (max(width, needed), 2 * margin + len(lines) * (ascent + descent)), _WHITE)
    draw = ImageDraw.Draw(band)
    for index, line in enumerate(lines):
        draw.text((margin, margin + index * (ascent + descent)), line, fill=_BLACK, font=font)
    return np.asarray(band)


def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    try:
        font: FreeTypeFont | BitmapFont = ImageFont.load_default(size=size)
    except ImportError as error:
        raise ConfigError(f"{NO_FONT}; {FONT_REMEDY}") from error
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise ConfigError(f"{NO_FONT}; {FONT_REMEDY}")
    return font


def _lines(caption: str, font: FreeTypeFont, *, longest: int) -> Iterator[str]:
    """The words of a caption in lines, as many to a line as fit; a word longer than a line is cut."""
    line = ""
    for word in caption.split():
        for piece in _pieces(word, font, longest=longest):
            joined = f"{line} {piece}" if line else piece
            if line and font.getlength(joined) > longest:
                yield line
                joined = piece
            line = joined
    yield line


def _pieces(word: str, font: FreeTypeFont, *, longest: int) -> Iterator[str]:
    if font.getlength(word) <= longest:
        yield word
        return
    # Letter by letter: kerning, which is left out here, only draws letters together or apart by a pixel or two.
    ends = list(accumulate(font.getlength(letter) for letter in word))
    start = 0
    for index, end in enumerate(ends):
        before = ends[start - 1] if start else 0.0
        if end - before > longest and index > start:
            yield word[start:index]
            start = index
    yield word[start:]
