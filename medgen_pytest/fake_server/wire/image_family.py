"""Families of image models: the documented limits of those that OpenAI's images API serves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medgen_pytest.fake_server.message import RequestError

_STEP = 16
_WIDEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFamily:
    """What models of one family take. No `sizes`: any; `free_sizes`: also others, by the rules of newer models."""

    is_openai: bool = False
    only_base64: bool = False
    edits: bool = True
    sizes: tuple[str, ...] = ()
    free_sizes: bool = False
    most_images: int = 10
    longest_prompt: int = 32_000

    def check_size(self, text: str, size: tuple[int, int] | None) -> None:
        """Raises RequestError for a size that the family does not draw."""
        if not self.sizes or text in self.sizes:
            return
        if size and self.free_sizes and _is_free(*size):
            return
        if size is None and text == "auto":
            return
        shown = ", ".join(f"'{name}'" for name in self.sizes)
        raise RequestError(
            400, f"Invalid value: '{text}'. Supported values are: {shown}.", param="size", code="invalid_value"
        )


_GPT_SIZES = ("1024x1024", "1024x1536", "1536x1024", "auto")
_OLD_GPT = re.compile(r"gpt-image-1(?:\.5)?(?:-|\Z)")
_GPT = re.compile(r"(?:gpt-image-|chatgpt-image)")
_DALL_E_3 = ("1024x1024", "1024x1792", "1792x1024")
_DALL_E_2 = ("256x256", "512x512", "1024x1024")
_OTHER = ImageFamily()


def family_of(model: str) -> ImageFamily:
    """The family of a model by its name; what is none of OpenAI's has no limits but those of the format."""
    if _GPT.match(model):
        return ImageFamily(is_openai=True, only_base64=True, sizes=_GPT_SIZES, free_sizes=_OLD_GPT.match(model) is None)
    if model == "dall-e-3":
        return ImageFamily(is_openai=True, edits=False, sizes=_DALL_E_3, most_images=1, longest_prompt=4000)
    if model == "dall-e-2":
        return ImageFamily(is_openai=True, sizes=_DALL_E_2, longest_prompt=1000)
    return _OTHER


def _is_free(width: int, height: int) -> bool:
    is_stepped = width % _STEP == 0 and height % _STEP == 0
    return is_stepped and max(width, height) <= _WIDEST * min(width, height)
