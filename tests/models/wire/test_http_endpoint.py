"""The adapter `http`: any JSON endpoint by a template and by paths."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.reply import Reply
from medgen_pytest.models.wire.http_reply import HttpReplies
from medgen_pytest.models.wire.http_settings import ReplyPaths
from tests.models.samples import make_sample
from tests.models.wire.asking import BOTH, CHOICE, EDIT, REPORT, ask, asked_of, model_at

if TYPE_CHECKING:
    from tests.models.wire.conftest import Serve


def reply_of(value: object, *, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(value).encode(), "host")


def test_the_request_is_the_filled_template(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", "the-key-of-this-test")
    server = serve(key="the-key-of-this-test")
    model = model_at(
        server,
        "http",
        api_key_env="LAB_KEY",
        headers={"X-Lab": "7"},
        model="research-1",
        images_as="data_url",
        body={
            "model": "{model}",
            "prompt": "[{modality}/{task}] {instruction}\n{choices} {{as is}}",
            "images": "{images}",
            "wants": "{wants}",
            "json": "{wants_json}",
        },
    )

    output = ask(model, replace(make_sample(Task.MULTIPLE_CHOICE, images=2).request(), choices=("A. left", "B. right")))

    (entry,) = server.requests
    (body,) = asked_of(server)
    assert (entry.method, entry.path) == ("POST", "/v1/answer")
    assert entry.headers["x-lab"] == "7"
    assert body["prompt"] == f"[CT/multiple-choice] {CHOICE.instruction}\nA. left\nB. right {{as is}}"
    assert (body["model"], body["wants"], body["json"]) == ("research-1", ["text"], False)
    assert isinstance(body["images"], list)
    assert len(body["images"]) == 2
    assert output.text in {"A. left", "B. right"}
    assert output.usage is not None
    assert output.usage.input_tokens


def test_a_schema_has_a_placeholder(serve: Serve) -> None:
    server = serve()
    template = {"prompt": "{instruction} {json_schema}"}
    schema = {"type": "object", "properties": MappingProxyType({"a": {"enum": ("x", "y")}})}

    for request in (replace(REPORT, wants_json=True, json_schema=schema), REPORT):
        ask(model_at(server, "http", body=template), request)

    first, second = [str(body["prompt"]).removeprefix(f"{REPORT.instruction} ") for body in asked_of(server)]
    assert json.loads(first) == {"type": "object", "properties": {"a": {"enum": ["x", "y"]}}}
    assert second == ""


def test_a_member_that_is_a_schema_is_left_out_where_there_is_none(serve: Serve) -> None:
    server = serve()
    model = {"input": {"prompt": "{instruction}", "guide": {"json": "{json_schema}"}}}

    for request in (replace(REPORT, wants_json=True, json_schema={"type": "object"}), REPORT):
        ask(model_at(server, "predictions", **model), request)

    bodies: list[Any] = asked_of(server)
    assert [body["input"]["guide"] for body in bodies] == [{"json": {"type": "object"}}, {}]


def test_a_key_goes_into_the_header_that_the_settings_say(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", "the-key-of-this-test")
    server = serve()

    ask(model_at(server, "http", api_key_env="LAB_KEY", access="X-Lab-Key: {key}"))

    assert server.requests[0].headers["x-lab-key"] == "***"
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("reply", "formats"),
    [
        ({"text": "t"}, {Format.VQA}),
        ({"image": "i"}, {Format.IMAGE_EDITING}),
        ({"text": "t", "image": "i"}, set(Format)),
    ],
)
def test_the_formats_are_those_whose_parts_have_a_path(
    serve: Serve, reply: dict[str, str], formats: set[Format]
) -> None:
    assert model_at(serve(), "http", reply=reply).formats == formats


def test_without_a_place_for_images_none_are_sent(serve: Serve) -> None:
    server = serve()
    model = model_at(server, "http", body={"prompt": "{instruction}"}, reply={"text": "text"})

    output = ask(model, CHOICE)

    assert not model.takes_images
    assert asked_of(server) == [{"prompt": CHOICE.instruction}]
    assert output.text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"body": {"prompt": "{instruktion}"}}, r"'body': unknown placeholder {instruktion}"),
        ({"body": {"prompt": "{model}"}}, r"'body': unknown placeholder {model}"),
        ({"body": {"prompt": "{"}}, "'body': a brace stands alone"),
        ({"body": {}}, "'body':"),
        ({"reply": {}}, "'reply': a path of the text or of the image is needed"),
        ({"reply": {"text": "a..b"}}, "'reply.text': 'a..b' is no path"),
        ({"reply": {"txt": "a"}}, "unknown key 'reply.txt'"),
        ({"formats": ["image_editing"], "reply": {"text": "text"}}, "it cannot answer image_editing"),
        ({"access": "X-Key"}, "'access'"),
        ({"access": "X-Key: {key}\r\nX-Other: 1"}, "'access'"),
        ({"path": "answer"}, "'path'"),
        ({"probe_url": "http://elsewhere.example/health"}, "'probe_url': it must be at"),
        ({"probe_url": "health"}, "'probe_url'"),
    ],
)
def test_what_is_wrong_is_known_before_the_run(serve: Serve, changes: dict[str, object], message: str) -> None:
    server = serve()

    with pytest.raises(ConfigError) as caught:
        model_at(server, "http", **changes)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_reply_that_lacks_what_is_due_says_what_it_has(serve: Serve) -> None:
    output = ask(model_at(serve(), "http", reply={"text": "response.text", "image": "response.image"}), BOTH)

    assert output.problem == (
        "no text where one is due; no image where one is due"
        " (looked for at text: response.text, image: response.image; the reply has the keys finish, image, text, usage)"
    )
    assert output.usage is not None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"a": "left"}, "left"),
        ({"a": 42}, "42"),
        ({"a": True}, "true"),
        ({"a": {"answer": "x"}}, '{"answer": "x"}'),
        ({"a": ""}, ""),
        ({"a": None}, None),
        ({}, None),
    ],
)
def test_what_is_no_text_is_written_as_json(body: object, text: str | None) -> None:
    assert HttpReplies(ReplyPaths(text="a")).read(reply_of(body), CHOICE).text == text


@pytest.mark.parametrize(
    ("value", "image"),
    [
        ("aGk=", "aGk="),
        (["one", "two"], "two"),
        ([{"b64_json": "x"}], "x"),
        ({"image": {"url": "https://h/x.png"}}, "https://h/x.png"),
        ([], None),
        (5, None),
        (None, None),
    ],
)
def test_an_image_may_be_written_in_any_way(value: object, image: str | None) -> None:
    assert HttpReplies(ReplyPaths(image="a")).read(reply_of({"a": value}), EDIT).image == image


def test_a_list_at_the_top_is_a_reply_too() -> None:
    replies = HttpReplies(ReplyPaths(text="[0].generated_text"))
    reply = reply_of([{"generated_text": "left"}])

    replies.check(reply)

    assert replies.read(reply, CHOICE).text == "left"


def test_thoughts_finish_and_refusal_have_paths_of_their_own() -> None:
    replies = HttpReplies(ReplyPaths(text="t", reasoning="r", finish_reason="f", problem="p", input_usage="i"))

    content = replies.read(reply_of({"t": "x", "r": "because", "f": "stop", "p": "not shown", "i": True}), CHOICE)
    fine = replies.read(reply_of({"t": "x", "p": None}), CHOICE)

    assert (content.reasoning, content.finish_reason) == ("because", "stop")
    assert content.problem == "the model refused to answer: 'not shown'"
    assert fine.problem is None
    assert replies.usage(reply_of({"i": True})).input_tokens is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"e": "out of memory"}, "server"),
        ({"e": {"code": 3}}, "server"),
        ({"error": "rate limited"}, "server"),
        ({"detail": "not found"}, "server"),
        ("text", "reply"),
        (5, "reply"),
    ],
)
def test_an_error_within_a_success_is_an_error(body: object, kind: str) -> None:
    with pytest.raises(EndpointError) as caught:
        HttpReplies(ReplyPaths(text="t", error="e")).check(reply_of(body))

    assert caught.value.kind == kind


@pytest.mark.parametrize("body", [{"t": "x"}, {"t": "x", "e": None}, {"t": "x", "e": ""}, {"t": "x", "error": "y"}, {}])
def test_an_answer_is_no_error(body: object) -> None:
    HttpReplies(ReplyPaths(text="t", error="e")).check(reply_of(body))


def test_without_an_address_to_look_at_the_probe_only_connects(serve: Serve) -> None:
    server = serve()

    async def probe(**changes: str) -> str | None:
        model = model_at(server, "http", **changes)
        try:
            return await model.probe()
        finally:
            await model.aclose()

    assert asyncio.run(probe()) is None
    assert "127.0.0.1:9 cannot be reached" in (asyncio.run(probe(base_url="http://127.0.0.1:9/v1")) or "")
    assert server.stats.asked == 0


def test_the_probe_looks_where_the_settings_say(serve: Serve) -> None:
    server = serve()

    async def probe(url: str | None) -> str | None:
        model = model_at(server, "http", probe_url=url)
        try:
            return await model.probe()
        finally:
            await model.aclose()

    assert asyncio.run(probe(None)) is None
    assert asyncio.run(probe(f"{server.url}/v1/models")) is None
    assert "HTTP 404" in (asyncio.run(probe(f"{server.url}/nowhere")) or "")
    assert server.stats.asked == 0
