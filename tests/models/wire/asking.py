"""Models of the wire adapters at a fake server, asked as an engine asks them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ModelError
from medgen_pytest.models import build_model, embedded_adapters
from medgen_pytest.models.deadline import Deadline, current_deadline
from medgen_pytest.models.wire.model import WireModel
from tests.models.samples import context_of, every_task, make_sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.fake_server import FakeServer
    from medgen_pytest.models.remote.settings import EndpointSettings

    Model = WireModel[EndpointSettings]

EDIT = make_sample(Task.NOISE_RECONSTRUCTION).request()
CHOICE = make_sample(Task.MULTIPLE_CHOICE).request()
REPORT = make_sample(Task.REPORT_GENERATION).request()
BOTH = make_sample(Task.ORGANIC_REMOVAL).request()

ADAPTERS = ("gemini", "http", "imagen", "predictions")


def settings_for(adapter: str, url: str) -> dict[str, object]:
    """Settings with which an adapter reaches a fake server, and has an image in its answers where one is due."""
    settings: dict[str, dict[str, object]] = {
        "gemini": {"base_url": f"{url}/v1beta", "model": "gemini-2.5-flash-image", "images_out": True},
        "imagen": {"base_url": f"{url}/v1beta", "model": "imagen-4.0-fast-generate-001"},
        "predictions": {"base_url": f"{url}/v1", "model": "qwen/qwen-image-edit", "poll_interval": 0.05},
        "http": {
            "base_url": f"{url}/v1",
            "path": "/answer",
            "body": {"prompt": "{instruction}", "images": "{images}", "wants": "{wants}", "json": "{wants_json}"},
            "reply": {
                "text": "text",
                "image": "$.image",
                "problem": "refusal",
                "error": "error",
                "finish_reason": "finish",
                "input_usage": "usage.input_tokens",
                "output_usage": "usage.output_tokens",
            },
        },
    }
    return settings[adapter]


def model_at(server: FakeServer, adapter: str, **changes: object) -> Model:
    """A model of an adapter at a server; `changes` are settings that are different."""
    settings = {**settings_for(adapter, server.url), **changes}
    model = build_model(
        "m", adapter=adapter, settings=settings, context=context_of(every_task()), adapters=embedded_adapters()
    )
    assert isinstance(model, WireModel)
    return model


async def answer_of(model: Model, request: Request, *, seconds: float = 20.0) -> ModelOutput | ModelError:
    """What comes of one request within some seconds, as an engine takes it."""
    current_deadline.set(Deadline(seconds))
    try:
        return await asyncio.wait_for(model.answer(request), seconds + 5)
    except ModelError as error:
        return error


def ask(model: Model, request: Request = EDIT, *, seconds: float = 20.0) -> ModelOutput:
    """The output of a model that is asked once and closed."""
    result = ask_all({"m": model}, request, seconds=seconds)["m"]
    assert isinstance(result, ModelOutput), result
    return result


def ask_all(
    models: Mapping[str, Model], request: Request = EDIT, *, seconds: float = 20.0
) -> dict[str, ModelOutput | ModelError]:
    """What comes of asking several models at once; all are closed."""

    async def ask_each() -> dict[str, ModelOutput | ModelError]:
        asked = [asyncio.create_task(answer_of(model, request, seconds=seconds)) for model in models.values()]
        results = await asyncio.gather(*asked)
        for model in models.values():
            await model.aclose()
        return dict(zip(models, results, strict=True))

    try:
        return asyncio.run(ask_each())
    finally:
        for model in models.values():
            model.close()


def error_of(model: Model, request: Request = EDIT, *, seconds: float = 20.0) -> ModelError:
    """The error that a model answers with."""
    result = ask_all({"m": model}, request, seconds=seconds)["m"]
    assert isinstance(result, ModelError), result
    return result


def partial_of(error: ModelError) -> ModelOutput:
    """What an error keeps of the answer."""
    assert isinstance(error.partial, ModelOutput)
    return error.partial


def asked_of(server: FakeServer) -> list[dict[str, object]]:
    """The bodies of all questions that a server was asked, as a model or as a judge."""
    return [
        entry.content for entry in server.requests if entry.kind in {"ask", "judge"} and isinstance(entry.content, dict)
    ]
