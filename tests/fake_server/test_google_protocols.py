"""Gemini and Imagen on the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fake_server.asking import QUESTION, generate, in_base64, pixels_of, png

if TYPE_CHECKING:
    from tests.fake_server.conftest import Serve

TEXT = "/v1beta/models/gemini-2.5-flash:generateContent"
IMAGE = "/v1beta/models/gemini-2.5-flash-image:generateContent"
IMAGEN = "/v1beta/models/imagen-4.0-fast-generate-001:predict"


def test_gemini_answers_with_a_candidate(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(TEXT, json=generate(QUESTION, png())).json()

    candidate = reply["candidates"][0]
    assert candidate["content"]["parts"][0]["text"] in {"A. left", "B. right", "C. both"}
    assert (candidate["finishReason"], candidate["content"]["role"]) == ("STOP", "model")
    assert reply["usageMetadata"]["totalTokenCount"] == 275
    assert reply["modelVersion"] == "gemini-2.5-flash"


def test_the_image_model_answers_with_text_and_image(serve: Serve) -> None:
    _, client = serve()

    parts = client.post(IMAGE, json=generate("Remove the noise.", png())).json()["candidates"][0]["content"]["parts"]

    assert "Remove the noise." in parts[0]["text"]
    assert parts[1]["inlineData"]["mimeType"] == "image/png"
    assert pixels_of(parts[1]["inlineData"]["data"]).shape == (32, 48, 3)


def test_modalities_choose_what_the_image_model_answers(serve: Serve) -> None:
    _, client = serve()

    only = client.post(IMAGE, json=generate("x", png(), generationConfig={"responseModalities": ["IMAGE"]})).json()
    wrong = client.post(TEXT, json=generate("x", generationConfig={"responseModalities": ["IMAGE"]}))

    assert [list(part) for part in only["candidates"][0]["content"]["parts"]] == [["inlineData"]]
    assert wrong.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_json_fits_the_response_schema(serve: Serve) -> None:
    _, client = serve()
    schema = {"type": "OBJECT", "properties": {"score": {"type": "INTEGER", "minimum": 1, "maximum": 5}}}
    config = {"responseMimeType": "application/json", "responseSchema": schema}

    reply = client.post(TEXT, json=generate("Judge.", generationConfig=config)).json()

    value = json.loads(reply["candidates"][0]["content"]["parts"][0]["text"])
    assert 1 <= value["score"] <= 5


@pytest.mark.parametrize("where", ["header", "query"])
def test_the_key_comes_in_a_header_or_in_the_query(serve: Serve, where: str) -> None:
    server, client = serve(key="the-key-of-this-test")
    headers = {"x-goog-api-key": "the-key-of-this-test"} if where == "header" else {}
    query = {"key": "the-key-of-this-test"} if where == "query" else {}

    reply = client.post(TEXT, json=generate(), headers=headers, params=query)

    assert reply.status_code == 200
    assert "the-key-of-this-test" not in repr(server.requests)


def test_a_missing_and_a_wrong_key_have_their_own_errors(serve: Serve) -> None:
    _, client = serve(key="the-key-of-this-test")

    missing = client.post(TEXT, json=generate())
    wrong = client.post(TEXT, json=generate(), headers={"x-goog-api-key": "no"})

    assert (missing.status_code, missing.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert wrong.status_code == 400
    assert wrong.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contents": []},
        {"contents": [{"role": "doctor", "parts": [{"text": "x"}]}]},
        {"contents": [{"parts": []}]},
        {"contents": [{"parts": [{"image": "x"}]}]},
        {"contents": [{"parts": [{"inlineData": {"mimeType": "image/jpeg", "data": in_base64(png())}}]}]},
        {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "@"}}]}]},
        {**generate(), "messages": []},
        {**generate(), "generationConfig": {"temperature": 9}},
        {**generate(), "generationConfig": []},
    ],
)
def test_a_wrong_body_is_an_invalid_argument(serve: Serve, body: dict[str, object]) -> None:
    _, client = serve()

    reply = client.post(TEXT, json=body)

    assert reply.status_code == 400
    assert (reply.json()["error"]["code"], reply.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_imagen_draws_by_prompt_alone(serve: Serve) -> None:
    _, client = serve(max_side=70)
    body = {"instances": [{"prompt": "a chest"}], "parameters": {"sampleCount": 2, "aspectRatio": "4:3"}}

    predictions = client.post(IMAGEN, json=body).json()["predictions"]

    assert [entry["mimeType"] for entry in predictions] == ["image/png"] * 2
    assert pixels_of(predictions[0]["bytesBase64Encoded"]).shape == (49, 70, 3)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"instances": [{"prompt": "x"}, {"prompt": "y"}]},
        {"instances": [{"prompt": "x", "image": {"bytesBase64Encoded": "x"}}]},
        {"instances": [{}]},
        {"instances": [{"prompt": "x"}], "parameters": {"sampleCount": 5}},
        {"instances": [{"prompt": "x"}], "parameters": {"aspectRatio": "2:1"}},
    ],
)
def test_imagen_refuses_what_it_does_not_take(serve: Serve, body: dict[str, object]) -> None:
    _, client = serve()

    reply = client.post(IMAGEN, json=body)

    assert (reply.status_code, reply.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_the_paths_of_vertex_are_the_same_models(serve: Serve) -> None:
    _, client = serve(key="the-key-of-this-test")
    path = f"/v1/projects/p/locations/us-central1/publishers/google{TEXT.removeprefix('/v1beta')}"

    reply = client.post(path, json=generate(), headers={"authorization": "Bearer the-key-of-this-test"})

    assert reply.status_code == 200


def test_models_are_listed_as_google_lists_them(serve: Serve) -> None:
    _, client = serve(models=["gemini-2.5-flash"])

    listed = client.get("/v1beta/models").json()["models"]
    missing = client.get("/v1beta/models/gemini-9")

    assert listed[0]["name"] == "models/gemini-2.5-flash"
    assert client.get("/v1beta/models/gemini-2.5-flash").json() == listed[0]
    assert missing.json()["error"]["status"] == "NOT_FOUND"
    assert client.post(TEXT.replace("2.5", "9"), json=generate()).status_code == 404
