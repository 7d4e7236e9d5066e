"""Models of OpenAI-compatible servers, and requests put to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from medgen_pytest.models import build_model, embedded_adapters
from medgen_pytest.models.deadline import Deadline, current_deadline
from medgen_pytest.models.openai_endpoint.chat import OpenAiChat
from medgen_pytest.models.openai_endpoint.images import OpenAiImages
from tests.models.samples import context_of, every_task

if TYPE_CHECKING:
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request

OpenAiModel = OpenAiChat | OpenAiImages


def chat_model(base_url: str, **settings: object) -> OpenAiChat:
    """A model of `openai_chat`."""
    model = _build("openai_chat", {"base_url": base_url, "model": "qwen3-vl", **settings})
    assert isinstance(model, OpenAiChat)
    return model


def images_model(base_url: str, **settings: object) -> OpenAiImages:
    """A model of `openai_images`."""
    model = _build("openai_images", {"base_url": base_url, "model": "gpt-image-1.5", **settings})
    assert isinstance(model, OpenAiImages)
    return model


def _build(adapter: str, settings: dict[str, object]) -> object:
    context = context_of(every_task())
    return build_model("m", adapter=adapter, settings=settings, context=context, adapters=embedded_adapters())


def ask(model: OpenAiModel, request: Request, *, seconds: float = 30) -> ModelOutput:
    """The answer to one request, within so many seconds; the model is closed."""
    return ask_all(model, request, seconds=seconds)[0]


def ask_all(model: OpenAiModel, *requests: Request, seconds: float = 30) -> list[ModelOutput]:
    """The answers to several requests at once."""

    async def one(request: Request) -> ModelOutput:
        current_deadline.set(Deadline(seconds))
        return await model.answer(request)

    async def everything() -> list[ModelOutput]:
        try:
            return list(await asyncio.gather(*(one(request) for request in requests)))
        finally:
            await model.aclose()
            model.close()

    return asyncio.run(everything())


def probe(model: OpenAiModel) -> str | None:
    """What the probe of a model says."""

    async def look() -> str | None:
        try:
            return await model.probe()
        finally:
            await model.aclose()
            model.close()

    return asyncio.run(look())
