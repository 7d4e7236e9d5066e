"""The adapter `predictions` on the wire: created once, followed until it is done, cancelled when nobody waits."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.models.remote.reply import Reply
from medgen_pytest.models.wire.prediction import Prediction
from medgen_pytest.models.wire.prediction_output import read_output
from tests.models.samples import make_sample
from tests.models.wire.asking import BOTH, CHOICE, EDIT, answer_of, ask, asked_of, error_of, model_at, partial_of

if TYPE_CHECKING:
    from medgen_pytest.fake_server import FakeServer
    from tests.models.wire.conftest import Serve

BASE = "https://api.example.com/v1"


def prediction_of(**fields: object) -> Prediction:
    return Prediction(Reply(200, {}, json.dumps(fields).encode(), "host"))


def kinds_of(server: FakeServer) -> list[str]:
    return [entry.kind for entry in server.requests]


def test_a_named_model_is_asked_at_its_own_path(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEY", "the-key-of-this-test")
    server = serve(key="the-key-of-this-test")
    model = model_at(server, "predictions", api_key_env="GATEWAY_KEY", access="Authorization: Token {key}")

    output = ask(model)

    ask_entry, file_entry = server.requests
    assert (ask_entry.method, ask_entry.path) == ("POST", "/v1/models/qwen/qwen-image-edit/predictions")
    assert ask_entry.headers["prefer"] == "wait=17"  # of the 20 s that the sample has
    assert set(asked_of(server)[0]) == {"input"}
    assert file_entry.kind == "file"
    assert "authorization" not in file_entry.headers
    assert output.image is not None
    assert output.usage is not None
    assert (output.usage.images, output.finish_reason) == (1, "succeeded")


def test_a_version_is_named_in_the_body_and_the_input_is_the_users(serve: Serve) -> None:
    server = serve()
    model = model_at(
        server,
        "predictions",
        model=None,
        version="qwen/image-edit:0a1b",
        seed=11,
        input={
            "prompt": "Edit: {instruction}",
            "image_input": "{images}",
            "seed": "{seed}",
            "num_outputs": 2,
            "mask": None,
        },
    )

    output = ask(model, make_sample(Task.NOISE_RECONSTRUCTION, images=2).request())

    (entry, *_) = server.requests
    body = asked_of(server)[0]
    assert entry.path == "/v1/predictions"
    assert body["version"] == "qwen/image-edit:0a1b"
    given = body["input"]
    assert isinstance(given, dict)
    assert (given["prompt"], given["seed"], given["num_outputs"]) == (f"Edit: {EDIT.instruction}", 11, 2)
    assert len(given["image_input"]) == 2
    assert output.image is not None


@pytest.mark.parametrize("shape", ["url", "list", "data", "object"])
def test_the_output_may_have_any_shape(serve: Serve, shape: str) -> None:
    output = ask(model_at(serve(prediction_output=shape), "predictions"))

    assert output.problem is None
    assert output.image is not None


def test_an_output_with_both_is_read_as_both(serve: Serve) -> None:
    output = ask(model_at(serve(prediction_output="object"), "predictions", text="text", image="$.image"), BOTH)

    assert output.problem is None
    assert output.text
    assert output.image is not None


def test_a_text_model_answers_with_text(serve: Serve) -> None:
    output = ask(model_at(serve(), "predictions", model="qwen/qwen3-vl"), CHOICE)

    assert output.text in {"A. left", "B. right"}
    assert output.usage is not None
    assert output.usage.output_tokens == 2


def test_what_takes_longer_is_looked_at_until_it_is_done(serve: Serve) -> None:
    server = serve(polls=3)

    output = ask(model_at(server, "predictions", wait=0, price={"per_image": 0.03}))

    assert kinds_of(server) == ["ask", "poll", "poll", "poll", "poll", "file"]
    assert "prefer" not in server.requests[0].headers
    assert (server.stats.asked, server.stats.answered, server.stats.polls) == (1, 1, 4)
    assert output.usage is not None
    assert output.usage.cost == pytest.approx(0.03)  # once
    assert output.usage.output_tokens == 1290
    assert output.timing is not None
    assert output.timing.requests == 6


def test_a_wait_that_was_too_short_ends_in_looking(serve: Serve) -> None:
    server = serve(latency=1.3, polls=0)

    output = ask(model_at(server, "predictions", wait=1))

    assert output.image is not None
    assert server.stats.asked == 1
    assert server.stats.polls >= 1
    assert output.seconds is not None
    assert output.seconds >= 1.2  # the gateway worked all that time


def test_a_look_that_is_lost_makes_no_new_prediction(serve: Serve) -> None:
    server = serve(latency=1.0, polls=0)
    threading.Timer(0.3, server.pause).start()
    threading.Timer(0.7, server.resume).start()

    output = ask(model_at(server, "predictions", wait=0, poll_interval=0.1))

    assert output.image is not None
    assert (server.stats.asked, server.stats.answered_twice) == (1, 0)


def test_a_prediction_that_is_not_done_in_time_is_cancelled(serve: Serve) -> None:
    server = serve(latency=30)

    error = error_of(model_at(server, "predictions", wait=0), seconds=1.0)

    assert "not done in time" in str(error)
    assert kinds_of(server)[-1] == "cancel"
    assert server.requests[-1].status == 200
    assert partial_of(error).usage is not None


def test_a_prediction_that_nobody_waits_for_any_more_is_cancelled(serve: Serve) -> None:
    server = serve(latency=30)
    model = model_at(server, "predictions", wait=0)

    async def begin_and_leave() -> None:
        task = asyncio.create_task(model.answer(EDIT))
        await asyncio.sleep(0.4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.aclose()

    asyncio.run(begin_and_leave())

    assert kinds_of(server)[0] == "ask"
    assert kinds_of(server)[-1] == "cancel"


def test_a_refused_prediction_is_the_models_fault_also_when_it_was_followed(serve: Serve) -> None:
    server = serve(faults=["refusal=1,always"])

    output = ask(model_at(server, "predictions", wait=0))

    assert output.problem is not None
    assert "flagged as sensitive" in output.problem
    assert (output.finish_reason, server.stats.asked) == ("failed", 1)


def test_the_two_ways_to_wait_can_be_asked_side_by_side(serve: Serve) -> None:
    server = serve(latency=0.3)
    model = model_at(server, "predictions", wait=0)
    requests = [make_sample(Task.NOISE_RECONSTRUCTION, number).request() for number in range(1, 9)]

    async def ask_each() -> list[object]:
        try:
            return list(await asyncio.gather(*(answer_of(model, request) for request in requests)))
        finally:
            await model.aclose()

    started = time.perf_counter()
    outputs = asyncio.run(ask_each())

    assert all(isinstance(output, ModelOutput) and output.image is not None for output in outputs)
    assert time.perf_counter() - started < 4
    assert (server.stats.asked, server.stats.answered_twice) == (8, 0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": "ab1", "urls": {"get": f"{BASE}/predictions/ab1?x=1"}}, f"{BASE}/predictions/ab1?x=1"),
        ({"id": "ab1", "urls": {"get": "https://elsewhere.example/p/ab1"}}, f"{BASE}/predictions/ab1"),
        ({"id": "ab1", "urls": {"get": "http://api.example.com/v1/predictions/ab1"}}, f"{BASE}/predictions/ab1"),
        ({"id": "ab1", "urls": {"get": "https://api.example.com@evil.example/"}}, f"{BASE}/predictions/ab1"),
        ({"id": "ab1", "urls": {"get": "https://api.example.com:8443/p/ab1"}}, f"{BASE}/predictions/ab1"),
        ({"id": "ab1", "urls": {"get": "https://[bad"}}, f"{BASE}/predictions/ab1"),
        ({"id": "ab1", "urls": ["x"]}, f"{BASE}/predictions/ab1"),
        ({"id": "ab1"}, f"{BASE}/predictions/ab1"),
        ({"id": "../files/x"}, None),
        ({"id": ".."}, None),
        ({"id": 7}, None),
        ({}, None),
    ],
)
def test_the_key_goes_nowhere_but_to_the_endpoint(fields: dict[str, object], expected: str | None) -> None:
    assert prediction_of(**fields).address("get", base_url=BASE) == expected


@pytest.mark.parametrize(
    ("error", "withheld"),
    [
        ("The input or output was flagged as sensitive. Please try again with different inputs. (E005)", True),
        ("NSFW content detected. Try running it again, or try a different prompt.", True),
        ("Request rejected: it violates our usage policies", True),
        ("The content policy does not allow this prompt", True),
        ("CUDA out of memory", False),
        ("Prediction interrupted; please retry (code: PA)", False),
        ("safety checker weights cannot be loaded", False),
        (None, False),
        ({"code": 5}, False),
    ],
)
def test_a_failure_is_a_refusal_only_where_the_gateway_says_so(error: object, *, withheld: bool) -> None:
    assert prediction_of(status="failed", error=error).is_withheld is withheld


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "starting"}, "made"),
        ({"status": "PROCESSING"}, "made"),
        ({"status": "succeeded", "output": None}, "succeeded"),
        ({"output": ["x"]}, "succeeded"),
        ({"status": "aborted"}, "canceled"),
        ({"status": "sleeping"}, "unknown"),
        ({"status": 500}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_every_word_for_a_state_is_understood_or_unknown(fields: dict[str, object], state: str) -> None:
    assert prediction_of(**fields).state == state


@pytest.mark.parametrize(
    ("output", "text", "image"),
    [
        ("A. left", "A. left", None),
        (["A", ". ", "left"], "A. left", None),
        ({"answer": "left", "image": "https://h/x.png"}, "left", "https://h/x.png"),
        ({"text": "left", "images": ["https://h/1.png", "https://h/2.png"]}, "left", "https://h/2.png"),
        (["It is left. ", "https://h/1.png", {"url": "https://h/2.png"}], "It is left. ", "https://h/2.png"),
        ("https://h/1.png", None, "https://h/1.png"),
        ([], None, None),
        (None, None, None),
        (5, None, None),
    ],
)
def test_outputs_of_all_shapes_are_read(output: object, text: str | None, image: str | None) -> None:
    assert read_output(output, BOTH, text=None, image=None) == (text, image)


def test_where_an_image_alone_is_due_a_text_is_looked_at_as_one() -> None:
    assert read_output("iVBORw0KGgo=", EDIT, text=None, image=None) == (None, "iVBORw0KGgo=")


def test_where_a_text_alone_is_due_an_address_is_a_text() -> None:
    request = replace(EDIT, due="text")

    assert read_output("https://h/x.txt", request, text=None, image=None) == ("https://h/x.txt", None)


def test_paths_go_before_looking() -> None:
    output = {"text": "draft", "final": {"parts": ["a", "b"], "files": ["x", "y"]}}

    assert read_output(output, BOTH, text="final.parts", image="final.files") == ("ab", "y")
    assert read_output(output, BOTH, text="nowhere", image="final.nowhere") == (None, None)


def test_a_placeholder_that_is_not_set_is_known_before_the_run(serve: Serve) -> None:
    with pytest.raises(ConfigError, match=r"'input': unknown placeholder \{seed\}"):
        model_at(serve(), "predictions", input={"prompt": "{instruction}", "seed": "{seed}"})
