"""The probe of an OpenAI-compatible server: address, key and model are tried without spending anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.models.openai_endpoint.asking import chat_model, images_model, probe

if TYPE_CHECKING:
    import pytest

    from tests.models.openai_endpoint.conftest import Serve


def test_a_server_that_lists_the_model_is_fine(serve: Serve) -> None:
    server = serve(models=["qwen3-vl", "gpt-image-1.5"])

    assert probe(chat_model(f"{server.url}/v1")) is None
    assert probe(images_model(f"{server.url}/v1")) is None
    assert server.stats.asked == 0
    assert [entry.path for entry in server.requests] == ["/v1/models", "/v1/models"]


def test_a_model_that_is_not_listed_is_told_with_the_nearest(serve: Serve) -> None:
    server = serve(models=["qwen3-vl-32b", "llava"])

    assert probe(chat_model(f"{server.url}/v1")) == (
        "the model 'qwen3-vl' is not among those of the server; did you mean 'qwen3-vl-32b'?"
    )
    assert "listed: 'qwen3-vl-32b, llava'" in str(probe(images_model(f"{server.url}/v1")))


def test_a_wrong_key_is_told(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(key="right-key-of-this-test", models=["qwen3-vl"])
    monkeypatch.setenv("MY_KEY", "wrong-key-of-this-test")

    said = str(probe(chat_model(f"{server.url}/v1", api_key_env="MY_KEY")))

    assert "HTTP 401 for the list of models: 'Incorrect API key provided.'" in said
    assert "wrong-key" not in said
    monkeypatch.setenv("MY_KEY", "right-key-of-this-test")
    assert probe(chat_model(f"{server.url}/v1", api_key_env="MY_KEY")) is None


def test_a_server_without_a_list_says_nothing(serve: Serve) -> None:
    server = serve()

    assert probe(images_model(f"{server.url}/api/v3", model="seedream-4.0", dialect="image_field")) is None


def test_nobody_at_the_address_is_told(serve: Serve) -> None:
    server = serve()
    server.close()

    assert "cannot be reached" in str(probe(chat_model(f"{server.url}/v1")))
