"""Images on the wire: OpenAI's generations and edits, compatible servers, and Seedream on Ark."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
import openai
import pytest
from PIL import Image

from tests.fake_server.asking import data_url, in_base64, pixels_of, png

if TYPE_CHECKING:
    from tests.fake_server.conftest import Serve

GENERATE, EDIT, ARK = "/v1/images/generations", "/v1/images/edits", "/api/v3/images/generations"


def test_gpt_image_generates_base64(serve: Serve) -> None:
    _, client = serve(max_side=64)

    reply = client.post(GENERATE, json={"model": "gpt-image-1-mini", "prompt": "a chest", "size": "1536x1024", "n": 2})

    data = reply.json()["data"]
    assert [pixels_of(entry["b64_json"]).shape for entry in data] == [(43, 64, 3)] * 2
    assert data[0] != data[1]
    assert reply.json()["usage"]["total_tokens"] == 2 + 2 * 1290


@pytest.mark.parametrize("form", ["url", "b64_json"])
def test_dall_e_3_generates_urls_or_base64(serve: Serve, form: str) -> None:
    _, client = serve(max_side=32)

    body = {"model": "dall-e-3", "prompt": "a chest", "size": "1024x1024", "response_format": form}
    entry = client.post(GENERATE, json=body).json()["data"][0]

    data = client.get(entry["url"]).content if form == "url" else base64.b64decode(entry["b64_json"])
    assert Image.open(io.BytesIO(data)).size == (32, 32)
    assert "usage" not in entry


def test_the_openai_client_generates_and_edits(serve: Serve) -> None:
    server, _ = serve(max_side=32)

    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        made = client.images.generate(model="gpt-image-1-mini", prompt="a chest", size="1024x1024")
        edited = client.images.edit(
            model="gpt-image-1-mini", image=("input.png", png(), "image/png"), prompt="remove the noise", size="auto"
        )
        several = client.images.edit(
            model="gpt-image-1-mini",
            image=[("a.png", png(), "image/png"), ("b.png", png(), "image/png")],
            prompt="blend",
        )

    assert pixels_of(str((made.data or [])[0].b64_json)).shape == (32, 32, 3)
    assert pixels_of(str((edited.data or [])[0].b64_json)).shape == (21, 32, 3)
    assert pixels_of(str((several.data or [])[0].b64_json)).shape == (21, 32, 3)


def test_an_edit_is_the_input_lightly_smoothed(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(EDIT, data={"model": "qwen-image-edit", "prompt": "x", "response_format": "b64_json"},
                        files={"image": ("input.png", png(), "image/png")})  # fmt: skip

    before = pixels_of(in_base64(png())).astype(int)
    after = pixels_of(reply.json()["data"][0]["b64_json"]).astype(int)
    assert after.shape == before.shape
    assert 0 < np.abs(after - before).max() < 140
    assert np.abs(after - before)[20:, 30:].max() <= 3


def test_under_a_mask_only_what_is_transparent_changes(serve: Serve) -> None:
    _, client = serve()
    mask = Image.new("RGBA", (48, 32), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (24, 0, 48, 32))
    buffer = io.BytesIO()
    mask.save(buffer, format="PNG")

    reply = client.post(EDIT, data={"model": "qwen-image-edit", "prompt": "x", "response_format": "b64_json"},
                        files={"image": ("i.png", png()), "mask": ("m.png", buffer.getvalue())})  # fmt: skip

    before, after = pixels_of(in_base64(png())), pixels_of(reply.json()["data"][0]["b64_json"])
    assert (before[:, :24] == after[:, :24]).all()
    assert (before[:, 24:] != after[:, 24:]).any()


def test_a_mask_of_another_size_is_refused(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(EDIT, data={"model": "gpt-image-1-mini", "prompt": "x"},
                        files={"image": ("i.png", png()), "mask": ("m.png", png(8, 8))})  # fmt: skip

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_mask_image")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "gpt-image-1-mini", "response_format": "b64_json"}, "response_format"),
        ({"model": "gpt-image-1-mini", "size": "512x512"}, "size"),
        ({"model": "gpt-image-1-mini", "image": "x"}, "image"),
        ({"model": "gpt-image-2", "size": "1000x1000"}, "size"),
        ({"model": "dall-e-3", "size": "512x512"}, "size"),
        ({"model": "dall-e-3", "n": 2}, "n"),
        ({"model": "dall-e-3", "prompt": "x" * 4001}, "prompt"),
        ({"model": "dall-e-3", "output_format": "png"}, "output_format"),
        ({"model": "any", "size": "wide"}, "size"),
        ({"model": "any", "prompt": None}, "prompt"),
        ({"model": "any", "n": 11}, "n"),
        ({"model": "any", "n": "two"}, "n"),
    ],
)
def test_what_a_model_does_not_take_is_refused(serve: Serve, body: dict[str, object], param: str) -> None:
    _, client = serve()

    reply = client.post(GENERATE, json={"prompt": "a chest", **body})

    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)


def test_newer_gpt_image_models_take_sizes_in_steps_of_sixteen(serve: Serve) -> None:
    _, client = serve(max_side=32)

    reply = client.post(GENERATE, json={"model": "gpt-image-2", "prompt": "a chest", "size": "1536x864"})

    assert pixels_of(reply.json()["data"][0]["b64_json"]).shape == (18, 32, 3)


def test_dall_e_3_edits_nothing(serve: Serve) -> None:
    _, client = serve()

    reply = client.post(EDIT, data={"model": "dall-e-3", "prompt": "x"}, files={"image": ("i.png", png())})

    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "model")


@pytest.mark.parametrize(
    "content",
    [b"", b"--b--\r\n", b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx', b"--b\r\nno name\r\n--b--"],
)
def test_a_torn_form_is_refused(serve: Serve, content: bytes) -> None:
    _, client = serve()

    reply = client.post(EDIT, content=content, headers={"content-type": "multipart/form-data; boundary=b"})

    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", [GENERATE, EDIT])
@pytest.mark.parametrize("image", [data_url(png()), in_base64(png()), [data_url(png()), data_url(png(9, 9))]])
def test_compatible_servers_take_images_in_json(serve: Serve, path: str, image: object) -> None:
    _, client = serve()

    body = {"model": "qwen-image-edit", "prompt": "x", "image": image, "response_format": "b64_json"}
    reply = client.post(path, json=body)

    assert pixels_of(reply.json()["data"][0]["b64_json"]).shape == (32, 48, 3)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_images_come_in_the_format_asked_for(serve: Serve, kind: str) -> None:
    _, client = serve(image_format="png", max_side=32)

    body = {"model": "gpt-image-1-mini", "prompt": "a chest", "output_format": kind}
    data = base64.b64decode(client.post(GENERATE, json=body).json()["data"][0]["b64_json"])

    assert Image.open(io.BytesIO(data)).format == kind.upper()


def test_seedream_draws_by_its_own_rules(serve: Serve) -> None:
    _, client = serve(max_side=64)
    body = {"model": "doubao-seedream-4-0-250828", "prompt": "x", "size": "2K", "watermark": False}

    drawn = client.post(ARK, json=body).json()
    edited = client.post(ARK, json={**body, "image": [data_url(png())], "response_format": "b64_json"}).json()

    assert Image.open(io.BytesIO(client.get(drawn["data"][0]["url"]).content)).size == (64, 64)
    assert pixels_of(edited["data"][0]["b64_json"]).shape == (32, 48, 3)
    assert drawn["usage"] == {"generated_images": 1, "output_tokens": 1290, "total_tokens": 1290}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"image": in_base64(png())}, "image"),
        ({"image": ["https://example.com/x.png"]}, "image"),
        ({"size": "512x512"}, "size"),
        ({"watermark": "no"}, "watermark"),
        ({"sequential_image_generation": "maybe"}, "sequential_image_generation"),
        ({"prompt": None}, "prompt"),
    ],
)
def test_seedream_refuses_in_its_own_words(serve: Serve, change: dict[str, object], param: str) -> None:
    _, client = serve()

    reply = client.post(ARK, json={"model": "seedream", "prompt": "x", **change})

    error = reply.json()["error"]
    assert (reply.status_code, error["type"], error["code"], error["param"]) == (
        400,
        "BadRequest",
        "InvalidParameter",
        param,
    )


def test_seedream_says_what_is_wrong_with_the_key(serve: Serve) -> None:
    _, client = serve(key="the-key-of-this-test")

    missing = client.post(ARK, json={})
    right = client.post(ARK, json={}, headers={"authorization": "Bearer the-key-of-this-test"})

    assert (missing.status_code, missing.json()["error"]["code"]) == (401, "AuthenticationError")
    assert right.json()["error"]["code"] == "InvalidParameter"


def test_a_file_that_there_is_not_is_404(serve: Serve) -> None:
    _, client = serve()

    assert client.get("/files/none.png").status_code == 404
