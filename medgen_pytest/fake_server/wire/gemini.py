"""Gemini: native `generateContent` with text and image parts both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import Fields, read_json
from medgen_pytest.fake_server.input_image import read_base64
from medgen_pytest.fake_server.message import RequestError, json_reply
from medgen_pytest.fake_server.question import Question
from medgen_pytest.fake_server.wire.dialects import GOOGLE
from medgen_pytest.fake_server.wire.endpoint import Endpoint, is_image_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.question import Answer, InputImage, Picture
    from medgen_pytest.fake_server.wire.endpoint import Asked

_KNOWN = {
    "contents",
    "systemInstruction",
    "system_instruction",
    "generationConfig",
    "generation_config",
    "safetySettings",
    "safety_settings",
    "tools",
    "toolConfig",
    "cachedContent",
    "labels",
}
_ROLES = (None, "user", "model")
_MOST_TOKENS = 1_000_000


def read(asked: Asked) -> Question:
    """The question of a request. Raises RequestError; names may be written either way, as the API takes them."""
    fields = read_json(asked.request)
    unknown = sorted(set(fields.values) - _KNOWN)
    if unknown:
        raise RequestError(400, f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    contents = fields.values.get("contents")
    if not isinstance(contents, list) or not contents:
        raise RequestError(400, "* GenerateContentRequest.contents: contents is not specified\n")
    system = _either(fields.values, "systemInstruction", "system_instruction")
    texts: list[str] = []
    images: list[InputImage] = []
    for name, content in [("system_instruction", system), *((f"contents[{i}]", c) for i, c in enumerate(contents))]:
        if content is not None:
            found = _parts(content, name=name)
            texts += found[0]
            images += found[1]
    model = asked.names["model"]
    config = _config(fields)
    modalities = _modalities(config, default_image=is_image_model(asked, model))
    schema = _either(config.values, "responseSchema", "responseJsonSchema")
    return Question(
        model=model,
        text="\n".join(texts),
        images=tuple(images),
        wants_text="TEXT" in modalities,
        wants_image="IMAGE" in modalities,
        wants_json=_either(config.values, "responseMimeType", "response_mime_type") == "application/json",
        schema=schema if isinstance(schema, Mapping) else None,
        format=asked.settings.image_format,
        max_tokens=config.integer("maxOutputTokens", low=1, high=_MOST_TOKENS),
        seed=config.integer("seed", low=-(2**31), high=2**31 - 1),
    )


def _parts(content: object, *, name: str) -> tuple[list[str], list[InputImage]]:
    parts = content.get("parts") if isinstance(content, Mapping) else None
    if isinstance(parts, Mapping):
        parts = [parts]
    if not isinstance(content, Mapping) or not isinstance(parts, list) or not parts:
        raise RequestError(400, f"* GenerateContentRequest.{name}.parts: contents.parts must not be empty.\n")
    if content.get("role") not in _ROLES:
        raise RequestError(400, "Please use a valid role: user, model.")
    texts: list[str] = []
    images: list[InputImage] = []
    for index, part in enumerate(parts):
        where = f"{name}.parts[{index}]"
        inline = _either(part, "inlineData", "inline_data") if isinstance(part, Mapping) else None
        if isinstance(inline, Mapping):
            images.append(_image(inline, where))
        elif isinstance(part, Mapping) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        else:
            raise RequestError(400, f"* GenerateContentRequest.{where}.data: required oneof field 'data' must have one")
    return texts, images


def _image(inline: Mapping[str, object], where: str) -> InputImage:
    image = read_base64(inline.get("data"), param=f"{where}.inline_data.data")
    given = _either(inline, "mimeType", "mime_type")
    if given != f"image/{image.format.lower()}":
        raise RequestError(400, f"Unsupported MIME type: {given} (the bytes are {image.format}).")
    return image


def _config(fields: Fields) -> Fields:
    config = _either(fields.values, "generationConfig", "generation_config")
    if config is not None and not isinstance(config, Mapping):
        raise RequestError(400, "Invalid value at 'generation_config'.")
    found = Fields(values=config or {})
    found.number("temperature", low=0, high=2)
    found.number("topP", low=0, high=1)
    if found.integer("candidateCount", low=1, high=8, default=1) != 1:
        raise RequestError(400, "Multiple candidates is not enabled for this model.")
    return found


def _modalities(config: Fields, *, default_image: bool) -> set[str]:
    given = _either(config.values, "responseModalities", "response_modalities")
    if given is None:
        return {"TEXT", "IMAGE"} if default_image else {"TEXT"}
    names = {str(name).upper() for name in given} if isinstance(given, list) else set()
    if not names or not names <= {"TEXT", "IMAGE"}:
        raise RequestError(400, "Invalid value at 'generation_config.response_modalities'.")
    if "IMAGE" in names and not default_image:
        raise RequestError(400, "Model does not support the requested response modalities: image")
    return names


def _either(values: Mapping[str, object], *names: str) -> object:
    return next((values[name] for name in names if values.get(name) is not None), None)


def reply(question: Question, answer: Answer, link: Callable[[Picture], str]) -> HttpReply:  # noqa: ARG001 - a contract
    """The candidates, or what blocked them."""
    value: dict[str, object] = {}
    if answer.finish == "refusal":
        value["promptFeedback"] = {"blockReason": "PROHIBITED_CONTENT"}
    elif answer.finish == "empty":
        value["candidates"] = []
    else:
        value["candidates"] = [_candidate(question, answer)]
    tokens = {"promptTokenCount": answer.input_tokens, "candidatesTokenCount": answer.output_tokens}
    value["usageMetadata"] = {**tokens, "totalTokenCount": sum(tokens.values())}
    value["modelVersion"] = question.model
    value["responseId"] = answer.digest
    return json_reply(value, huge=answer.huge)


def _candidate(question: Question, answer: Answer) -> dict[str, object]:
    if answer.finish == "filtered":
        return {"finishReason": "IMAGE_SAFETY" if question.wants_image else "SAFETY", "index": 0}
    reason = "MAX_TOKENS" if answer.finish == "length" else "STOP"
    if answer.finish == "null":
        return {"content": {"role": "model"}, "finishReason": reason, "index": 0}
    parts: list[object] = [] if answer.text is None else [{"text": answer.text}]
    for picture in answer.pictures:
        parts.append({"inlineData": {"mimeType": picture.media_type, "data": picture.base64}})  # noqa: PERF401 - mixed
    return {"content": {"role": "model", "parts": parts}, "finishReason": reason, "index": 0}


ENDPOINT = Endpoint(name="gemini", dialect=GOOGLE, read=read, reply=reply)
