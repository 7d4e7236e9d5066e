"""Nothing leaves but what the settings say, and the key is shown nowhere."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ModelError
from tests.models.openai_endpoint.asking import ask, chat_model, images_model
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from tests.models.openai_endpoint.conftest import Serve

KEY = "sk-the-secret-of-this-test"
QUESTION = make_sample(Task.QUESTION_ANSWERING).request()
EDIT = make_sample(Task.STYLE_TRANSFER).request()
OF_HTTP = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length"}
AMBIENT = {
    "OPENAI_API_KEY": "sk-of-the-environment",
    "OPENAI_ADMIN_KEY": "sk-admin-of-the-environment",
    "OPENAI_BASE_URL": "http://elsewhere.invalid/v1",
    "OPENAI_ORG_ID": "org-of-the-environment",
    "OPENAI_PROJECT_ID": "project-of-the-environment",
    "OPENAI_CUSTOM_HEADERS": "X-Ambient: environment\nAuthorization: Bearer sk-ambient",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


def test_nothing_of_the_environment_reaches_the_server(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AMBIENT.items():
        monkeypatch.setenv(name, value)
    server = serve()

    ask(chat_model(f"{server.url}/v1"), QUESTION)
    ask(images_model(f"{server.url}/v1"), EDIT)

    assert len(server.requests) == 2
    for entry in server.requests:
        assert set(entry.headers) == OF_HTTP
        assert "environment" not in str(entry)


def test_the_key_goes_where_it_belongs_with_the_headers_of_the_settings(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", f" {KEY}\n")
    server = serve(key=KEY)

    chat = ask(chat_model(f"{server.url}/v1", api_key_env="MY_KEY", headers={"X-Team": "radiology"}), QUESTION)
    image = ask(images_model(f"{server.url}/v1", api_key_env="MY_KEY"), EDIT)

    assert (chat.problem, image.problem) == (None, None)
    assert set(server.requests[0].headers) == OF_HTTP | {"authorization", "x-team"}
    assert server.requests[0].headers["x-team"] == "radiology"


def test_images_leave_without_names_and_metadata(serve: Serve) -> None:
    server = serve()

    ask(images_model(f"{server.url}/v1"), EDIT)

    assert EDIT.inputs[0].name not in str(server.requests)
    assert EDIT.sample_id not in str(server.requests)


@pytest.mark.parametrize("fault", ["401,always", "500,always", "drop,always", "redirect,always"])
def test_the_key_is_shown_nowhere(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    server = serve(faults=[fault])
    model = chat_model(f"{server.url}/v1", api_key_env="MY_KEY", retries=0)

    with pytest.raises(ModelError) as caught:
        ask(model, QUESTION)

    shown = "".join(traceback.format_exception(caught.value))
    assert KEY in model.secrets
    for text in (shown, caplog.text, repr(model), str(model.identity), repr(caught.value.partial)):
        assert KEY not in text
    assert len(caplog.records) > 2


def test_a_signed_address_is_not_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve()
    model = images_model(f"{server.url}/api/v3", model="seedream", dialect="image_field", response_format="url")

    output = ask(model, EDIT)

    assert output.problem is None
    assert server.stats.files == 1
    assert "?" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("httpx"))
