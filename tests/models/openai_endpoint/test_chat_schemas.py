"""JSON of a schema from a chat model: enforced where the server can, asked for otherwise, no other error swallowed."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ModelError
from medgen_pytest.models.openai_endpoint.strict_schema import schema_format
from tests.models.openai_endpoint.asking import ask, ask_all, chat_model
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.models.openai_endpoint.conftest import Serve

SCORES = {
    "type": "object",
    "properties": {
        "content accuracy": {"type": "number", "minimum": 1, "maximum": 10, "description": "Is it right?"},
        "relevance": {"type": "number", "minimum": 1, "maximum": 10},
    },
    "required": ["content accuracy", "relevance"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"analysis": {"type": "string"}, "scores": SCORES, "overall": {"type": "number"}},
    "required": ["analysis", "scores", "overall"],
    "additionalProperties": False,
}
PLAIN = replace(make_sample(Task.QUESTION_ANSWERING).request(), wants_json=True)
JUDGED = replace(PLAIN, json_schema=MappingProxyType(SCHEMA))
OBJECT = {"type": "json_object"}


class PickyServer:
    """Answers a request with an error if `refuse` finds one in its body, else with an empty JSON object."""

    def __init__(self) -> None:
        self.refuse: Callable[[dict[str, Any]], tuple[int, object] | None] = lambda _body: None
        self.asked: list[dict[str, Any]] = []

    @property
    def forms(self) -> list[str]:
        """The types of `response_format` that it was asked in."""
        return [(body.get("response_format") or {}).get("type", "none") for body in self.asked]

    def answer(self, body: dict[str, Any]) -> tuple[int, object]:
        """Status and body of the reply."""
        self.asked.append(body)
        message = {"role": "assistant", "content": "{}"}
        answer = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 5}}
        return self.refuse(body) or (200, answer)


@pytest.fixture
def picky() -> Iterator[Callable[..., tuple[PickyServer, str]]]:
    """Starts a server that refuses the types of `response_format` that it is given, with a status and a reply."""
    with ExitStack() as stack:

        def start(*types: str, status: int = 400, reply: object = None) -> tuple[PickyServer, str]:
            picky = PickyServer()
            wrong = {"error": {"message": "This response_format type is unavailable now", "param": None}}

            def refuse(body: dict[str, Any]) -> tuple[int, object] | None:
                form = (body.get("response_format") or {}).get("type", "none")
                return (status, wrong if reply is None else reply) if form in types else None

            picky.refuse = refuse

            class Handler(BaseHTTPRequestHandler):
                def do_POST(self) -> None:
                    status, value = picky.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                    data = value if isinstance(value, bytes) else json.dumps(value).encode()
                    self.send_response(status)
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

                def log_message(self, *_arguments: object) -> None:
                    """Says nothing."""

            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return picky, f"http://127.0.0.1:{server.server_port}/v1"

        yield start


def test_a_schema_is_enforced_and_its_reply_has_exactly_its_properties_in_their_order(serve: Serve) -> None:
    server = serve()

    output = ask(chat_model(f"{server.url}/v1"), JUDGED)

    body: Any = server.requests[-1].content
    form = body["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True
    assert form["json_schema"]["name"].isidentifier()
    assert list(form["json_schema"]["schema"]["properties"]) == ["analysis", "scores", "overall"]
    assert form["json_schema"]["schema"]["properties"]["scores"]["required"] == ["content accuracy", "relevance"]
    assert list(json.loads(output.text or "")) == ["analysis", "scores", "overall"]
    assert output.timing is not None
    assert output.timing.requests == 1


def test_bounds_that_not_every_server_takes_are_said_in_words() -> None:
    sent: Any = schema_format(SCHEMA)["json_schema"]

    scores = sent["schema"]["properties"]["scores"]["properties"]
    assert sent["strict"] is True
    assert scores["content accuracy"] == {"type": "number", "description": "Is it right? (minimum 1, maximum 10)"}
    assert scores["relevance"] == {"type": "number", "description": "minimum 1, maximum 10"}


@pytest.mark.parametrize(
    "change",
    [
        {"required": ["analysis"]},
        {"additionalProperties": True},
        {"allOf": [{"required": ["analysis"]}]},
        {"properties": {**SCHEMA["properties"], "overall": {"oneOf": [{"type": "number"}]}}},
        {"properties": {**SCHEMA["properties"], "overall": {"type": "object"}}},
        {"type": "array"},
    ],
    ids=["optional", "open", "all-of", "one-of", "any-object", "no-object"],
)
def test_what_strict_mode_cannot_say_is_sent_as_it_is_without_it(change: dict[str, object]) -> None:
    schema = {**SCHEMA, **change}

    sent: Any = schema_format(schema)["json_schema"]

    assert sent["strict"] is False
    assert sent["schema"] == schema


def test_definitions_and_options_are_taken_along() -> None:
    number = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/n", "description": "x"}, "b": {"type": "array", "items": number}},
        "required": ["a", "b"],
        "$defs": {"n": {"type": "number", "maximum": 1}},
    }

    sent: Any = schema_format(schema)["json_schema"]

    assert sent["strict"] is True
    assert sent["schema"] == {
        "type": "object",
        "properties": {
            "a": {"$ref": "#/$defs/n"},
            "b": {
                "type": "array",
                "items": {"anyOf": [{"type": "integer", "description": "minimum 0"}, {"type": "null"}]},
            },
        },
        "required": ["a", "b"],
        "$defs": {"n": {"type": "number", "description": "maximum 1"}},
        "additionalProperties": False,
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "properties", "required", "items", "anyOf", "enum", "$defs", "minimum"]), inner
            )
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict))
)
def test_any_mapping_can_be_sent(schema: dict[str, object]) -> None:
    assert json.loads(json.dumps(schema_format(schema)))["type"] == "json_schema"


@pytest.mark.parametrize("mode", ["auto", "json_schema", "response_format"])
def test_without_a_schema_any_json_object_is_asked_for(serve: Serve, mode: str) -> None:
    server = serve()

    ask(chat_model(f"{server.url}/v1", json_mode=mode), PLAIN)

    body: Any = server.requests[-1].content
    assert body["response_format"] == OBJECT


@pytest.mark.parametrize(
    ("mode", "form", "said"),
    [("response_format", "json_object", ""), ("prompt", "none", "one JSON object"), ("off", "none", "")],
)
def test_the_settings_can_leave_the_schema_out(
    picky: Callable[..., tuple[PickyServer, str]], mode: str, form: str, said: str
) -> None:
    server, url = picky()

    ask(chat_model(url, json_mode=mode), replace(JUDGED, inputs=()))

    assert server.forms == [form]
    assert said in server.asked[0]["messages"][0]["content"].removeprefix(JUDGED.instruction)


def test_a_format_of_ones_own_stands_in_the_place_of_ours(picky: Callable[..., tuple[PickyServer, str]]) -> None:
    server, url = picky("grammar")
    model = chat_model(url, extra_body={"response_format": {"type": "grammar"}})

    with pytest.raises(ModelError, match="HTTP 400"):
        ask(model, JUDGED)

    assert server.forms == ["grammar"]


DEEPSEEK = "Failed to deserialize the JSON body into the target type: response_format.type `json_schema` is unavailable"
LOCATED = {"detail": [{"type": "extra_forbidden", "loc": ["body", "response_format"], "msg": "Extra inputs"}]}
BEHIND = {
    "error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": '{"error": "json_schema?"}'}}
}


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (400, None),
        (422, DEEPSEEK.encode()),
        (422, LOCATED),
        (400, {"error": {"message": "Invalid parameter.", "param": "response_format"}}),
        (400, {"error": {"message": "Structured outputs are not supported with the current model."}}),
        (404, {"message": "no provider for this model takes structured_outputs"}),
        (400, {"object": "error", "message": "the JSON schema contains features that are not supported"}),
        (400, BEHIND),
        (400, {"error": {"message": "?", "metadata": {"raw": "response format is wrong"}}}),
    ],
)
def test_a_server_without_schemas_is_asked_for_an_object_from_then_on(
    picky: Callable[..., tuple[PickyServer, str]], status: int, reply: object
) -> None:
    server, url = picky("json_schema", status=status, reply=reply)
    model = chat_model(url, price={"per_request": 1})

    first, *others = ask_all(model, JUDGED)
    again = ask_all(model, JUDGED, JUDGED)

    assert others == []
    assert server.forms == ["json_schema", "json_object", "json_object", "json_object"]
    assert first.text == "{}"
    assert [output.timing.requests for output in (first, *again) if output.timing] == [2, 1, 1]
    assert first.usage is not None
    assert (first.usage.cost, first.usage.input_tokens) == (1, 5)


def test_a_server_that_takes_no_format_is_asked_in_the_prompt(picky: Callable[..., tuple[PickyServer, str]]) -> None:
    server, url = picky("json_schema", "json_object")

    output = ask(chat_model(url), replace(JUDGED, inputs=()))

    assert server.forms == ["json_schema", "json_object", "none"]
    assert [body["messages"][0]["content"].count("one JSON object") for body in server.asked] == [0, 0, 1]
    assert output.timing is not None
    assert output.timing.requests == 3


def test_requests_that_are_refused_together_fall_back_by_one_form(
    picky: Callable[..., tuple[PickyServer, str]],
) -> None:
    server, url = picky("json_schema")

    outputs = ask_all(chat_model(url), *[JUDGED] * 5)

    assert [output.text for output in outputs] == ["{}"] * 5
    assert set(server.forms) == {"json_schema", "json_object"}


ECHOED = {"loc": ["body", "temperature"], "msg": "Input should be a number", "input": {"response_format": {}}}


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (400, {"error": {"message": "This model's maximum context length is 8192 tokens."}}),
        (400, {"error": {"message": "Failed to validate JSON.", "code": "json_validate_failed"}}),
        (404, {"error": {"message": "The model does not exist."}}),
        (422, {"detail": [ECHOED]}),
        (401, {"error": {"message": "No key for response_format."}}),
        (403, {"error": {"message": "No right to response_format."}}),
        (400, b"\xff\xfe"),
        (400, []),
        (400, {"error": {"message": None, "metadata": {"raw": 5}}, "detail": [None, 3, {"loc": 1}]}),
    ],
)
def test_no_other_error_is_swallowed(picky: Callable[..., tuple[PickyServer, str]], status: int, reply: object) -> None:
    server, url = picky("json_schema", status=status, reply=reply)

    with pytest.raises(ModelError, match=f"HTTP {status}") as caught:
        ask(chat_model(url), JUDGED)

    assert server.forms == ["json_schema"]
    assert isinstance(caught.value.partial, ModelOutput)


@pytest.mark.parametrize("mode", ["json_schema", "response_format", "prompt"])
def test_only_auto_falls_back(picky: Callable[..., tuple[PickyServer, str]], mode: str) -> None:
    server, url = picky("json_schema", "json_object", "none")

    with pytest.raises(ModelError, match="response_format type is unavailable"):
        ask(chat_model(url, json_mode=mode), JUDGED)

    assert len(server.asked) == 1


def test_without_a_schema_nothing_falls_back(picky: Callable[..., tuple[PickyServer, str]]) -> None:
    server, url = picky("json_object")

    with pytest.raises(ModelError, match="response_format type is unavailable"):
        ask(chat_model(url), PLAIN)

    assert server.forms == ["json_object"]


def test_a_server_that_refuses_the_prompt_too_is_an_error_that_counts_all_tries(
    picky: Callable[..., tuple[PickyServer, str]],
) -> None:
    _, url = picky("json_schema", "json_object", "none")

    with pytest.raises(ModelError, match=r"unavailable now' \(3 requests\)"):
        ask(chat_model(url), JUDGED)


def test_what_the_server_takes_is_no_part_of_the_identity(picky: Callable[..., tuple[PickyServer, str]]) -> None:
    _, url = picky("json_schema")
    model = chat_model(url)
    before = dict(model.identity)

    ask(model, JUDGED)

    assert model.identity == before
    assert before["json_mode"] == "auto"
