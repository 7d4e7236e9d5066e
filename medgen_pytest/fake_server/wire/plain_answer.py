"""The plain endpoint: `POST /v1/answer`, a small JSON protocol of this server's own, as research servers have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import read_json
from medgen_pytest.fake_server.input_image import read_url_or_base64
from medgen_pytest.fake_server.message import RequestError, json_reply
from medgen_pytest.fake_server.question import REFUSAL, Question
from medgen_pytest.fake_server.wire.dialects import PLAIN
from medgen_pytest.fake_server.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.question import Answer, Picture
    from medgen_pytest.fake_server.wire.endpoint import Asked

_KNOWN = {"prompt", "images", "wants", "size", "json", "schema", "seed", "model"}


def read(asked: Asked) -> Question:
    """The question of a request. Raises RequestError."""
    fields = read_json(asked.request)
    unknown = sorted(set(fields.values) - _KNOWN)
    if unknown:
        raise RequestError(400, f"unknown field {unknown[0]!r}; known: {', '.join(sorted(_KNOWN))}", param=unknown[0])
    wants = fields.values.get("wants", ["text"])
    if not isinstance(wants, list) or not wants or not set(map(str, wants)) <= {"text", "image"}:
        raise RequestError(400, "wants: expected a list of 'text' and 'image'", param="wants")
    images = fields.values.get("images", [])
    if not isinstance(images, list):
        raise RequestError(400, "images: expected a list of base64 texts or data URLs", param="images")
    schema = fields.values.get("schema")
    if not isinstance(schema, Mapping | None):
        raise RequestError(400, "schema: expected an object", param="schema")
    return Question(
        model=fields.optional_text("model") or "fake-model",
        text=fields.text("prompt"),
        images=tuple(read_url_or_base64(image, param=f"images[{index}]") for index, image in enumerate(images)),
        wants_text="text" in wants,
        wants_image="image" in wants,
        wants_json=fields.values.get("json") is True or schema is not None,
        schema=schema,
        size=fields.size(),
        format=asked.settings.image_format,
        link=asked.settings.image_links == "url",
        seed=fields.integer("seed", low=-(2**63), high=2**63 - 1),
    )


def reply(question: Question, answer: Answer, link: Callable[[Picture], str]) -> HttpReply:
    """Text, image (base64, or a URL) and usage; what is not given is null."""
    usage = {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens}
    if answer.finish == "empty":
        return json_reply({})
    if answer.finish in ("refusal", "filtered"):
        return json_reply({"text": None, "image": None, "refusal": REFUSAL, "usage": usage})
    if answer.finish == "null":
        return json_reply({"text": None, "image": None, "usage": usage})
    images = [link(picture) if question.link else picture.base64 for picture in answer.pictures]
    value = {"text": answer.text, "image": images[0] if images else None, "usage": usage, "finish": answer.finish}
    return json_reply(value, huge=answer.huge)


ENDPOINT = Endpoint(name="answer", dialect=PLAIN, read=read, reply=reply)
