"""Seedream on Ark: `/api/v3/images/generations`, where an edit is a generation with the field `image`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import Fields, read_json
from medgen_pytest.fake_server.input_image import read_url
from medgen_pytest.fake_server.message import RequestError, json_reply
from medgen_pytest.fake_server.question import Question
from medgen_pytest.fake_server.wire.dialects import ARK
from medgen_pytest.fake_server.wire.endpoint import CREATED, Endpoint
from medgen_pytest.fake_server.wire.openai_images import image_entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.question import Answer, Picture
    from medgen_pytest.fake_server.wire.endpoint import Asked

_NAMED_SIZES = {"1K": 1024, "2K": 2048, "4K": 4096}
_FEWEST_PIXELS, _MOST_PIXELS = 1280 * 720, 4096 * 4096
_WIDEST = 16
_MOST_IMAGES = 10
_GROUPS = ("disabled", "auto")


def read(asked: Asked) -> Question:
    """The question of a request to Seedream. Raises RequestError."""
    fields = read_json(asked.request)
    images = fields.values.get("image")
    links = images if isinstance(images, list) else [] if images is None else [images]
    if len(links) > _MOST_IMAGES:
        raise RequestError(400, f"The parameter `image` takes up to {_MOST_IMAGES} images.", param="image")
    for name in ("watermark", "stream"):
        if not isinstance(fields.values.get(name, False), bool):
            raise RequestError(400, f"The parameter `{name}` is not a boolean.", param=name)
    if fields.values.get("stream"):
        raise RequestError(400, "The parameter `stream` is not supported by this server.", param="stream")
    fields.one_of("sequential_image_generation", _GROUPS, "disabled")
    fields.integer("seed", low=-1, high=2**31 - 1)
    return Question(
        model=fields.text("model"),
        text=fields.text("prompt"),
        images=tuple(read_url(link, param="image") for link in links),
        wants_text=False,
        wants_image=True,
        size=_size(fields),
        format=asked.settings.image_format,
        link=fields.one_of("response_format", ("url", "b64_json"), "url") == "url",
    )


def _size(fields: Fields) -> tuple[int, int] | None:
    named = fields.values.get("size")
    if isinstance(named, str) and named.upper() in _NAMED_SIZES:
        # The model chooses the aspect: that of the input, where there is one.
        return None if fields.values.get("image") else (_NAMED_SIZES[named.upper()],) * 2
    size = fields.size()
    if size is None:
        return None
    pixels, aspect = size[0] * size[1], max(size) / min(size)
    if not _FEWEST_PIXELS <= pixels <= _MOST_PIXELS or aspect > _WIDEST:
        raise RequestError(
            400, f"The parameter `size` is not valid: {_FEWEST_PIXELS} to {_MOST_PIXELS} pixels.", param="size"
        )
    return size


def reply(question: Question, answer: Answer, link: Callable[[Picture], str]) -> HttpReply:
    """The images. Raises RequestError for a refusal, which this API answers with 400."""
    if answer.finish in ("refusal", "filtered"):
        side = "Input" if answer.finish == "refusal" else "Output"
        message = f"The request failed because the {side.lower()} image may contain sensitive information."
        raise RequestError(400, message, code=f"{side}ImageSensitiveContentDetected")
    entries = image_entries(question, answer, link)
    usage = {
        "generated_images": len(entries),
        "output_tokens": answer.output_tokens,
        "total_tokens": answer.output_tokens,
    }
    value = {"model": question.model, "created": CREATED, "data": entries, "usage": usage}
    return json_reply(value, huge=answer.huge)


ENDPOINT = Endpoint(name="ark_images", dialect=ARK, read=read, reply=reply)
