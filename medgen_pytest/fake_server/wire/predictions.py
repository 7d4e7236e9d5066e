"""JSON gateway predictions: a model's input in, its output as URL, data URL or text out, at once or by polling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import Fields, read_json
from medgen_pytest.fake_server.input_image import read_url_or_base64
from medgen_pytest.fake_server.message import RequestError, json_reply
from medgen_pytest.fake_server.question import Question
from medgen_pytest.fake_server.wire.dialects import GATEWAY
from medgen_pytest.fake_server.wire.endpoint import Endpoint, is_image_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.question import Answer, InputImage, Picture
    from medgen_pytest.fake_server.wire.endpoint import Asked

_IMAGE_NAMES = ("image", "images", "image_input", "input_image", "input_images", "img")
_MOST_TOKENS = 1_000_000


def read(asked: Asked) -> Question:
    """The question of a request. Raises RequestError; what is wrong with the input has its name as parameter."""
    fields = read_json(asked.request)
    model = _model(asked, fields)
    given = fields.values.get("input")
    if not isinstance(given, Mapping):
        raise RequestError(400, "input is required", param="input")
    inputs = Fields(values=given)
    if given.get("prompt") is None:
        raise RequestError(400, "- input: prompt is required\n", param="input.prompt")
    wants_image = is_image_model(asked, model)
    return Question(
        model=model,
        text="\n".join([*_texts(inputs, "system_prompt"), inputs.text("prompt")]),
        images=tuple(_images(given)),
        wants_text=not wants_image or asked.settings.prediction_output == "object",
        wants_image=wants_image,
        count=inputs.integer("num_outputs", low=1, high=4, default=1) or 1,
        format=asked.settings.image_format,
        link=asked.settings.prediction_output != "data",
        max_tokens=inputs.integer("max_tokens", low=1, high=_MOST_TOKENS),
        seed=inputs.integer("seed", low=-(2**63), high=2**63 - 1),
        kept={"shape": asked.settings.prediction_output, "input": _shown(given)},
    )


def _model(asked: Asked, fields: Fields) -> str:
    if "name" in asked.names:
        return f"{asked.names['owner']}/{asked.names['name']}"
    named = [fields.optional_text(name) for name in ("version", "model")]
    found = next((name for name in named if name), None)
    if found is None:
        raise RequestError(400, "version is required", param="version")
    return found


def _texts(inputs: Fields, name: str) -> list[str]:
    text = inputs.optional_text(name)
    return [] if text is None else [text]


def _images(given: Mapping[str, object]) -> list[InputImage]:
    found: list[InputImage] = []
    for name in _IMAGE_NAMES:
        value = given.get(name)
        links = value if isinstance(value, list) else [] if value is None else [value]
        found += [read_url_or_base64(link, param=f"input.{name}") for link in links]
    return found


def _shown(given: Mapping[str, object]) -> dict[str, object]:
    """The input as the prediction repeats it: without what is an image."""
    return {name: value for name, value in given.items() if name not in _IMAGE_NAMES}


def reply(question: Question, answer: Answer, link: Callable[[Picture], str]) -> HttpReply:
    """The finished prediction."""
    is_refused = answer.finish in ("refusal", "filtered")
    error = (
        "The input or output was flagged as sensitive. Please try again with different inputs." if is_refused else None
    )
    kept = question.kept or {}
    value = {
        "id": answer.digest,
        "model": question.model,
        "version": "fake",
        "input": kept.get("input"),
        "logs": "",
        "output": None if is_refused else _output(question, answer, link, shape=str(kept.get("shape"))),
        "error": error,
        "status": "failed" if is_refused else "succeeded",
        "created_at": "2026-01-01T00:00:00.000Z",
        "metrics": {"input_token_count": answer.input_tokens, "output_token_count": answer.output_tokens},
    }
    return json_reply(value, status=201, huge=answer.huge)


def _output(question: Question, answer: Answer, link: Callable[[Picture], str], *, shape: str) -> object:
    if answer.finish == "null":
        return None
    if answer.finish == "empty":
        return []
    if not question.wants_image or not answer.pictures:
        return answer.text
    urls = [link(picture) if question.link else picture.data_url for picture in answer.pictures]
    if shape == "object":
        return {"text": answer.text, "image": urls[0]}
    return urls if shape == "list" or question.count > 1 else urls[0]


ENDPOINT = Endpoint(name="predictions", dialect=GATEWAY, read=read, reply=reply)
