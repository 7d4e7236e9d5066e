"""Drawing: the images that the model answers with, made of the input image or of nothing but the seed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image, ImageFilter

from medgen_pytest.fake_server.chance import unit
from medgen_pytest.fake_server.question import Picture
from medgen_pytest.images import decode, size_within, to_pil

if TYPE_CHECKING:
    from medgen_pytest.fake_server.question import InputImage, Question

ImageAnswer = Literal["smooth", "echo", "gradient"]

_DEFAULT_SIDE = 512
_BRIGHTEST_CHANGE = 3


def draw(question: Question, *, seed: str, image_answer: ImageAnswer, max_side: int) -> Picture:
    """One image for a question.

    With an input image it is a copy, smoothed over 3x3 pixels and up to 3 grey values brighter or
    darker, in the size asked for or else that of the input; under a mask only where that is fully
    transparent. `echo` sends the file of the input as it is, whatever size and format are asked for.
    Without an input image, or as `gradient`, it is a colour gradient. Sides longer than `max_side` are
    made shorter. Raises ImageError for an input image that cannot be decoded.
    """
    source = question.images[0] if question.images else None
    if source is not None and image_answer == "echo":
        return Picture(data=source.data, format=source.format.lower())
    size = _size(question, source, max_side)
    if source is None or image_answer == "gradient":
        image = _gradient(size, seed)
    else:
        image = _smoothed(source, question.mask, seed)
        image = image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)
    return Picture(data=_encoded(image, question.format), format=question.format)


def _size(question: Question, source: InputImage | None, max_side: int) -> tuple[int, int]:
    width, height = question.size or ((source.width, source.height) if source else (_DEFAULT_SIDE, _DEFAULT_SIDE))
    return size_within(width, height, longest=max_side)


def _smoothed(source: InputImage, mask: InputImage | None, seed: str) -> Image.Image:
    original = to_pil(decode(source.data, name="the input image"))
    change = round((2 * unit(seed, "brightness") - 1) * _BRIGHTEST_CHANGE)
    smooth = original.filter(ImageFilter.BoxBlur(1)).point(
        [min(255, max(0, value + change)) for value in range(256)] * 3
    )
    if mask is None:
        return smooth
    with Image.open(io.BytesIO(mask.data)) as opened:
        is_free = opened.convert("RGBA").getchannel("A").point([255] + [0] * 255)
    return Image.composite(smooth, original, is_free)


def _gradient(size: tuple[int, int], seed: str) -> Image.Image:
    width, height = size
    across = np.linspace(0, 255, width, dtype=np.float32)[None, :]
    down = np.linspace(0, 255, height, dtype=np.float32)[:, None]
    weights = [unit(seed, "colour", channel) for channel in range(3)]
    channels = [weight * across + (1 - weight) * down for weight in weights]
    return to_pil(np.stack(channels, axis=-1).astype(np.uint8))


def _encoded(image: Image.Image, file_format: str) -> bytes:
    buffer = io.BytesIO()
    if file_format == "png":
        image.save(buffer, format="PNG", compress_level=1)
    else:
        image.save(buffer, format=file_format.upper(), quality=90)
    return buffer.getvalue()
