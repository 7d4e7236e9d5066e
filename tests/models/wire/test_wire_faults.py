"""What becomes of every fault, over real sockets, with each adapter."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ConfigError, ModelError
from tests.models.wire.asking import ADAPTERS, BOTH, EDIT, REPORT, ask, ask_all, error_of, model_at, partial_of

if TYPE_CHECKING:
    from medgen_pytest.fake_server import FakeServer
    from tests.models.wire.asking import Model
    from tests.models.wire.conftest import Serve

KEY = "k-7f3a9d1c5e2b"


def every_model(server: FakeServer, **changes: object) -> dict[str, Model]:
    return {adapter: model_at(server, adapter, **changes) for adapter in ADAPTERS}


def usable(results: dict[str, ModelOutput | ModelError]) -> list[str]:
    return [
        name
        for name, result in results.items()
        if isinstance(result, ModelOutput) and result.problem is None and result.image is not None
    ]


@pytest.mark.parametrize(
    "fault", ["429", "429-seconds", "429-date", "500", "503", "drop", "reset", "torn", "error-body", "html"]
)
def test_a_fault_that_passes_is_tried_again_and_paid_once(serve: Serve, fault: str) -> None:
    server = serve(faults=[f"{fault}=1"], retry_after=0)

    results = ask_all(every_model(server))

    assert usable(results) == list(ADAPTERS)
    assert (server.stats.answered, server.stats.faulted, server.stats.answered_twice) == (4, 4, 0)
    assert all(isinstance(result, ModelOutput) and result.timing for result in results.values())
    assert all(
        result.timing.waiting > 0.2 for result in results.values() if isinstance(result, ModelOutput) and result.timing
    )


@pytest.mark.parametrize(
    "fault",
    ["refusal", "filtered", "empty", "null", "image-empty", "image-broken", "image-bomb", "image-svg", "image-text"],
)
def test_an_answer_that_is_no_use_is_the_models_fault_and_not_asked_for_again(serve: Serve, fault: str) -> None:
    server = serve(faults=[f"{fault}=1,always"])

    results = ask_all(every_model(server))

    for name, result in results.items():
        assert isinstance(result, ModelOutput), (name, result)
        assert result.problem, name
        assert "\n" not in result.problem
        assert result.image is None
        assert result.usage is not None, name
        assert result.raw, name
    assert server.stats.asked == 4


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("fault", ["refusal", "filtered"])
def test_a_refusal_says_that_it_is_one(serve: Serve, adapter: str, fault: str) -> None:
    server = serve(faults=[f"{fault}=1,always"])

    output = ask(model_at(server, adapter))

    assert output.problem is not None
    # Of what Imagen filters nothing is left, not even a word.
    expected = "filtered" if (adapter, fault) == ("imagen", "filtered") else "the model refused to answer"
    assert expected in output.problem


def test_an_image_that_is_too_large_is_read_no_further_than_allowed(serve: Serve) -> None:
    server = serve(faults=["image-huge=1,always"], huge_bytes=20_000_000)

    results = ask_all(every_model(server, max_reply_mb=2))

    assert [name for name, result in results.items() if isinstance(result, ModelOutput) and result.problem] == list(
        ADAPTERS
    )
    assert all("2 MB" in str(getattr(result, "problem", "")) for result in results.values())
    assert server.stats.asked == 4


@pytest.mark.parametrize(("fault", "said"), [("400", "HTTP 400"), ("403", "HTTP 403"), ("redirect", "redirects")])
def test_what_will_not_pass_is_an_error_after_one_try(serve: Serve, fault: str, said: str) -> None:
    server = serve(faults=[f"{fault}=1,always"])

    results = ask_all(every_model(server))

    assert all(isinstance(result, ModelError) and said in str(result) for result in results.values())
    assert server.stats.asked == 4


@pytest.mark.parametrize("retries", [0, 1])
def test_failures_that_go_on_are_an_error_that_knows_what_was_tried(serve: Serve, retries: int) -> None:
    server = serve(faults=["500=1,always"])

    error = error_of(model_at(server, "gemini", retries=retries))

    assert "HTTP 500" in str(error)
    timing = partial_of(error).timing
    assert timing is not None
    assert timing.requests == server.stats.asked == retries + 1


def test_a_reply_after_the_deadline_is_an_error(serve: Serve) -> None:
    server = serve(faults=["hang=1,always"], hang=30)

    results = ask_all(every_model(server), seconds=1.0)

    assert all(isinstance(result, ModelError) for result in results.values())
    assert server.stats.answered_twice == 0


def test_a_server_that_dies_and_comes_back_answers_after_all(serve: Serve) -> None:
    server = serve(latency=0.3)
    models = every_model(server)
    threading.Timer(0.1, server.pause).start()
    threading.Timer(0.6, server.resume).start()

    results = ask_all(models)

    assert usable(results) == list(ADAPTERS)
    assert server.stats.answered_twice == 0


def test_a_text_that_was_cut_off_is_told_by_its_finish_reason(serve: Serve) -> None:
    server = serve(faults=["truncated=1,always"])

    gemini = ask(model_at(server, "gemini", model="gemini-2.5-flash", images_out=False), REPORT)
    http = ask(model_at(server, "http"), REPORT)

    assert (gemini.finish_reason, gemini.problem) == ("MAX_TOKENS", None)
    assert (http.finish_reason, http.problem) == ("length", None)
    assert gemini.text
    assert http.text


def test_an_endpoint_that_is_misspelt_is_an_error(serve: Serve) -> None:
    server = serve()

    for adapter in ADAPTERS:
        error = error_of(model_at(server, adapter, base_url=f"{server.url}/v7"))

        assert "HTTP 404" in str(error), adapter
    assert server.stats.answered == 0


def test_a_server_that_speaks_no_tls_is_an_error_that_says_so(serve: Serve) -> None:
    server = serve()

    error = error_of(model_at(server, "gemini", base_url=server.url.replace("http:", "https:"), retries=0))

    assert "cannot be reached" in str(error)


def test_a_missing_key_is_known_before_the_run(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WIRE_KEY", raising=False)
    server = serve()

    for adapter in ADAPTERS:
        with pytest.raises(ConfigError, match="WIRE_KEY"):
            model_at(server, adapter, api_key_env="WIRE_KEY")


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_wrong_key_is_an_error_and_stands_nowhere(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, adapter: str
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("WIRE_KEY", KEY)
    server = serve(key="another-key-altogether")
    model = model_at(server, adapter, api_key_env="WIRE_KEY")

    error = error_of(model)

    assert "HTTP 40" in str(error)
    assert server.stats.asked == 1
    shown = [str(error), repr(error), repr(partial_of(error)), repr(model), str(model.identity), caplog.text]
    assert not any(KEY in text for text in shown)
    assert KEY in model.secrets


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_right_key_opens_and_stands_nowhere(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, adapter: str
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("WIRE_KEY", KEY)
    server = serve(key=KEY)
    model = model_at(server, adapter, api_key_env="WIRE_KEY")

    output = ask(model)

    assert output.problem is None
    assert not any(KEY in text for text in [repr(output), str(output.raw), str(model.identity), caplog.text])


def test_a_faulty_image_leaves_the_text_and_what_was_paid(serve: Serve) -> None:
    server = serve(faults=["image-broken=1,always"], prediction_output="object")

    for adapter in ("gemini", "http", "predictions"):
        output = ask(model_at(server, adapter), BOTH)

        assert output.text, adapter
        assert output.problem, adapter
        assert output.usage is not None
        assert output.usage.output_tokens


def test_an_image_at_a_host_that_nobody_named_is_not_fetched(serve: Serve) -> None:
    images, server = serve(), serve(image_links="url")
    changes = {"reply": {"image": "image"}}

    output = ask(model_at(server, "http", **changes))
    # The server names its own host, which may be contacted; under another name it may not.
    foreign = ask(
        model_at(server, "http", base_url=f"http://localhost:{server.port}/v1", headers={"host": "x.test"}, **changes)
    )

    assert output.problem is None
    assert foreign.problem is not None
    assert "x.test" in foreign.problem
    assert images.stats.files == 0


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_what_is_set_aside_is_what_the_table_says(serve: Serve, adapter: str) -> None:
    server = serve()
    model = model_at(server, adapter, price={"per_image": 0.02, "per_request": 0.001})

    output = ask(model)

    assert output.usage is not None
    assert output.usage.cost == pytest.approx(0.021)
    assert model.estimate(EDIT).cost == pytest.approx(0.021)
