"""OpenAI chat completions on the wire: with httpx, and with the `openai` client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import openai
import pytest

from tests.fake_server.asking import QUESTION, chat, data_url, pixels_of, png

if TYPE_CHECKING:
    from tests.fake_server.conftest import Serve

PATH = "/v1/chat/completions"


def test_a_question_with_options_is_answered_with_one_of_them(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(PATH, json=chat(QUESTION, png()))

    choice = reply.json()["choices"][0]
    assert choice["message"]["content"] in {"A. left", "B. right", "C. both"}
    assert choice["finish_reason"] == "stop"
    assert reply.json()["usage"] == {"prompt_tokens": 273, "completion_tokens": 2, "total_tokens": 275}


def test_other_questions_are_answered_with_what_was_asked_and_seen(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(PATH, json=chat("Describe the chest.", png(40, 30), png(20, 10)))

    text = reply.json()["choices"][0]["message"]["content"]
    assert 'Asked "Describe the chest." with 2 image(s) (40x30, 20x10).' in text


def test_the_openai_client_reads_its_completions(serve: Serve) -> None:
    server, _ = serve(key="the-key-of-this-test")

    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="the-key-of-this-test", max_retries=0) as client:
        parts = chat(QUESTION, png())["messages"]
        done = client.chat.completions.create(model="qwen3-vl", messages=parts, seed=3, temperature=0)  # type: ignore[call-overload]  # plain dicts
        names = [model.id for model in client.models.list()]

    assert done.choices[0].message.content in {"A. left", "B. right", "C. both"}
    assert done.model == "qwen3-vl"
    assert names == ["fake-model"]


def test_the_openai_client_raises_its_own_errors(serve: Serve) -> None:
    server, _ = serve(key="the-key-of-this-test", models=["gpt-4o"])

    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="another", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as wrong:
            client.models.list()
        known = client.with_options(api_key="the-key-of-this-test")
        with pytest.raises(openai.NotFoundError) as missing:
            known.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "?"}])

    assert wrong.value.code == "invalid_api_key"
    assert missing.value.code == "model_not_found"


def test_json_is_given_where_it_is_asked_for(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(PATH, json=chat("Describe it.", response_format={"type": "json_object"}))

    assert set(json.loads(reply.json()["choices"][0]["message"]["content"])) == {"text", "image_prompt"}


def test_json_fits_the_schema_that_is_given(serve: Serve) -> None:
    _, client = serve()
    schema = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "score": {"type": "integer", "minimum": 1, "maximum": 10},
            "side": {"enum": ["left", "right"]},
            "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}, "minItems": 2},
        },
        "required": ["text", "score", "side", "findings"],
        "$defs": {"finding": {"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]}},
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": schema}}

    reply = client.post(PATH, json=chat("Judge it.", response_format=form))

    jsonschema.validate(json.loads(reply.json()["choices"][0]["message"]["content"]), schema)


def test_a_limit_of_tokens_cuts_the_text(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(PATH, json=chat("Describe it.", max_tokens=3))

    choice = reply.json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert len(choice["message"]["content"].split()) == 3


@pytest.mark.parametrize("link", ["data", "url"])
@pytest.mark.parametrize("place", ["images", "parts", "markdown"])
def test_images_stand_in_the_message_where_the_dialect_puts_them(serve: Serve, place: str, link: str) -> None:
    _, client = serve(chat_images=place, image_links=link)

    reply = client.post(PATH, json=chat("Remove the noise.", png(), modalities=["text", "image"]))

    message = reply.json()["choices"][0]["message"]
    if place == "images":
        url = message["images"][0]["image_url"]["url"]
    elif place == "parts":
        url = message["content"][1]["image_url"]["url"]
    else:
        url = message["content"].rpartition("](")[2].removesuffix(")")
    data = client.get(url).content if link == "url" else b""
    assert (pixels_of(data_url(data)) if data else pixels_of(url)).shape == (32, 48, 3)


def test_models_whose_names_say_so_answer_with_images_unasked(serve: Serve) -> None:
    _, client = serve(image_models=["my-*"])

    drawn = client.post(PATH, json=chat("Draw.", model="my-editor")).json()["choices"][0]["message"]
    told = client.post(PATH, json=chat("Draw.", model="gemini-2.5-flash-image")).json()["choices"][0]["message"]

    assert len(drawn["images"]) == 1
    assert "images" not in told


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"messages": [{"role": "doctor", "content": "?"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "messages[0].content[0]"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"response_format": {"type": "yaml"}}, "response_format.type"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            "response_format.json_schema.schema",
        ),
        ({"modalities": ["smell"]}, "modalities"),
        ({"stream": True}, "stream"),
    ],
)
def test_a_wrong_body_is_refused_with_the_name_of_what_is_wrong(
    serve: Serve, change: dict[str, object], param: str
) -> None:
    _, client = serve()

    reply = client.post(PATH, json={**chat(), **change})

    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://example.com/x.png", "invalid_image_url"),
        ("data:image/png;base64,@@", "invalid_base64_image"),
        ("data:image/png;base64,aGVsbG8=", "invalid_image_format"),
        (data_url(png(), "jpeg"), "invalid_image_format"),
    ],
)
def test_an_image_that_is_none_is_refused(serve: Serve, url: str, code: str) -> None:
    _, client = serve()
    content = [{"type": "image_url", "image_url": {"url": url}}]

    reply = client.post(PATH, json={"model": "m", "messages": [{"role": "user", "content": content}]})

    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (400, code)
    assert error["param"] == "messages[0].content[0].image_url.url"


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("POST", "/v1/chat/completion", 404, "Invalid URL (POST /v1/chat/completion)"),
        ("GET", PATH, 405, "Not allowed to GET"),
        ("PUT", PATH, 405, "Not allowed to PUT"),
        ("POST", PATH, 400, "Unsupported content type"),
    ],
)
def test_wrong_paths_methods_and_types_have_the_providers_errors(
    serve: Serve, method: str, path: str, status: int, words: str
) -> None:
    _, client = serve()

    reply = client.request(method, path, content=b"x", headers={"content-type": "text/plain"})

    assert reply.status_code == status
    assert words in reply.json()["error"]["message"]
    assert reply.headers.get("allow") == ("POST" if status == 405 else None)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(serve: Serve, body: bytes) -> None:
    _, client = serve()

    reply = client.post(PATH, content=body, headers={"content-type": "application/json"})

    assert reply.status_code == 400
    assert "JSON body" in reply.json()["error"]["message"]
