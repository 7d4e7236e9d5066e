"""What a chat model sends, as the server saw it, and what it makes of the answer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.taxonomy import Task
from tests.models.contract import check_answer, check_identity, check_same
from tests.models.openai_endpoint.asking import ask, ask_all, chat_model
from tests.models.samples import every_task, make_sample

if TYPE_CHECKING:
    from medgen_pytest.fake_server import FakeServer
    from tests.models.openai_endpoint.conftest import Serve

ROOT = Path(__file__).resolve().parents[3]
QUESTION = make_sample(Task.QUESTION_ANSWERING, images=2).request()
EDIT = make_sample(Task.INSTRUCTION_EDITING).request()


def sent(server: FakeServer) -> dict[str, Any]:
    """The body of the last request."""
    content = server.requests[-1].content
    assert isinstance(content, dict)
    return content


def test_all_input_images_go_in_order_before_the_text(serve: Serve) -> None:
    server = serve()

    output = ask(chat_model(f"{server.url}/v1"), QUESTION)

    entry = server.requests[-1]
    parts = sent(server)["messages"][0]["content"]
    assert (entry.method, entry.path, entry.status) == ("POST", "/v1/chat/completions", 200)
    assert entry.headers["content-type"] == "application/json"
    assert set(sent(server)) == {"model", "messages"}
    assert [part["type"] for part in parts] == ["image_url", "image_url", "text"]
    assert all(part["image_url"]["url"].startswith("data:image/png;base64,<PNG 48x40,") for part in parts[:2])
    assert parts[0] != parts[1]
    assert parts[2]["text"] == QUESTION.instruction
    assert output.text is not None
    assert "with 2 image(s) (48x40, 48x40)" in output.text


def test_every_setting_stands_in_the_body_by_its_name(serve: Serve) -> None:
    server = serve()
    model = chat_model(
        f"{server.url}/v1",
        system_prompt="You read images.",
        temperature=0,
        top_p=0.9,
        seed=7,
        stop="END",
        max_tokens=99,
        max_tokens_key="max_completion_tokens",
        detail="high",
        images="after",
        image_format="jpeg",
        max_side=24,
        extra_body={"top_k": 1, "top_p": None, "chat_template_kwargs": {"enable_thinking": False}},
    )

    ask(model, QUESTION)

    body = sent(server)
    system, user = body.pop("messages")
    assert body == {
        "model": "qwen3-vl",
        "temperature": 0,
        "seed": 7,
        "stop": ["END"],
        "max_completion_tokens": 99,
        "top_k": 1,
        "chat_template_kwargs": {"enable_thinking": False},
    }
    assert system == {"role": "system", "content": "You read images."}
    assert [part["type"] for part in user["content"]] == ["text", "image_url", "image_url"]
    assert user["content"][1]["image_url"]["detail"] == "high"
    assert user["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,<JPEG 24x20,")


def test_a_request_without_images_is_a_plain_text(serve: Serve) -> None:
    server = serve()

    ask(chat_model(f"{server.url}/v1"), replace(QUESTION, inputs=()))

    assert sent(server)["messages"] == [{"role": "user", "content": QUESTION.instruction}]


@pytest.mark.parametrize(
    ("mode", "response_format", "said"),
    [("response_format", {"type": "json_object"}, ""), ("prompt", None, "one JSON object"), ("off", None, "")],
)
def test_json_is_asked_for_as_the_settings_say(serve: Serve, mode: str, response_format: object, said: str) -> None:
    server = serve()

    ask(chat_model(f"{server.url}/v1", json_mode=mode), replace(EDIT, due="text", wants_json=True))

    text = sent(server)["messages"][0]["content"][-1]["text"]
    assert sent(server).get("response_format") == response_format
    assert said in text.removeprefix(EDIT.instruction)
    assert "modalities" not in sent(server)


def test_json_mode_is_used_only_where_json_is_due(serve: Serve) -> None:
    server = serve()

    ask(chat_model(f"{server.url}/v1"), QUESTION)

    assert "response_format" not in sent(server)


@pytest.mark.parametrize("place", ["images", "parts", "markdown"])
@pytest.mark.parametrize("links", ["data", "url"])
def test_images_come_out_wherever_the_server_puts_them(serve: Serve, place: str, links: str) -> None:
    server = serve(chat_images=place, image_links=links)

    output = ask(chat_model(f"{server.url}/v1", images_out=True), EDIT)

    assert sent(server)["modalities"] == ["text", "image"] if links == "data" else server.stats.files == 1
    assert output.problem is None
    assert output.image is not None
    assert output.image.shape == (40, 48, 3)
    assert output.text is not None
    assert "![" not in output.text
    assert output.usage is not None
    assert output.usage.images == 1


def test_no_image_is_asked_for_where_none_is_due(serve: Serve) -> None:
    server = serve()

    output = ask(chat_model(f"{server.url}/v1", images_out=True), QUESTION)

    assert "modalities" not in sent(server)
    assert output.image is None


def test_usage_price_and_time_are_counted(serve: Serve) -> None:
    server = serve(latency=0.05)
    price = {"input_per_million": 2, "output_per_million": 10, "per_request": 0.001}

    output = ask(chat_model(f"{server.url}/v1", price=price), QUESTION)

    assert output.usage is not None
    assert output.usage.input_tokens == 520
    assert output.usage.output_tokens
    assert output.usage.cost == pytest.approx(520 * 2e-6 + output.usage.output_tokens * 1e-5 + 0.001)
    assert output.timing is not None
    assert output.timing.requests == 1
    assert output.seconds == pytest.approx(output.timing.first_try, abs=1e-5)
    assert output.timing.first_try >= 0.05
    assert output.finish_reason == "stop"


def test_the_raw_reply_is_kept_without_pixels(serve: Serve) -> None:
    server = serve()

    output = ask(chat_model(f"{server.url}/v1", images_out=True), EDIT)

    assert output.raw is not None
    assert '"finish_reason": "stop"' in output.raw
    assert '"url": "<PNG, ' in output.raw
    assert "base64" not in output.raw


def test_many_requests_are_on_their_way_at_once_and_none_is_asked_twice(serve: Serve) -> None:
    server = serve(latency=0.1)
    requests = [make_sample(Task.QUESTION_ANSWERING, ordinal).request() for ordinal in range(1, 13)]

    outputs = ask_all(chat_model(f"{server.url}/v1", concurrency=8), *requests)

    assert all(output.text for output in outputs)
    assert server.stats.answered == 12
    assert server.stats.answered_twice == 0
    assert 2 <= server.stats.max_in_flight <= 8


def test_every_task_is_answered_as_its_format_wants_and_the_same_again(serve: Serve) -> None:
    server = serve()
    requests = [sample.request() for sample in every_task()]

    first = ask_all(chat_model(f"{server.url}/v1", images_out=True), *requests)
    second = ask_all(chat_model(f"{server.url}/v1", images_out=True), *requests)

    for request, once, again in zip(requests, first, second, strict=True):
        check_answer(once, request)
        check_same(once, again)
    check_identity(chat_model(f"{server.url}/v1"))


def test_what_an_answer_takes_is_estimated_rather_too_high(serve: Serve) -> None:
    server = serve()
    model = chat_model(
        f"{server.url}/v1", max_tokens=300, price={"input_per_million": 1, "output_per_million": 1}, images_out=True
    )

    estimate = model.estimate(EDIT)
    output = ask(model, replace(EDIT, due="text"))

    assert (estimate.requests, estimate.images_sent, estimate.images_made) == (1, 1, 1)
    assert estimate.output_tokens == 300
    assert estimate.cost is not None
    assert output.usage is not None
    assert isinstance(output.usage, Usage)
    assert output.usage.cost is not None
    assert output.usage.cost < estimate.cost


def test_models_may_be_asked_for_the_first_time_in_several_threads_at_once(serve: Serve) -> None:
    server = serve()
    code = f"""
import threading
from tests.models.openai_endpoint.asking import ask, chat_model, images_model
from tests.models.openai_endpoint.test_chat_on_the_wire import EDIT

def first(make, **settings):
    print(ask(make("{server.url}/v1", **settings), EDIT).image is not None)

threads = [threading.Thread(target=first, args=(images_model,)) for _ in range(2)]
threads += [threading.Thread(target=first, args=(chat_model,), kwargs=dict(images_out=True)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert (done.stdout.count("True"), done.stderr) == (4, "")


def test_pixels_are_those_of_the_input(serve: Serve) -> None:
    server = serve(image_answer="echo")

    output = ask(chat_model(f"{server.url}/v1", images_out=True), EDIT)

    np.testing.assert_array_equal(output.image, EDIT.inputs[0].array())
