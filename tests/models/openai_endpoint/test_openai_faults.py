"""Each fault on the way to an OpenAI-compatible server ends in its outcome, and nothing is paid for twice."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ModelError
from tests.models.openai_endpoint.asking import ask, ask_all, chat_model, images_model
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Request
    from tests.models.openai_endpoint.asking import OpenAiModel
    from tests.models.openai_endpoint.conftest import CannedReply, Serve

QUESTION = make_sample(Task.QUESTION_ANSWERING).request()
EDIT = make_sample(Task.STYLE_TRANSFER).request()
BOTH = make_sample(Task.INSTRUCTION_EDITING).request()
CHAT, DRAW = "chat", "images"


def model_of(kind: str, url: str, **settings: object) -> OpenAiModel:
    return chat_model(f"{url}/v1", **settings) if kind == CHAT else images_model(f"{url}/v1", **settings)


def request_of(kind: str) -> Request:
    return QUESTION if kind == CHAT else EDIT


@pytest.mark.parametrize("kind", [CHAT, DRAW])
@pytest.mark.parametrize("fault", ["429", "500", "503", "drop", "reset", "torn", "error-body", "html"])
def test_what_passes_is_tried_again_and_answered_once(serve: Serve, kind: str, fault: str) -> None:
    server = serve(faults=[fault])

    output = ask(model_of(kind, server.url), request_of(kind))

    assert output.problem is None
    assert output.timing is not None
    assert output.timing.requests == 2
    assert output.timing.waiting > 0.2
    assert (server.stats.asked, server.stats.answered, server.stats.answered_twice) == (2, 1, 0)
    assert output.usage is not None
    assert output.usage.images == int(kind == DRAW)


@pytest.mark.parametrize("fault", ["429-seconds", "429-date"])
def test_the_wait_that_a_server_asks_for_is_kept(serve: Serve, fault: str) -> None:
    server = serve(faults=[fault], retry_after=1)
    started = time.monotonic()

    output = ask(model_of(CHAT, server.url), QUESTION)

    assert output.problem is None
    assert time.monotonic() - started >= 1
    assert server.stats.asked == 2


def test_a_burst_of_errors_is_outlived(serve: Serve) -> None:
    server = serve(faults=["500=1,times=2"])

    output = ask(model_of(CHAT, server.url), QUESTION)

    assert output.problem is None
    assert server.stats.asked == 3


@pytest.mark.parametrize("kind", [CHAT, DRAW])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("500", "answered with HTTP 500: 'The server had an error while processing your request.' (2 requests)"),
        ("drop", "the connection was lost: "),
        ("torn", "the reply was cut off: "),
        ("html", "answered with no JSON object: '<!DOCTYPE html>"),
        ("error-body", "answered with an error: 'The server had an error"),
    ],
)
def test_what_does_not_pass_is_an_error_after_its_retries(serve: Serve, kind: str, fault: str, message: str) -> None:
    server = serve(faults=[f"{fault},always"])

    with pytest.raises(ModelError) as caught:
        ask(model_of(kind, server.url, retries=1), request_of(kind))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert server.stats.asked == 2
    assert isinstance(caught.value.partial, ModelOutput)
    assert caught.value.partial.timing is not None
    assert caught.value.partial.timing.requests == 2


@pytest.mark.parametrize("kind", [CHAT, DRAW])
@pytest.mark.parametrize("fault", ["400", "401", "403", "404", "422"])
def test_what_never_passes_is_asked_once(serve: Serve, kind: str, fault: str) -> None:
    server = serve(faults=[f"{fault},always"])

    with pytest.raises(ModelError, match=f"answered with HTTP {fault}"):
        ask(model_of(kind, server.url), request_of(kind))

    assert server.stats.asked == 1


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    other = serve()
    server = serve(faults=["redirect"], redirect_to=f"{other.url}/v1/chat/completions")

    with pytest.raises(ModelError, match=r"redirects to 127\.0\.0\.1:\d+ \(HTTP 307\), which is not followed"):
        ask(model_of(CHAT, server.url), QUESTION)

    assert (server.stats.asked, other.stats.asked) == (1, 0)


def test_limits_that_last_end_with_the_time_of_the_sample(serve: Serve) -> None:
    server = serve(faults=["429-seconds,always"], retry_after=30)

    with pytest.raises(ModelError, match="it asks to wait 30 s, the time of the sample is over") as caught:
        ask(model_of(CHAT, server.url), QUESTION, seconds=2)

    assert server.stats.asked == 1
    assert isinstance(caught.value.partial, ModelOutput)


def test_a_reply_after_the_time_of_a_try_is_not_waited_for(serve: Serve) -> None:
    server = serve(faults=["hang,always"], hang=20)

    with pytest.raises(ModelError, match=r"no reply within 0\.2"):
        ask(model_of(CHAT, server.url, request_timeout=0.2, retries=0), QUESTION)

    assert server.stats.asked == 1


def test_a_reply_after_the_time_of_the_sample_is_not_waited_for(serve: Serve) -> None:
    server = serve(faults=["hang,always"], hang=20)
    started = time.monotonic()

    with pytest.raises(ModelError, match="no reply within"):
        ask(model_of(DRAW, server.url), EDIT, seconds=0.5)

    assert time.monotonic() - started < 5
    assert server.stats.asked == 1


def test_a_server_that_dies_and_comes_back_is_waited_for(serve: Serve) -> None:
    server = serve()
    model = chat_model(f"{server.url}/v1", retries=1)

    async def scenario() -> ModelOutput:
        await model.answer(QUESTION)
        await asyncio.to_thread(server.pause)
        asyncio.get_running_loop().call_later(1.5, server.resume)
        try:
            return await model.answer(QUESTION)
        finally:
            await model.aclose()
            model.close()

    output = asyncio.run(scenario())

    assert output.problem is None
    assert output.timing is not None
    assert output.timing.requests > 2  # more than the retries of other failures


def test_nobody_at_the_address_is_an_error_that_says_so(serve: Serve) -> None:
    server = serve()
    server.close()

    with pytest.raises(ModelError, match=r"127\.0\.0\.1:\d+ cannot be reached: "):
        ask(model_of(CHAT, server.url, retries=0), QUESTION)


def test_a_host_without_a_name_is_an_error_that_says_so() -> None:
    with pytest.raises(ModelError, match=r"nowhere\.invalid cannot be reached: "):
        ask(chat_model("https://nowhere.invalid/v1", retries=0), QUESTION)


def test_a_server_that_speaks_no_tls_is_an_error_that_says_so(serve: Serve) -> None:
    server = serve()

    with pytest.raises(ModelError, match=r"cannot be reached: .*SSL"):
        ask(chat_model(f"{server.url.replace('http', 'https')}/v1", retries=0), QUESTION)


@pytest.mark.parametrize(
    ("kind", "fault", "problem"),
    [
        (CHAT, "empty", "the reply holds no choices"),
        (CHAT, "null", "the content of the reply is null"),
        (CHAT, "refusal", "the model refused to answer (refusal): "),
        (CHAT, "filtered", "the model refused to answer (content_filter)"),
        (DRAW, "empty", "the reply holds no image"),
        (DRAW, "null", "the reply holds no image"),
        (DRAW, "refusal", "the model refused to answer (moderation_blocked): 'Your request was rejected"),
        (DRAW, "filtered", "the model refused to answer (moderation_blocked): "),
    ],
)
def test_an_answer_withheld_or_empty_is_invalid_and_not_asked_again(
    serve: Serve, kind: str, fault: str, problem: str
) -> None:
    server = serve(faults=[f"{fault},always"])

    output = ask(model_of(kind, server.url), request_of(kind))

    assert output.problem is not None
    assert output.problem.startswith(problem)
    assert output.raw
    assert output.usage is not None
    assert output.timing is not None
    assert (output.timing.requests, server.stats.asked) == (1, 1)


def test_a_refusal_with_an_error_costs_nothing(serve: Serve) -> None:
    server = serve(faults=["refusal,always"])

    output = ask(model_of(DRAW, server.url, price={"per_image": 1, "output_per_million": 10}), EDIT)

    assert output.usage is not None
    assert output.usage.cost == 0


def test_a_truncated_text_is_an_answer(serve: Serve) -> None:
    server = serve(faults=["truncated,always"])

    output = ask(model_of(CHAT, server.url), QUESTION)

    assert output.text
    assert (output.finish_reason, output.problem) == ("length", None)


@pytest.mark.parametrize("kind", [CHAT, DRAW])
@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("image-empty", "empty|no image"),
        ("image-broken", "truncated|broken|damaged|cannot be"),
        ("image-bomb", "60000x60000"),
        ("image-svg", "SVG"),
        ("image-text", "text|no image"),
        ("image-huge", r"exceeds 1 MB \(max_reply_mb\)"),
    ],
)
def test_an_image_that_is_none_is_invalid_with_what_it_cost(serve: Serve, kind: str, fault: str, problem: str) -> None:
    server = serve(faults=[f"{fault},always"], huge_bytes=3_000_000)
    more: dict[str, object] = {"images_out": True} if kind == CHAT else {}

    output = ask(model_of(kind, server.url, max_reply_mb=1, **more), BOTH if kind == CHAT else EDIT)

    assert output.image is None
    assert output.problem is not None
    assert re.search(problem, output.problem), output.problem
    assert len(output.problem) < 300
    assert server.stats.asked == 1
    if fault != "image-huge":
        assert output.usage is not None
        assert output.usage.output_tokens
        assert output.raw is not None
        assert len(output.raw) < 2000


def test_an_image_of_200_mb_is_not_read_to_its_end(serve: Serve) -> None:
    server = serve(faults=["image-huge,always"])

    output = ask(model_of(DRAW, server.url), EDIT)

    assert output.problem is not None
    assert output.problem.endswith("exceeds 64 MB (max_reply_mb)")
    assert server.stats.asked == 1


def test_an_image_that_cannot_be_fetched_is_an_error_that_keeps_what_was_paid(
    serve: Serve, canned: CannedReply
) -> None:
    gone = serve()
    gone.close()
    body = {"data": [{"url": f"{gone.url}/a.png?sig=s3cret"}], "usage": {"input_tokens": 3, "output_tokens": 5}}
    model = images_model(canned(body), image_hosts=[gone.url.removeprefix("http://")], retries=0)

    with pytest.raises(ModelError, match="cannot be reached") as caught:
        ask(model, EDIT)

    partial = caught.value.partial
    assert isinstance(partial, ModelOutput)
    assert partial.usage is not None
    assert partial.usage.output_tokens == 5
    assert partial.raw is not None
    assert "a.png?..." in partial.raw
    assert "s3cret" not in f"{caught.value}{partial}"


def test_with_faults_of_every_kind_at_once_every_question_is_answered_once(serve: Serve) -> None:
    faults = ["429-seconds=0.1", "500=0.1", "reset=0.1", "torn=0.1", "html=0.1", "error-body=0.1"]
    server = serve(faults=faults, retry_after=1, seed=3)
    requests = [make_sample(Task.QUESTION_ANSWERING, ordinal).request() for ordinal in range(1, 31)]

    outputs = ask_all(model_of(CHAT, server.url, concurrency=16), *requests)

    assert all(output.text for output in outputs)
    assert (server.stats.answered, server.stats.answered_twice) == (30, 0)
    assert sum(output.timing.requests for output in outputs if output.timing) == server.stats.asked
    assert server.stats.faulted > 5
