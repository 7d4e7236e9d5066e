"""The adapter `gemini` on the wire, and replies that the fake server does not give."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.models.remote.reply import Reply
from medgen_pytest.models.wire.gemini_reply import read_reply, read_usage
from tests.models.samples import make_sample
from tests.models.wire.asking import BOTH, CHOICE, EDIT, ask, asked_of, model_at

if TYPE_CHECKING:
    from typing import Any

    from tests.models.wire.conftest import Serve


def reply_of(*parts: dict[str, object], **more: object) -> Reply:
    candidate = {"content": {"role": "model", "parts": list(parts)}, **more}
    return Reply(200, {}, json.dumps({"candidates": [candidate]}).encode(), "host")


def test_the_request_is_that_of_the_documentation(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_KEY", "the-key-of-this-test")
    server = serve(key="the-key-of-this-test")
    model = model_at(
        server,
        "gemini",
        api_key_env="GEMINI_KEY",
        system="You are a radiologist.",
        temperature=0.2,
        top_p=0.9,
        top_k=40,
        seed=7,
        max_output_tokens=2000,
        thinking_budget=0,
        include_thoughts=True,
        aspect_ratio="1:1",
        image_size="2K",
        safety_settings={"dangerous_content": "BLOCK_NONE"},
        extra_body={"labels": {"run": "x"}, "generationConfig": {"stopSequences": ["END"]}},
    )

    output = ask(model, make_sample(Task.NOISE_RECONSTRUCTION, images=2).request())

    (entry,) = server.requests
    assert (entry.method, entry.path) == ("POST", "/v1beta/models/gemini-2.5-flash-image:generateContent")
    assert entry.headers["x-goog-api-key"] == "***"
    assert "authorization" not in entry.headers
    body: Any = entry.content
    first, second, text = body["contents"][0]["parts"]
    assert first["inlineData"]["mimeType"] == second["inlineData"]["mimeType"] == "image/png"
    assert "PNG 48x40" in str(first)
    assert text == {"text": EDIT.instruction}
    assert body["contents"][0]["role"] == "user"
    assert body["systemInstruction"] == {"parts": [{"text": "You are a radiologist."}]}
    assert body["safetySettings"] == [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "threshold": "BLOCK_NONE"}]
    assert body["labels"] == {"run": "x"}
    assert body["generationConfig"] == {
        "candidateCount": 1,
        "temperature": 0.2,
        "topP": 0.9,
        "topK": 40,
        "seed": 7,
        "maxOutputTokens": 2000,
        "thinkingConfig": {"thinkingBudget": 0, "includeThoughts": True},
        "responseModalities": ["TEXT", "IMAGE"],
        "imageConfig": {"aspectRatio": "1:1", "imageSize": "2K"},
        "stopSequences": ["END"],
    }
    assert output.problem is None
    assert output.usage is not None
    assert output.usage.images == 1


def test_a_model_of_a_region_is_reached_with_a_bearer_token(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_TOKEN", "the-token-of-this-test")
    server = serve(key="the-token-of-this-test")
    place = "/v1/projects/p/locations/us-central1/publishers/google"
    model = model_at(
        server,
        "gemini",
        base_url=server.url + place,
        api_key_env="CLOUD_TOKEN",
        access="Authorization: Bearer {key}",
    )

    output = ask(model, BOTH)

    (entry,) = server.requests
    assert entry.path == f"{place}/models/gemini-2.5-flash-image:generateContent"
    assert output.text
    assert output.image is not None


def test_a_model_of_texts_is_asked_for_no_image_and_answers_questions_alone(serve: Serve) -> None:
    server = serve()
    model = model_at(server, "gemini", model="gemini-2.5-flash", images_out=False)

    output = ask(model, CHOICE)

    (body,) = asked_of(server)
    assert model.formats == {Format.VQA}
    assert body["generationConfig"] == {"candidateCount": 1}
    assert output.text in {"A. left", "B. right"}


def test_a_unified_model_is_asked_for_a_text_where_no_image_is_due(serve: Serve) -> None:
    server = serve()

    output = ask(model_at(server, "gemini"), CHOICE)

    (body,) = asked_of(server)
    assert body["generationConfig"] == {"candidateCount": 1, "responseModalities": ["TEXT"]}
    assert output.image is None


@pytest.mark.parametrize(
    ("changes", "enforced"),
    [
        ({"model": "gemini-2.5-flash", "images_out": False}, True),
        ({"model": "gemini-2.5-flash", "images_out": False, "json_mode": False}, False),
        ({}, False),
        ({"json_mode": True}, True),
    ],
)
def test_json_is_enforced_where_the_model_can(serve: Serve, changes: dict[str, object], *, enforced: bool) -> None:
    server = serve()
    request = replace(EDIT, due="text", wants_json=True)

    output = ask(model_at(server, "gemini", **changes), request)

    (body,) = asked_of(server)
    config = body["generationConfig"]
    assert isinstance(config, dict)
    assert ("responseMimeType" in config) is enforced
    assert output.image is None
    assert not enforced or "image_prompt" in json.loads(output.text or "")


def test_images_are_not_asked_of_a_model_that_makes_none(serve: Serve) -> None:
    with pytest.raises(ConfigError, match="it cannot answer image_editing"):
        model_at(serve(), "gemini", images_out=False, formats=["vqa", "image_editing"])


def test_parts_come_in_their_order_and_thoughts_apart() -> None:
    content = read_reply(
        reply_of(
            {"text": "I look at the lung.", "thought": True},
            {"inlineData": {"mimeType": "image/png", "data": "DRAFT"}, "thought": True},
            {"text": "Before: "},
            {"text": "noisy."},
            {"inlineData": {"mimeType": "image/png", "data": "FIRST"}},
            {"text": "After: clean."},
            {"inline_data": {"mime_type": "image/png", "data": "LAST"}},
            finishReason="STOP",
        )
    )

    assert content.text == "Before: noisy.\nAfter: clean."
    assert content.image == "LAST"
    assert content.reasoning == "I look at the lung."


def test_a_model_that_draws_nothing_is_quoted() -> None:
    content = read_reply(reply_of({"text": "I can only describe it."}, finishReason="NO_IMAGE"))

    assert content.problem is None
    assert content.finish_reason == "NO_IMAGE"
    assert content.hint is not None
    assert "I can only describe it." in content.hint


@pytest.mark.parametrize("reason", ["SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "RECITATION"])
def test_a_finish_for_safety_is_a_refusal(reason: str) -> None:
    content = read_reply(reply_of(finishReason=reason, finishMessage="it may be unsafe"))

    assert content.problem == f"the model refused to answer ({reason}): 'it may be unsafe'"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"promptTokenCount": 5, "candidatesTokenCount": 7, "thoughtsTokenCount": 11}, (5, 18)),
        ({"promptTokenCount": 5, "thoughtsTokenCount": 11}, (5, 11)),
        ({"promptTokenCount": 5}, (5, 0)),
        ({}, (None, None)),
        (None, (None, None)),
        ({"promptTokenCount": "many"}, (None, 0)),
    ],
)
def test_thoughts_are_paid_as_answer(counts: object, expected: tuple[int | None, int | None]) -> None:
    usage = read_usage(Reply(200, {}, json.dumps({"usageMetadata": counts}).encode(), "host"))

    assert (usage.input_tokens, usage.output_tokens) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"candidates": "x"},
        {"candidates": [1]},
        {"candidates": [{"content": 5}]},
        {"candidates": [{"content": {"parts": [None, 3, {"text": 4}]}}]},
        [],
        5,
    ],
)
def test_replies_of_any_shape_are_read_to_nothing(body: object) -> None:
    content = read_reply(Reply(200, {}, json.dumps(body).encode(), "host"))

    assert (content.text, content.image) == (None, None)


def test_the_probe_asks_about_the_model_and_spends_nothing(serve: Serve) -> None:
    server = serve(models=["gemini-2.5-flash-image"])

    async def probe(**changes: object) -> str | None:
        model = model_at(server, "gemini", **changes)
        try:
            return await model.probe()
        finally:
            await model.aclose()

    assert asyncio.run(probe()) is None
    assert "gemini-9" in (asyncio.run(probe(model="gemini-9")) or "")
    assert "cannot be reached" in (asyncio.run(probe(base_url="http://127.0.0.1:9/v1beta")) or "")
    assert server.stats.asked == 0
