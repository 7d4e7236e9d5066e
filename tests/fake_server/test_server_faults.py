"""Every fault over real sockets, as a client meets it."""

from __future__ import annotations

import base64
import json
import time
import zlib
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.errors import ConfigError, ImageError
from medgen_pytest.fake_server import Fault, fake_server_settings
from medgen_pytest.fake_server.fault import KINDS
from medgen_pytest.fake_server.faulting import Faulting
from medgen_pytest.fake_server.question import Question
from medgen_pytest.images import decode
from tests.fake_server.asking import chat, generate, in_base64, png
from tests.fake_server.judge_asking import prompt

if TYPE_CHECKING:
    from tests.fake_server.conftest import Serve

PATH = "/v1/chat/completions"
DRAW = {"model": "gpt-image-1-mini", "prompt": "a chest"}


def content_of(reply: httpx.Response) -> object:
    return reply.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 529])
def test_a_status_comes_once_for_each_content_and_then_the_answer(serve: Serve, status: int) -> None:
    server, client = serve(faults=[f"{status}=1"])

    first, second = client.post(PATH, json=chat()), client.post(PATH, json=chat())

    assert (first.status_code, second.status_code) == (status, 200)
    assert first.json()["error"]["message"]
    assert [entry.result for entry in server.requests] == ["faulted", "answered"]
    assert [entry.attempt for entry in server.requests] == [1, 2]


def test_a_fault_that_is_always_there_stays(serve: Serve) -> None:
    server, client = serve(faults=["500=1,always"])

    assert [client.post(PATH, json=chat()).status_code for _ in range(3)] == [500] * 3
    assert dict(server.stats.faults) == {"500": 3}


def test_a_fault_can_come_some_times(serve: Serve) -> None:
    _, client = serve(faults=["500=1,times=2"])

    assert [client.post(PATH, json=chat()).status_code for _ in range(3)] == [500, 500, 200]


def test_bursts_fail_in_blocks_of_requests(serve: Serve) -> None:
    _, client = serve(faults=["500=0.5,number,burst=4"])

    statuses = [client.post(PATH, json=chat(str(index))).status_code for index in range(40)]

    blocks = [set(statuses[start : start + 4]) for start in range(0, 40, 4)]
    assert all(len(block) == 1 for block in blocks)
    assert {500, 200} == set(statuses)


def test_without_an_option_429_says_nothing_of_when_to_come_again(serve: Serve) -> None:
    _, client = serve(faults=["429=1"])

    assert "retry-after" not in client.post(PATH, json=chat()).headers


def test_retry_after_comes_in_seconds_or_as_a_date(serve: Serve) -> None:
    _, seconds = serve(faults=["429-seconds=1"], retry_after=3)
    _, date = serve(faults=["429-date=1"], retry_after=3)

    assert seconds.post(PATH, json=chat()).headers["retry-after"] == "3"
    when = parsedate_to_datetime(date.post(PATH, json=chat()).headers["retry-after"])
    assert 2 < when.timestamp() - time.time() <= 4


def test_a_hang_ends_in_the_right_answer_for_whoever_waits(serve: Serve) -> None:
    server, client = serve(faults=["hang=1"], hang=0.3)

    reply = client.post(PATH, json=chat())

    assert reply.elapsed.total_seconds() >= 0.3
    assert (server.requests[0].result, server.requests[0].fault) == ("answered", "hang")


def test_who_leaves_while_the_server_hangs_has_abandoned_the_request(serve: Serve) -> None:
    server, client = serve(faults=["hang=1"], hang=60)

    with pytest.raises(httpx.ReadTimeout):
        client.post(PATH, json=chat(), timeout=1)
    second = client.post(PATH, json=chat())

    assert second.status_code == 200
    assert sorted(entry.result for entry in server.requests) == ["abandoned", "answered"]
    assert server.stats.in_flight == 0


@pytest.mark.parametrize(
    ("kind", "error"),
    [("drop", httpx.RemoteProtocolError), ("torn", httpx.RemoteProtocolError), ("reset", httpx.ReadError)],
)
def test_broken_connections_are_broken_once(serve: Serve, kind: str, error: type[Exception]) -> None:
    server, client = serve(faults=[f"{kind}=1"])

    with pytest.raises(error):
        client.post(PATH, json=chat())
    second = client.post(PATH, json=chat())

    assert second.status_code == 200
    assert [entry.result for entry in server.requests] == ["faulted", "answered"]


def test_a_reset_comes_after_a_part_of_the_body(serve: Serve) -> None:
    _, client = serve(faults=["reset=1"])
    seen = b""

    with client.stream("POST", PATH, json=chat()) as reply:
        length = int(reply.headers["content-length"])
        pieces = reply.iter_raw()
        seen += next(pieces)
        with pytest.raises(httpx.ReadError):
            list(pieces)

    assert 0 < len(seen) < length


def test_200_can_carry_an_error(serve: Serve) -> None:
    _, client = serve(faults=["error-body=1"])

    reply = client.post(PATH, json=chat())

    assert (reply.status_code, reply.json()["error"]["type"]) == (200, "server_error")


def test_200_can_carry_a_page(serve: Serve) -> None:
    _, client = serve(faults=["html=1"])

    reply = client.post(PATH, json=chat())

    assert reply.headers["content-type"].startswith("text/html")
    assert reply.text.startswith("<!DOCTYPE html>")


def test_a_redirect_names_another_host(serve: Serve) -> None:
    _, client = serve(faults=["redirect=1"], redirect_to="http://elsewhere.invalid/trap")

    reply = client.post(PATH, json=chat())

    assert (reply.status_code, reply.headers["location"]) == (307, "http://elsewhere.invalid/trap")


def test_a_chat_answer_can_be_empty_null_refused_filtered_or_cut(serve: Serve) -> None:
    kinds = ["empty", "null", "refusal", "filtered", "truncated"]
    form = {"type": "json_object"}
    replies = {}
    for kind in kinds:
        _, client = serve(faults=[f"{kind}=1"])
        replies[kind] = client.post(PATH, json=chat(response_format=form)).json()

    choices = {kind: reply["choices"][0] for kind, reply in replies.items() if reply["choices"]}
    assert set(choices) == set(kinds) - {"empty"}
    assert choices["null"]["message"] == {"role": "assistant", "content": None, "refusal": None}
    assert choices["refusal"]["message"]["refusal"].startswith("I'm sorry")
    assert choices["filtered"]["finish_reason"] == "content_filter"
    assert choices["truncated"]["finish_reason"] == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choices["truncated"]["message"]["content"])


def test_gemini_says_each_of_these_in_its_own_way(serve: Serve) -> None:
    replies = {}
    for kind in ("empty", "null", "refusal", "filtered", "truncated"):
        _, client = serve(faults=[f"{kind}=1"])
        path = "/v1beta/models/gemini-2.5-flash-image:generateContent"
        replies[kind] = client.post(path, json=generate("x", png())).json()

    assert replies["empty"]["candidates"] == []
    assert "parts" not in replies["null"]["candidates"][0]["content"]
    assert replies["refusal"]["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    assert "candidates" not in replies["refusal"]
    assert replies["filtered"]["candidates"][0]["finishReason"] == "IMAGE_SAFETY"
    assert replies["truncated"]["candidates"][0]["finishReason"] == "MAX_TOKENS"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/images/generations", DRAW, "moderation_blocked"),
        ("/v1/images/generations", {**DRAW, "model": "dall-e-3"}, "content_policy_violation"),
        ("/api/v3/images/generations", {**DRAW, "model": "seedream"}, "InputImageSensitiveContentDetected"),
    ],
)
def test_image_endpoints_refuse_with_400(serve: Serve, path: str, body: dict[str, object], code: str) -> None:
    server, client = serve(faults=["refusal=1,always"])

    reply = client.post(path, json=body)

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
    assert server.requests[0].result == "faulted"


def test_imagen_and_predictions_refuse_without_an_image(serve: Serve) -> None:
    _, client = serve(faults=["refusal=1,always"])
    path = "/v1beta/models/imagen-4.0-fast-generate-001:predict"
    asked = {"instances": [{"prompt": "x"}], "parameters": {"includeRaiReason": True}}
    job = {"version": "seedream-4", "input": {"prompt": "x"}}

    told = client.post(path, json=asked).json()["predictions"][0]
    untold = client.post(path, json={"instances": [{"prompt": "x"}]}).json()
    failed = client.post("/v1/predictions", json=job, headers={"prefer": "wait"}).json()
    plain = client.post("/v1/answer", json={"prompt": "x"}).json()

    assert set(told) == {"raiFilteredReason"}
    assert untold == {}
    assert (failed["status"], failed["output"]) == ("failed", None)
    assert "sensitive" in failed["error"]
    assert plain["refusal"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("image-empty", "empty (0 bytes)"),
        ("image-bomb", "60000x60000 pixels, more than the 64000000 allowed"),
        ("image-svg", "not an image of a known format"),
        ("image-text", "not an image of a known format"),
        ("image-broken", "cannot be decoded"),
    ],
)
def test_images_can_be_none(serve: Serve, kind: str, words: str) -> None:
    _, client = serve(faults=[f"{kind}=1"])

    data = base64.b64decode(client.post("/v1/images/generations", json=DRAW).json()["data"][0]["b64_json"])

    with pytest.raises(ImageError) as raised:
        decode(data, name="it")
    assert words in str(raised.value)
    assert len(data) < 1_000_000


def test_where_a_chat_owes_an_image_there_can_be_a_text(serve: Serve) -> None:
    _, client = serve(faults=["image-text=1"])

    message = client.post(PATH, json=chat("Draw.", png(), modalities=["text", "image"])).json()["choices"][0]["message"]

    assert message["content"]
    assert "images" not in message


def test_faults_of_images_do_not_concern_who_wants_none(serve: Serve) -> None:
    _, client = serve(faults=["image-svg=1,always"])

    assert client.post(PATH, json=chat()).status_code == 200
    assert content_of(client.post(PATH, json=chat()))


@pytest.mark.parametrize("where", ["body", "file"])
def test_a_huge_image_is_streamed_and_valid(serve: Serve, where: str) -> None:
    _, client = serve(faults=["image-huge=1"], huge_bytes=20_000_000)
    form = "b64_json" if where == "body" else "url"
    body = {"model": "dall-e-3", "prompt": "x", "response_format": form}

    entry = client.post("/v1/images/generations", json=body).json()["data"][0]
    data = base64.b64decode(entry["b64_json"], validate=True) if where == "body" else client.get(entry["url"]).content

    assert len(data) > 20_000_000
    assert decode(data, name="the huge image").shape == (64, 64, 3)


def test_two_hundred_megabytes_leave_without_being_held(serve: Serve) -> None:
    _, client = serve(faults=["image-huge=1"])
    size = checksum = 0

    with client.stream("POST", "/v1/images/generations", json=DRAW) as reply:
        for piece in reply.iter_raw():
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)

    assert size == int(reply.headers["content-length"]) > 200_000_000 * 4 / 3


def test_a_fault_can_concern_some_paths_only(serve: Serve) -> None:
    _, client = serve(faults=["500=1,always,path=/images/"])

    assert client.post(PATH, json=chat()).status_code == 200
    assert client.post("/v1/images/generations", json=DRAW).status_code == 500


def test_a_server_dies_and_comes_back_on_its_port(serve: Serve) -> None:
    server, client = serve()
    client.post(PATH, json=chat())

    server.pause()
    with pytest.raises(httpx.TransportError):
        client.post(PATH, json=chat("while it is away"))
    server.resume()
    after = client.post(PATH, json=chat("after"))

    assert after.status_code == 200
    assert [entry.number for entry in server.requests] == [1, 2]


def test_a_shared_share_of_contents_is_hit_whatever_their_order() -> None:
    fault = Fault(kind="429", rate=0.3)
    question = Question(model="m", text="t")
    contents = [str(number) for number in range(2000)]

    def hit(order: list[str]) -> set[str]:
        faulting = Faulting([fault], seed=5)
        return {
            content
            for number, content in enumerate(order, start=1)
            if faulting.draw(question, path="/", digest=content, number=number)
        }

    assert hit(contents) == hit(contents[::-1])
    assert 500 < len(hit(contents)) < 700


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(0, 100))
def test_a_content_meets_a_fault_as_often_as_it_says(order: list[int], seed: int) -> None:
    faulting = Faulting([Fault(kind="500", rate=1, times=2)], seed=seed)
    question = Question(model="m", text="t")

    met = [content for content in order if faulting.draw(question, path="/", digest=str(content), number=1)]

    assert all(met.count(content) == min(2, order.count(content)) for content in order)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_fault_hits_where_it_concerns(serve: Serve, kind: str) -> None:
    server, client = serve(faults=[f"{kind}=1"], hang=0.01, huge_bytes=1_000_000)
    # A judge's question, so that faults of judgements concern it too.
    body = {"prompt": prompt(), "wants": ["text", "image"], "images": [in_base64(png())]}

    try:
        client.post("/v1/answer", json=body)
    except httpx.TransportError:
        assert kind in {"drop", "reset", "torn"}

    assert [entry.fault for entry in server.requests] == [kind]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"faults": ["42=0.1"]}, "unknown fault '42'"),
        ({"faults": ["huge=1"]}, "(or a status from 400 to 599)"),
        ({"faults": ["500=0"]}, "'faults.0.rate': Input should be greater than 0"),
        ({"faults": ["500=1.5"]}, "'faults.0.rate': Input should be less than or equal to 1"),
        ({"faults": ["500=nan"]}, "'faults.0.rate'"),
        ({"faults": ["500=1,twice"]}, "unknown option 'twice'; known: once, always, number, content, judge, model"),
        ({"faults": ["500=1,burst=3"]}, "write `number` too"),
        ({"faults": ["500=1,times=0"]}, "'faults.0.times'"),
        ({"latency": -1}, "'latency': Input should be greater than or equal to 0"),
        ({"latncy": 1}, "unknown key 'latncy'; did you mean 'latency'?"),
        ({"host": "0.0.0.0"}, "'0.0.0.0' is no loopback address"),  # noqa: S104 - refused
        ({"host": "example.com"}, "'example.com' is no loopback address"),
        ({"host": "::"}, "'::' is no loopback address"),
        ({"key": 7}, "'key'"),
    ],
)
def test_wrong_settings_are_one_line(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        fake_server_settings(options)

    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
