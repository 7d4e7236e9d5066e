"""Raw replies as records keep them."""

from __future__ import annotations

import base64
import hashlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.remote.raw_reply import MOST_CHARACTERS, raw_reply
from tests.fake_server.asking import data_url, in_base64, png

IMAGE = png()
MARK = f"<PNG, {len(IMAGE)} bytes, sha256 {hashlib.sha256(IMAGE).hexdigest()[:16]}>"


def raw(value: object) -> str:
    return raw_reply(json.dumps(value).encode())


def test_json_is_kept_in_one_line_as_it_is() -> None:
    assert raw_reply(b'{"text":\n "\\u00fc and \xc3\xbc", "n": 1.5}') == '{"text": "ü and ü", "n": 1.5}'


@pytest.mark.parametrize(
    "text",
    [
        in_base64(IMAGE),
        data_url(IMAGE),
        data_url(IMAGE).replace("image/png;", "").replace(";;", ";"),
        base64.urlsafe_b64encode(IMAGE).decode(),
        in_base64(IMAGE).rstrip("="),
    ],
)
def test_an_image_is_told_as_what_it_is(text: str) -> None:
    assert raw({"data": [{"b64_json": text}]}) == f'{{"data": [{{"b64_json": "{MARK}"}}]}}'


def test_images_within_a_text_are_told_and_the_text_is_kept() -> None:
    url = data_url(IMAGE)

    assert raw(f"See ![it]({url}) and\n{url}\nDone.") == json.dumps(f"See ![it]({MARK}) and\n{MARK}\nDone.")


def test_base64_in_lines_is_one_image() -> None:
    lines = base64.encodebytes(IMAGE).decode().strip()

    assert raw(lines) == raw(f"data:image/png;base64,{lines}") == json.dumps(MARK)
    assert raw(f"data:image/png;base64,{lines}\nDone.") == json.dumps(f"{MARK}\nDone.")


def test_long_base64_is_told_whatever_it_holds() -> None:
    assert raw("x" + "A" * 4000).startswith('"<data, 3000 bytes, sha256 ')


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://host/a.png?sig=abc&x=1 end", "https://host/a.png?... end"),
        ("[a](https://host/a.png?sig=abc)", "[a](https://host/a.png?...)"),
        ("http://user:pw@host/a#token", "http://host/a?..."),
        ("HTTPS://host?sig=abc", "HTTPS://host?..."),
        ("https://host/a.png", "https://host/a.png"),
        ("a data: b, c", "a data: b, c"),
        ("data:image/png;base64,", "data:image/png;base64,"),
    ],
)
def test_of_addresses_what_may_be_a_signature_is_left_out(text: str, kept: str) -> None:
    assert raw(text) == json.dumps(kept)
    assert raw({text: 1}) == json.dumps({kept: 1})


def test_what_is_no_json_is_kept_as_text() -> None:
    assert raw_reply(b"") == ""
    assert raw_reply(b"<html>\xff https://h/?k=1") == "<html>\ufffd https://h/?..."
    assert raw_reply(b"[" * 100_000).startswith("[[[")


def test_half_a_character_is_replaced() -> None:
    assert raw_reply(b'"\\ud83d"') == '"\ufffd"'
    assert raw_reply(b'"\\ud83d\\ude00"') == '"\U0001f600"'


def test_a_long_reply_is_cut_and_says_how_long_it_was() -> None:
    text = raw_reply(("word " * 10_000).encode())

    assert text.endswith("word ... (50000 characters)")
    assert len(text) < MOST_CHARACTERS + 50


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: json.dumps(text).encode()))
def test_any_reply_becomes_text_that_can_be_written(body: bytes) -> None:
    assert raw_reply(body).encode("utf-8") is not None


@pytest.mark.parametrize("hostile", ["http://", "data:", "A" * 799 + " ", "data:,", "?#@[](", " " * 999 + "!", "= "])
def test_hostile_replies_take_linear_time(hostile: str) -> None:
    def seconds(count: int) -> float:
        body = (hostile * (count // len(hostile))).encode()
        started = time.process_time()
        raw_reply(body)
        return time.process_time() - started

    assert seconds(400_000) < 20 * seconds(100_000) + 0.2
