"""OpenAI images, generations and edits, with the rules of gpt-image and DALL-E, and what compatible servers take."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import Fields, read_json, read_multipart
from medgen_pytest.fake_server.input_image import read_bytes, read_url_or_base64
from medgen_pytest.fake_server.message import JSON_TYPE, RequestError, json_reply
from medgen_pytest.fake_server.question import Question
from medgen_pytest.fake_server.wire.dialects import OPENAI
from medgen_pytest.fake_server.wire.endpoint import CREATED, Endpoint
from medgen_pytest.fake_server.wire.image_family import family_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.question import Answer, InputImage, Picture
    from medgen_pytest.fake_server.wire.endpoint import Asked

_FORMATS = ("png", "jpeg", "webp")
_MOST_IMAGES = 16


def read_generation(asked: Asked) -> Question:
    """The question of `/v1/images/generations`. Raises RequestError.

    Servers compatible with it also take an `image`, as one or several data URLs or base64 texts;
    OpenAI's own models do not.
    """
    fields = read_json(asked.request)
    question = _question(asked, fields)
    images = fields.values.get("image")
    if images is None:
        return question
    if family_of(question.model).is_openai:
        raise RequestError(400, "Unknown parameter: 'image'.", param="image", code="unknown_parameter")
    return replace(question, images=tuple(_images_in(images)))


def read_edit(asked: Asked) -> Question:
    """The question of `/v1/images/edits`: a form, or JSON where the server is a compatible one. Raises RequestError."""
    if asked.request.media_type == JSON_TYPE:
        return _read_json_edit(asked)
    fields = read_multipart(asked.request)
    question = _question(asked, fields)
    if not family_of(question.model).edits:
        raise RequestError(
            400,
            f"Invalid value: '{question.model}'. The model does not edit images.",
            param="model",
            code="invalid_value",
        )
    links = fields.values.get("url") or []
    images = [read_bytes(data, param="image") for data in fields.files.get("image", ())]
    images += _images_in(links)
    if not 1 <= len(images) <= _MOST_IMAGES:
        raise RequestError(
            400, f"Expected 1 to {_MOST_IMAGES} images.", param="image", code="missing_required_parameter"
        )
    return replace(question, images=tuple(images), mask=_mask(fields, images[0]))


def _read_json_edit(asked: Asked) -> Question:
    fields = read_json(asked.request)
    question = _question(asked, fields)
    if family_of(question.model).is_openai:
        raise RequestError(400, "Unsupported content type: this model takes 'multipart/form-data'.")
    images = fields.values.get("image")
    if images is None:
        fields.text("image")
    return replace(question, images=tuple(_images_in(images)))


def _question(asked: Asked, fields: Fields) -> Question:
    model = fields.text("model") if fields.values.get("model") is not None else "dall-e-2"
    family = family_of(model)
    size = fields.size()
    family.check_size(str(fields.values.get("size") or "auto"), size)
    if family.only_base64 and fields.values.get("response_format") is not None:
        name = "response_format"
        raise RequestError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    if not family.only_base64 and family.is_openai and fields.values.get("output_format") is not None:
        name = "output_format"
        raise RequestError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    form = fields.one_of("response_format", ("url", "b64_json"), "b64_json" if family.only_base64 else "url")
    return Question(
        model=model,
        text=fields.text("prompt", longest=family.longest_prompt),
        wants_text=False,
        wants_image=True,
        count=fields.integer("n", low=1, high=family.most_images, default=1) or 1,
        size=size,
        format=fields.one_of("output_format", _FORMATS, asked.settings.image_format),
        link=form == "url",
    )


def _images_in(value: object) -> list[InputImage]:
    links = value if isinstance(value, list) else [value]
    return [read_url_or_base64(link, param="image") for link in links]


def _mask(fields: Fields, image: InputImage) -> InputImage | None:
    files = fields.files.get("mask", ())
    if not files:
        return None
    mask = read_bytes(files[0], param="mask")
    if mask.format != "PNG" or (mask.width, mask.height) != (image.width, image.height):
        raise RequestError(
            400, "Invalid mask: expected a PNG of the same size as the image.", param="mask", code="invalid_mask_image"
        )
    return mask


def reply(question: Question, answer: Answer, link: Callable[[Picture], str]) -> HttpReply:
    """The images. Raises RequestError for a refusal, which this API answers with 400."""
    if answer.finish in ("refusal", "filtered"):
        code = "content_policy_violation" if question.model.startswith("dall-e") else "moderation_blocked"
        raise RequestError(400, "Your request was rejected as a result of our safety system.", code=code)
    value: dict[str, object] = {"created": CREATED, "data": image_entries(question, answer, link)}
    if family_of(question.model).only_base64 or not family_of(question.model).is_openai:
        tokens = {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens}
        details = {"text_tokens": 0, "image_tokens": 0}
        value["usage"] = {**tokens, "input_tokens_details": details, "total_tokens": sum(tokens.values())}
    return json_reply(value, huge=answer.huge)


def image_entries(question: Question, answer: Answer, link: Callable[[Picture], str]) -> list[dict[str, object]]:
    """The list `data`: an entry an image."""
    if answer.finish == "empty":
        return []
    name = "url" if question.link else "b64_json"
    if answer.finish == "null":
        return [{name: None} for _ in range(question.count)]
    if not answer.pictures:
        return [{"b64_json": base64.b64encode((answer.text or "").encode()).decode()}]
    return [{name: link(picture) if question.link else picture.base64} for picture in answer.pictures]


GENERATION = Endpoint(name="openai_images", dialect=OPENAI, read=read_generation, reply=reply)
EDIT = Endpoint(name="openai_images_edit", dialect=OPENAI, read=read_edit, reply=reply)
