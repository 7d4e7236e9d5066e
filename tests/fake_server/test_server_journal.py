"""The journal: what was asked, what was paid, and no key anywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.fake_server import FakeServer, FakeServerSettings
from medgen_pytest.fake_server.spoilt import huge_image
from tests.fake_server.asking import QUESTION, chat, generate, in_base64, png

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_server.conftest import Serve

PATH = "/v1/chat/completions"
KEY = "the-key-of-this-test"


def test_an_entry_tells_the_request_with_its_images_as_what_they_are(serve: Serve) -> None:
    server, client = serve()

    client.post(PATH, json=chat(QUESTION, png(), temperature=0))

    (entry,) = server.requests
    content = entry.content
    assert (entry.number, entry.kind, entry.endpoint, entry.method, entry.path) == (
        1,
        "ask",
        "openai_chat",
        "POST",
        PATH,
    )
    assert isinstance(content, dict)
    assert content["temperature"] == 0
    url = content["messages"][0]["content"][1]["image_url"]["url"]
    assert url.startswith(f"data:image/png;base64,<PNG 48x32, {len(png())} bytes, sha256 ")
    assert entry.headers["content-type"] == "application/json"


def test_a_form_is_told_part_by_part(serve: Serve) -> None:
    server, client = serve()

    client.post("/v1/images/edits", data={"model": "gpt-image-1-mini", "prompt": "x"}, files={"image": ("i", png())})

    content = server.requests[0].content
    assert isinstance(content, list)
    assert content[:2] == [["model", "gpt-image-1-mini"], ["prompt", "x"]]
    assert content[2][1].startswith("<PNG 48x32, ")


def test_the_same_form_is_the_same_content_whatever_its_boundary(serve: Serve) -> None:
    server, client = serve()

    replies = [
        client.post("/v1/images/edits", data={"model": "qwen", "prompt": "x"}, files={"image": ("i", png())}).content
        for _ in range(2)
    ]

    assert replies[0] == replies[1]
    assert [entry.attempt for entry in server.requests] == [1, 2]
    assert server.stats.answered_twice == 1


def test_what_is_paid_is_counted_by_content(serve: Serve) -> None:
    server, client = serve(faults=["500=1"])

    for text in ("a", "a", "b"):
        client.post(PATH, json=chat(text))

    stats = server.stats
    assert (stats.asked, stats.answered, stats.faulted, stats.answered_twice) == (3, 1, 2, 0)
    assert sorted(tuple(counts.items()) for counts in stats.by_digest.values()) == [
        (("asked", 1), ("answered", 0)),
        (("asked", 2), ("answered", 1)),
    ]


def test_the_journal_and_the_counts_can_be_had_over_http_and_forgotten(serve: Serve) -> None:
    server, client = serve(faults=["500=1"])
    client.post(PATH, json=chat())

    told, counted = client.get("/_fake/requests").json(), client.get("/_fake/stats").json()
    client.post("/_fake/reset")

    assert told == [json.loads(json.dumps(entry)) for entry in told]
    assert (told[0]["schema_version"], told[0]["result"], told[0]["status"]) == (1, "faulted", 500)
    assert (counted["schema_version"], counted["asked"]) == (1, 1)
    assert server.requests == ()
    assert client.post(PATH, json=chat()).status_code == 500
    assert client.get("/_fake/nothing").status_code == 404


def test_no_key_is_kept_wherever_it_is_sent(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    server, client = serve(key=KEY, journal=path)

    bearer = {"authorization": f"Bearer {KEY}"}
    replies = [
        client.post(PATH, json=chat(), headers=bearer),
        client.post(PATH, json=chat(), headers={"authorization": f"Bearer wrong-{KEY}"}),
        client.post("/v1beta/models/g:generateContent", json=generate(), params={"key": KEY}),
        client.post("/v1beta/models/g:generateContent", json=generate(), headers={"x-goog-api-key": KEY}),
        client.post(PATH, json=chat(api_key=KEY), headers=bearer),
    ]

    assert [reply.status_code for reply in replies] == [200, 401, 200, 200, 200]
    everywhere = [repr(server.requests), path.read_text(encoding="utf-8"), client.get("/_fake/requests").text]
    everywhere += [repr(server.settings), *(reply.text for reply in replies)]
    assert not [text for text in everywhere if KEY in text]


def test_the_file_has_a_line_for_each_request(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    server, client = serve(journal=path)

    client.post(PATH, json=chat())
    client.post(PATH, content=b"no json")
    client.get("/v1/models")
    server.close()

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(line["kind"], line["result"]) for line in lines] == [
        ("ask", "answered"),
        ("ask", "refused"),
        ("models", "answered"),
    ]
    assert lines == [json.loads(json.dumps(entry.to_plain())) for entry in server.requests]


def test_a_journal_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    server = FakeServer(FakeServerSettings(journal=tmp_path / "nowhere" / "journal.jsonl"))

    with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
        server.start()


def test_entries_beyond_the_room_leave_and_their_counts_stay(serve: Serve) -> None:
    server, client = serve(journal_entries=2)

    for text in "abc":
        client.post(PATH, json=chat(text))

    assert [entry.number for entry in server.requests] == [2, 3]
    assert server.stats.asked == 3


def test_a_client_that_leaves_while_its_reply_is_sent_has_abandoned_it(serve: Serve) -> None:
    server, client = serve(image_answer="echo")
    # Larger than what sockets hold.
    image = b"".join(huge_image(16_000_000))

    with client.stream(
        "POST", "/v1/answer", json={"prompt": "x", "wants": ["image"], "images": [in_base64(image)]}
    ) as reply:
        assert reply.status_code == 200
    client.get("/v1/models")

    assert server.requests[0].result == "abandoned"
    assert server.stats.answered == 0


def test_a_closed_server_can_still_be_asked_for_its_journal() -> None:
    with FakeServer() as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        client.post(PATH, json=chat())

    assert len(server.requests) == 1
    server.close()
    with pytest.raises(RuntimeError, match="starts once"):
        server.start()
    with pytest.raises(RuntimeError, match="not been started"):
        _ = FakeServer().url
