"""JSON gateway predictions and the plain endpoint on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fake_server.asking import QUESTION, data_url, in_base64, pixels_of, png

if TYPE_CHECKING:
    from tests.fake_server.conftest import Serve

WAIT = {"prefer": "wait"}
EDIT = "/v1/models/qwen/qwen-image-edit/predictions"
EDITED = {"input": {"prompt": "remove the noise", "image": data_url(png())}}


def test_a_client_that_waits_gets_the_output_at_once(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(EDIT, json=EDITED, headers=WAIT)

    value = reply.json()
    assert (reply.status_code, value["status"], value["model"]) == (201, "succeeded", "qwen/qwen-image-edit")
    assert value["input"] == {"prompt": "remove the noise"}
    assert pixels_of(in_base64(client.get(value["output"]).content)).shape == (32, 48, 3)


def test_a_client_that_does_not_wait_polls(serve: Serve) -> None:
    server, client = serve(polls=2)

    begun = client.post(EDIT, json=EDITED).json()
    states = [client.get(begun["urls"]["get"]).json()["status"] for _ in range(4)]

    assert (begun["status"], begun["output"]) == ("starting", None)
    assert states == ["processing", "processing", "succeeded", "succeeded"]
    assert (server.stats.asked, server.stats.polls) == (1, 4)


def test_a_wait_that_is_too_short_ends_in_polling(serve: Serve) -> None:
    _, client = serve(latency=1.2, polls=0)

    begun = client.post(EDIT, json=EDITED, headers={"prefer": "wait=1"}).json()

    assert begun["status"] == "starting"
    assert client.get(begun["urls"]["get"]).json()["status"] in {"processing", "succeeded"}


def test_a_prediction_can_be_cancelled(serve: Serve) -> None:
    _, client = serve(latency=30)

    begun = client.post(EDIT, json=EDITED).json()
    cancelled = client.post(begun["urls"]["cancel"]).json()

    assert cancelled["status"] == "canceled"
    assert client.get(begun["urls"]["get"]).json()["status"] == "canceled"


@pytest.mark.parametrize("shape", ["url", "list", "data", "object"])
def test_the_output_has_the_shape_of_the_settings(serve: Serve, shape: str) -> None:
    _, client = serve(prediction_output=shape)

    output = client.post(EDIT, json=EDITED, headers=WAIT).json()["output"]

    url = {"list": lambda: output[0], "object": lambda: output["image"]}.get(shape, lambda: output)()
    data = url if shape == "data" else in_base64(client.get(url).content)
    assert pixels_of(data).shape == (32, 48, 3)
    assert shape != "object" or "remove the noise" in output["text"]


def test_a_text_model_has_text_as_output(serve: Serve) -> None:
    _, client = serve()

    body = {"version": "llava-13b", "input": {"prompt": QUESTION, "image": data_url(png())}}
    value = client.post("/v1/predictions", json=body, headers=WAIT).json()

    assert value["output"] in {"A. left", "B. right", "C. both"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"input": {"prompt": "x"}}, 422),
        ({"version": "v"}, 422),
        ({"version": "v", "input": {}}, 422),
        ({"version": "v", "input": {"prompt": "x", "image": "no image"}}, 422),
        ([], 400),
    ],
)
def test_a_wrong_input_is_told_as_the_gateway_tells_it(serve: Serve, body: object, status: int) -> None:
    _, client = serve()

    reply = client.post("/v1/predictions", json=body)

    assert (reply.status_code, reply.json()["status"]) == (status, status)
    assert reply.json()["detail"]


def test_unknown_predictions_and_missing_keys_have_the_gateways_errors(serve: Serve) -> None:
    _, client = serve(key="the-key-of-this-test")

    missing = client.post("/v1/predictions", json={})
    unknown = client.get("/v1/predictions/none", headers={"authorization": "Token the-key-of-this-test"})

    assert (missing.status_code, missing.json()["title"]) == (401, "Unauthenticated")
    assert (unknown.status_code, unknown.json()["title"]) == (404, "Not found")


def test_the_plain_endpoint_gives_text_and_image(serve: Serve) -> None:
    _, client = serve()
    body = {"prompt": "Remove the noise.", "images": [in_base64(png())], "wants": ["text", "image"], "size": "24x16"}

    value = client.post("/v1/answer", json=body).json()

    assert "Remove the noise." in value["text"]
    assert pixels_of(value["image"]).shape == (16, 24, 3)
    assert value["usage"]["output_tokens"] > 1290


def test_the_plain_endpoint_gives_only_what_is_wanted(serve: Serve) -> None:
    _, client = serve()

    text = client.post("/v1/answer", json={"prompt": "x"}).json()
    image = client.post("/v1/answer", json={"prompt": "x", "wants": ["image"]}).json()

    assert text["image"] is None
    assert text["text"]
    assert image["text"] is None
    assert image["image"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prompt"),
        ({"prompt": "x", "image": "y"}, "image"),
        ({"prompt": "x", "wants": []}, "wants"),
        ({"prompt": "x", "wants": ["smell"]}, "wants"),
        ({"prompt": "x", "images": "y"}, "images"),
        ({"prompt": "x", "images": ["@"]}, "images[0]"),
    ],
)
def test_the_plain_endpoint_says_what_is_wrong(serve: Serve, body: dict[str, object], param: str) -> None:
    _, client = serve()

    reply = client.post("/v1/answer", json=body)

    assert (reply.status_code, reply.json()["param"]) == (400, param)
