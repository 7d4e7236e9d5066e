"""What all wire adapters have in common beside the wire."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.fake_server import FakeServer
from medgen_pytest.models.contract import EstimatedModel, ProbedModel, concurrency_of, is_asynchronous
from medgen_pytest.models.remote.tally import Tally
from medgen_pytest.models.wire.content import Content, to_output
from tests.models.contract import check_identity
from tests.models.wire.asking import ADAPTERS, BOTH, CHOICE, EDIT, ask, model_at

if TYPE_CHECKING:
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request
    from tests.models.wire.conftest import Serve


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_model_is_awaited_and_takes_as_many_requests_as_the_window_has(serve: Serve, adapter: str) -> None:
    model = model_at(serve(), adapter)

    assert is_asynchronous(model)
    assert concurrency_of(model) is None
    assert concurrency_of(model_at(serve(), adapter, concurrency=8)) == 8
    assert isinstance(model, EstimatedModel)
    assert isinstance(model, ProbedModel)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_identity_is_what_changes_an_answer(serve: Serve, adapter: str) -> None:
    server = serve()
    model = model_at(server, adapter)

    check_identity(model)
    same = model_at(server, adapter, retries=1, concurrency=3, access="X-Key: {key}", price={"per_image": 1})
    other = model_at(server, adapter, revision="r2")
    assert model.identity == same.identity
    assert model.identity != other.identity


def test_a_secret_within_the_body_does_not_stand_in_the_identity(serve: Serve) -> None:
    body = {"prompt": "{instruction}", "session_token": "s-123456"}

    assert "s-123456" not in str(model_at(serve(), "http", body=body).identity)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_what_is_kept_of_a_reply_holds_no_image(serve: Serve, adapter: str) -> None:
    output = ask(model_at(serve(prediction_output="data"), adapter))

    assert output.image is not None
    assert re.search(r"<PNG, \d+ bytes, sha256 \w+>", output.raw or "")
    assert len(output.raw or "") < 2000


def output_of(content: Content, request: Request) -> ModelOutput:
    async def read() -> ModelOutput:
        with FakeServer() as server:
            model = model_at(server, "gemini")
            try:
                return await to_output(content, request, endpoint=model._endpoint, tally=Tally())
            finally:
                await model.aclose()
                model.close()

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("content", "request_", "problem"),
    [
        (Content(text="x"), CHOICE, None),
        (Content(), CHOICE, "no text where one is due"),
        (Content(text="  "), CHOICE, "the text is empty"),
        (Content(text="<think>hm"), CHOICE, "the text is empty"),
        (Content(finish_reason="MAX_TOKENS"), CHOICE, "no text where one is due (finish reason MAX_TOKENS)"),
        (Content(finish_reason="STOP"), CHOICE, "no text where one is due"),
        (Content(text="x", hint="it said 'x'"), EDIT, "no image where one is due (it said 'x')"),
        (Content(), BOTH, "no text where one is due; no image where one is due"),
        (Content(text="x", problem="refused"), BOTH, "refused"),
        (Content(image="hello there"), BOTH, "no text where one is due; the image of the reply: text where"),
    ],
)
def test_what_is_missing_is_said(content: Content, request_: Request, problem: str | None) -> None:
    output = output_of(content, request_)

    assert (output.problem or "").startswith(problem or "")
    assert (output.problem is None) == (problem is None)


def test_reasoning_in_the_text_is_set_apart() -> None:
    output = output_of(Content(text="<think>two nodules</think>A. left", reasoning="first"), CHOICE)

    assert (output.text, output.reasoning) == ("A. left", "first\n\ntwo nodules")


def test_half_a_character_is_no_character() -> None:
    output = output_of(Content(text="left \ud83d", reasoning="\ud83d"), CHOICE)

    assert (output.text, output.reasoning) == ("left \ufffd", "\ufffd")
