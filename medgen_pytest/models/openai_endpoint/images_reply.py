"""Replies of the images API: the image, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from medgen_pytest.models.remote.reply import stated_error
from medgen_pytest.models.replies import image_of_part
from medgen_pytest.models.replies.excerpt import excerpt

LISTS = ("data", "images")
"""Where replies have their images; the second is what some compatible servers say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesReply:
    """The images of a reply as `read_image` takes them; `absence` says why there is none."""

    images: tuple[str | bytes, ...] = field(default=(), repr=False)
    absence: str = ""


def read_images(body: Mapping[str, object]) -> ImagesReply:
    """The images of a reply, as base64 or as addresses."""
    entries = next((value for key in LISTS if isinstance(value := body.get(key), list) and value), [])
    images = tuple(image for image in map(image_of_part, entries) if image is not None)
    if images:
        return ImagesReply(images=images)
    errors = (stated_error(entry) for entry in entries if isinstance(entry, Mapping))
    said = next((error for error in errors if error), None)
    return ImagesReply(absence=f"the reply holds no image{f': {excerpt(said, length=200)}' if said else ''}")
