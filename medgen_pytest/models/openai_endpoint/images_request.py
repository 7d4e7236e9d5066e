"""Requests for images: a request of the benchmark as the body, or the form, that servers take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import OutputError
from medgen_pytest.models.openai_endpoint.call import Call
from medgen_pytest.models.openai_endpoint.image_models import image_model
from medgen_pytest.models.openai_endpoint.images_reply import LISTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.models.openai_endpoint.call import FilePart
    from medgen_pytest.models.openai_endpoint.images_settings import ImagesSettings
    from medgen_pytest.models.outgoing import OutgoingImage

GENERATIONS = "/images/generations"
EDITS = "/images/edits"


def images_call(
    settings: ImagesSettings,
    prompt: str,
    images: Sequence[OutgoingImage],
    *,
    shape: tuple[int, int] | None,
    mask: bytes | None = None,
) -> Call:
    """The call that makes an image of a prompt, and edits `images` if there are any.

    `shape` is the width and height of the first input image, for `size: input`.
    Raises OutputError for a prompt or images that the model is known not to take: nothing need be paid
    to learn that it cannot answer.
    """
    model = image_model(settings.model)
    if model.longest_prompt is not None and len(prompt) > model.longest_prompt:
        raise OutputError(
            f"not asked: the prompt has {len(prompt)} characters, {settings.model} takes {model.longest_prompt}"
        )
    if model.most_images is not None and len(images) > model.most_images:
        raise OutputError(f"not asked: there are {len(images)} images, {settings.model} takes {model.most_images}")
    if settings.mode == "edit" and not images:
        raise OutputError("not asked: there is no image to edit (mode: edit)")
    fields = _fields(settings, prompt, shape)
    if not images:
        return Call(expects=LISTS, path=GENERATIONS, body=settings.body(fields))
    if settings.dialect == "image_field":
        links = [image.data_url for image in images]
        return Call(
            expects=LISTS,
            path=GENERATIONS,
            body=settings.body({**fields, "image": links if len(links) > 1 else links[0]}),
        )
    return Call(expects=LISTS, path=EDITS, body=settings.body(fields), files=(*_files(images), *_masks(mask)))


def _fields(settings: ImagesSettings, prompt: str, shape: tuple[int, int] | None) -> dict[str, object]:
    only_base64 = image_model(settings.model).only_base64
    return {
        "model": settings.model,
        "prompt": prompt,
        "size": _size(settings, shape),
        "quality": settings.quality,
        "background": settings.background,
        "output_format": settings.output_format,
        "response_format": settings.response_format or (None if only_base64 else "b64_json"),
    }


def _size(settings: ImagesSettings, shape: tuple[int, int] | None) -> str | None:
    if settings.size != "input":
        return settings.size
    return image_model(settings.model).nearest_size(*shape) if shape else None


def _files(images: Sequence[OutgoingImage]) -> list[FilePart]:
    name = "image" if len(images) == 1 else "image[]"
    return [(name, (image.file_name, image.data, image.media_type)) for image in images]


def _masks(mask: bytes | None) -> list[FilePart]:
    return [] if mask is None else [("mask", ("mask.png", mask, "image/png"))]
