"""Image models: what those of OpenAI's images API take, by their names; nothing is known of others."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_GPT = re.compile(r"(?:openai/)?(?:gpt-image-|chatgpt-image)")
_GPT_SIZES = ("1024x1024", "1536x1024", "1024x1536")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageModel:
    """What a model takes: no `sizes` means any; `only_sizes`, that there are no others.

    `only_base64`: it always answers with base64 and does not know the field `response_format`.
    """

    edits: bool = True
    only_base64: bool = False
    sizes: tuple[str, ...] = ()
    only_sizes: bool = False
    most_images: int | None = None
    longest_prompt: int | None = None

    def nearest_size(self, width: int, height: int) -> str:
        """Of the sizes that it draws the one whose aspect is nearest, and of those the smallest that loses nothing.

        A model of which no sizes are known is asked for the size itself.
        """
        if not self.sizes:
            return f"{width}x{height}"
        return min(self.sizes, key=lambda size: _distance(size, width, height))


_UNKNOWN = ImageModel()


def image_model(name: str) -> ImageModel:
    """What a model takes, by the provider's documentation."""
    if _GPT.match(name):
        return ImageModel(only_base64=True, sizes=_GPT_SIZES, most_images=16, longest_prompt=32_000)
    name = name.removeprefix("openai/")
    if name == "dall-e-3":
        sizes = ("1024x1024", "1792x1024", "1024x1792")
        return ImageModel(edits=False, sizes=sizes, only_sizes=True, longest_prompt=4000)
    if name == "dall-e-2":
        sizes = ("256x256", "512x512", "1024x1024")
        return ImageModel(sizes=sizes, only_sizes=True, most_images=1, longest_prompt=1000)
    return _UNKNOWN


def _distance(size: str, width: int, height: int) -> tuple[float, bool, int]:
    across, down = (int(side) for side in size.split("x"))
    aspect = abs(math.log(across / down) - math.log(width / height))
    loses = across < width or down < height
    # What loses pixels is worse the smaller it is, what loses none the larger it is.
    return round(aspect, 6), loses, -across * down if loses else across * down
