"""Placeholders: the values of a request that templates may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from medgen_pytest.models.plain_schema import plain_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.outgoing import OutgoingImage

ImagesAs = Literal["base64", "data_url"]
"""How images are written in a template's values."""

IMAGES = frozenset({"image", "images"})
OF_REQUEST = frozenset(
    {"instruction", "choices", "format", "task", "modality", "wants", "wants_text", "wants_image", "wants_json"}
    | {"image_count", "media_type", "repeat", "json_schema"}
    | IMAGES
)
OF_SETTINGS = frozenset({"model", "seed"})
"""Those that stand for settings, and are known only where those are set."""


def values_of(
    request: Request, images: Sequence[OutgoingImage], *, images_as: ImagesAs, settings: dict[str, object]
) -> dict[str, object]:
    """The values of all placeholders.

    Without an input image `image` and `media_type` are None, without a schema `json_schema` is.
    """
    seed = settings.get("seed")
    written = [image.base64 if images_as == "base64" else image.data_url for image in images]
    wants = [name for name, due in (("text", request.wants_text), ("image", request.wants_image)) if due]
    return {
        "instruction": request.instruction,
        "choices": list(request.choices),
        "format": request.format.value,
        "task": request.task.value,
        "modality": request.modality.value,
        "wants": wants,
        "wants_text": request.wants_text,
        "wants_image": request.wants_image,
        "wants_json": request.wants_json,
        "json_schema": plain_schema(request.json_schema) if request.json_schema is not None else None,
        "images": written,
        "image": written[0] if written else None,
        "image_count": len(written),
        "media_type": images[0].media_type if images else None,
        "repeat": request.repeat,
        **settings,
        **({"seed": seed + request.repeat} if isinstance(seed, int) else {}),
    }


def known_names(settings: dict[str, object]) -> frozenset[str]:
    """The placeholders that a template may hold, given the settings that are set."""
    return OF_REQUEST | {name for name in OF_SETTINGS if settings.get(name) is not None}
