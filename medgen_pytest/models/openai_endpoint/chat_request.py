"""Requests for chat completions: a request of the benchmark as the body that servers take."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from medgen_pytest.models.openai_endpoint.call import Call
from medgen_pytest.models.openai_endpoint.strict_schema import schema_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.openai_endpoint.chat_settings import ChatSettings
    from medgen_pytest.models.openai_endpoint.json_form import JsonForm
    from medgen_pytest.models.outgoing import OutgoingImage

_PATH = "/chat/completions"


def json_prompt() -> str:
    """What is added to the text where JSON is asked for in a sentence."""
    return (resources.files(__package__) / "json_answer.txt").read_text(encoding="utf-8").strip()


def chat_call(
    settings: ChatSettings, request: Request, images: Sequence[OutgoingImage], *, form: JsonForm | None = None
) -> Call:
    """The call: the model, the messages, what the settings say, and JSON asked for in a form."""
    text = f"{request.instruction}\n\n{json_prompt()}" if form == "prompt" else request.instruction
    fields: dict[str, object] = {
        "model": settings.model,
        "messages": _messages(settings, text, images),
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "seed": request.seed_from(settings.seed),
        "stop": list(settings.stop) or None,
        settings.max_tokens_key: settings.max_tokens,
        "modalities": ["text", "image"] if settings.images_out and request.wants_image else None,
        "response_format": _response_format(form, request),
    }
    return Call(path=_PATH, body=settings.body(fields), expects=("choices",))


def _messages(settings: ChatSettings, text: str, images: Sequence[OutgoingImage]) -> list[object]:
    system = [{"role": "system", "content": settings.system_prompt}] if settings.system_prompt else []
    return [*system, {"role": "user", "content": _content(settings, text, images)}]


def _content(settings: ChatSettings, text: str, images: Sequence[OutgoingImage]) -> object:
    if not images:
        return text  # servers of models that see nothing take no parts
    shown = [_image(image, detail=settings.detail) for image in images]
    words = {"type": "text", "text": text}
    return [*shown, words] if settings.images == "before" else [words, *shown]


def _image(image: OutgoingImage, *, detail: str | None) -> object:
    link = {"url": image.data_url}
    return {"type": "image_url", "image_url": link if detail is None else {**link, "detail": detail}}


def _response_format(form: JsonForm | None, request: Request) -> object:
    if form == "json_schema" and request.json_schema is not None:
        return schema_format(request.json_schema)
    return {"type": "json_object"} if form == "json_object" else None
