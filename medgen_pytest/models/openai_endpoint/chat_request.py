"""Requests for chat completions: a request of the benchmark as the body that servers take."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from medgen_pytest.models.openai_endpoint.call import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.openai_endpoint.chat_settings import ChatSettings
    from medgen_pytest.models.outgoing import OutgoingImage

_PATH = "/chat/completions"


def json_prompt() -> str:
    """What is added to the text where `json_mode` is `prompt`."""
    return (resources.files(__package__) / "json_answer.txt").read_text(encoding="utf-8").strip()


def chat_call(settings: ChatSettings, request: Request, images: Sequence[OutgoingImage]) -> Call:
    """The call: the model, the messages, and what the settings say."""
    fields: dict[str, object] = {
        "model": settings.model,
        "messages": _messages(settings, request, images),
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "seed": request.seed_from(settings.seed),
        "stop": list(settings.stop) or None,
        settings.max_tokens_key: settings.max_tokens,
        "modalities": ["text", "image"] if settings.images_out and request.wants_image else None,
        "response_format": _response_format(settings, request),
    }
    return Call(path=_PATH, body=settings.body(fields), expects=("choices",))


def _messages(settings: ChatSettings, request: Request, images: Sequence[OutgoingImage]) -> list[object]:
    system = [{"role": "system", "content": settings.system_prompt}] if settings.system_prompt else []
    return [*system, {"role": "user", "content": _content(settings, request, images)}]


def _content(settings: ChatSettings, request: Request, images: Sequence[OutgoingImage]) -> object:
    text = request.instruction
    if request.wants_json and settings.json_mode == "prompt":
        text = f"{text}\n\n{json_prompt()}"
    if not images:
        return text  # servers of models that see nothing take no parts
    shown = [_image(image, detail=settings.detail) for image in images]
    words = {"type": "text", "text": text}
    return [*shown, words] if settings.images == "before" else [words, *shown]


def _image(image: OutgoingImage, *, detail: str | None) -> object:
    link = {"url": image.data_url}
    return {"type": "image_url", "image_url": link if detail is None else {**link, "detail": detail}}


def _response_format(settings: ChatSettings, request: Request) -> object:
    return {"type": "json_object"} if request.wants_json and settings.json_mode == "response_format" else None
