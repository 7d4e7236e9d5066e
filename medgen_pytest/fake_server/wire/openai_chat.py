"""OpenAI chat completions: text and image parts in, text out, and images where compatible servers put them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import Fields, read_json
from medgen_pytest.fake_server.input_image import read_url
from medgen_pytest.fake_server.message import RequestError, json_reply
from medgen_pytest.fake_server.question import REFUSAL, Question
from medgen_pytest.fake_server.wire.dialects import OPENAI
from medgen_pytest.fake_server.wire.endpoint import CREATED, Endpoint, is_image_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.question import Answer, InputImage, Picture
    from medgen_pytest.fake_server.wire.endpoint import Asked

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_DETAILS = (None, "auto", "low", "high", "original")
_MOST_TOKENS = 1_000_000


def read(asked: Asked) -> Question:
    """The question of a chat request. Raises RequestError."""
    fields = read_json(asked.request)
    model = fields.text("model")
    texts, images = _messages(fields)
    seed = _sampling(fields)
    wants_json, schema = _response_format(fields)
    modalities = fields.values.get("modalities") or []
    if not isinstance(modalities, list) or not set(modalities) <= {"text", "image"}:
        raise RequestError(400, "Invalid 'modalities': expected 'text' and 'image'.", param="modalities")
    limits = [fields.integer(name, low=1, high=_MOST_TOKENS) for name in ("max_tokens", "max_completion_tokens")]
    return Question(
        model=model,
        text="\n".join(texts),
        images=tuple(images),
        wants_image="image" in modalities or is_image_model(asked, model),
        wants_json=wants_json,
        schema=schema,
        format=asked.settings.image_format,
        link=asked.settings.image_links == "url",
        max_tokens=next((limit for limit in limits if limit is not None), None),
        seed=seed,
        kept={"place": asked.settings.chat_images},
    )


def _messages(fields: Fields) -> tuple[list[str], list[InputImage]]:
    texts: list[str] = []
    images: list[InputImage] = []
    for index, message in enumerate(fields.items("messages")):
        name = f"messages[{index}]"
        if not isinstance(message, Mapping):
            raise RequestError(400, f"Invalid type for '{name}': expected an object.", param=name)
        if message.get("role") not in _ROLES:
            raise RequestError(400, f"Invalid value for '{name}.role'.", param=f"{name}.role", code="invalid_value")
        found = _parts(message.get("content"), name=f"{name}.content")
        texts += found[0]
        images += found[1]
    return texts, images


def _parts(content: object, *, name: str) -> tuple[list[str], list[InputImage]]:
    if isinstance(content, str):
        return [content], []
    if not isinstance(content, list) or not content:
        raise RequestError(400, f"Invalid type for '{name}': expected a string or an array.", param=name)
    texts: list[str] = []
    images: list[InputImage] = []
    for index, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind == "image_url" and isinstance(part.get("image_url"), Mapping):
            images.append(_image(part["image_url"], name=f"{name}[{index}].image_url"))
        else:
            raise RequestError(
                400,
                f"Invalid value for '{name}[{index}]': expected a part of type 'text' or 'image_url'.",
                param=f"{name}[{index}]",
                code="invalid_value",
            )
    return texts, images


def _image(link: Mapping[str, object], *, name: str) -> InputImage:
    if link.get("detail") not in _DETAILS:
        raise RequestError(400, f"Invalid value for '{name}.detail'.", param=f"{name}.detail", code="invalid_value")
    return read_url(link.get("url"), param=f"{name}.url")


def _sampling(fields: Fields) -> int | None:
    """Checks what this model does not use: the seed, which tells requests apart."""
    fields.number("temperature", low=0, high=2)
    fields.number("top_p", low=0, high=1)
    if fields.integer("n", low=1, high=128, default=1) != 1:
        raise RequestError(400, "This server gives one choice: leave 'n' out.", param="n", code="invalid_value")
    if fields.values.get("stream"):
        raise RequestError(400, "This server does not stream: leave 'stream' out.", param="stream")
    return fields.integer("seed", low=-(2**63), high=2**63 - 1)


def _response_format(fields: Fields) -> tuple[bool, Mapping[str, object] | None]:
    form = fields.values.get("response_format")
    if form is None:
        return False, None
    name = "response_format"
    kind = form.get("type") if isinstance(form, Mapping) else None
    if kind in ("text", "json_object"):
        return kind == "json_object", None
    inner = form.get("json_schema") if isinstance(form, Mapping) and kind == "json_schema" else None
    if not isinstance(inner, Mapping):
        raise RequestError(
            400, f"Invalid '{name}': expected type 'text', 'json_object' or 'json_schema'.", param=f"{name}.type"
        )
    if not isinstance(inner.get("name"), str):
        raise RequestError(400, f"Missing required parameter: '{name}.json_schema.name'.", param=f"{name}.json_schema")
    schema = inner.get("schema")
    if not isinstance(schema, Mapping):
        raise RequestError(400, f"Invalid schema for '{name}'.", param=f"{name}.json_schema.schema")
    return True, schema


def reply(question: Question, answer: Answer, link: Callable[[Picture], str]) -> HttpReply:
    """The completion."""
    tokens = {"prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens}
    value = {
        "id": f"chatcmpl-{answer.digest}",
        "object": "chat.completion",
        "created": CREATED,
        "model": question.model,
        "choices": _choices(question, answer, link),
        "usage": {**tokens, "total_tokens": sum(tokens.values())},
    }
    return json_reply(value, huge=answer.huge)


def _choices(question: Question, answer: Answer, link: Callable[[Picture], str]) -> list[object]:
    if answer.finish == "empty":
        return []
    reasons = {"length": "length", "filtered": "content_filter"}
    message: dict[str, object] = {"role": "assistant", "content": None, "refusal": None}
    if answer.finish == "refusal":
        message["refusal"] = REFUSAL
    elif answer.finish in ("stop", "length"):
        urls = [link(picture) if question.link else picture.data_url for picture in answer.pictures]
        message.update(_content(answer.text or "", urls, place=str((question.kept or {}).get("place"))))
    finish = reasons.get(answer.finish, "stop")
    return [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}]


def _content(text: str, urls: Sequence[str], *, place: str) -> dict[str, object]:
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    if not parts:
        return {"content": text}
    if place == "parts":
        return {"content": [{"type": "text", "text": text}, *parts]}
    if place == "markdown":
        return {"content": "\n\n".join([text, *(f"![image]({url})" for url in urls)])}
    return {"content": text, "images": [{**part, "index": index} for index, part in enumerate(parts)]}


ENDPOINT = Endpoint(name="openai_chat", dialect=OPENAI, read=read, reply=reply)
