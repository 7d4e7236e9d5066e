"""Lines of the protocol: whatever a program writes is a message of some request, or passed over."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.engine.fault import find_fault
from medgen_pytest.errors import ModelError
from medgen_pytest.models.process.group import describe_end
from medgen_pytest.models.process.messages import READY, key_of, problem_of_ready, read_message, write_message
from medgen_pytest.models.process.reply import output_of
from medgen_pytest.models.process.tail import Tail

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
KEYS = st.sampled_from(
    ["id", "ready", "text", "image", "raw", "reasoning", "finish_reason", "usage", "problem", "error", "image_path"]
)
MESSAGES = st.dictionaries(KEYS | st.text(), PLAIN)


@given(st.dictionaries(st.text(), st.text() | st.integers(-(10**17), 10**17) | st.booleans() | st.none()))
def test_a_message_survives_its_line(message: dict[str, object]) -> None:
    line = write_message(message)

    assert line.isascii()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_message(line) == message


@given(st.binary())
def test_any_bytes_are_a_message_or_none(line: bytes) -> None:
    message = read_message(line)

    assert message is None or isinstance(message, dict)
    assert isinstance(key_of(line, message), str | None)


@given(MESSAGES)
def test_whatever_a_reply_holds_becomes_an_output_without_a_fault_or_an_error(message: dict[str, object]) -> None:
    read = read_message(json.dumps(message).encode())
    assert read is not None

    try:
        output = output_of(read, wants_image=True)
    except ModelError as error:
        said, known = str(error), error.partial
        output = known if isinstance(known, ModelOutput) else ModelOutput(problem="no partial output")
    else:
        said = output.problem or ""

    assert find_fault(output) is None
    assert said.splitlines() in ([], [said])
    (output.text or "").encode()
    said.encode()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"id": "7"}', "7"),
        ('{"id": 7}', "7"),
        ('{"id": 7.0}', None),
        ('{"id": true}', None),
        ('{"id": ""}', None),
        ('{"id": null}', None),
        (f'{{"id": "{"7" * 65}"}}', None),
        (f'{{"id": {"7" * 5000}}}', None),
        ('{"ready": true}', READY),
        ('{"ready": true, "id": "7"}', READY),
        ('{"ready": 1}', None),
        ('{"ready": "true"}', None),
        ('{"id": "7", "text": "A', "7"),
        ('{"id": 7, "text": "A', "7"),
        ("{'id': '7'}", None),
        ('[{"id": "7"}]', None),
        ('50 %\r\ufeff{"id": "7"}\r', "7"),
        ('text {"id": "7"}', None),
        ("", None),
    ],
)
def test_a_line_names_the_request_that_it_answers(line: str, key: str | None) -> None:
    data = line.encode()

    assert key_of(data, read_message(data)) == key


def test_numbers_that_json_has_not_and_numbers_without_end_are_read_as_floats_that_nothing_accepts() -> None:
    message = read_message(b'{"a": NaN, "b": -Infinity, "c": %s, "d": 1e999, "e": 5}' % (b"9" * 5000))

    assert message is not None
    assert math.isnan(float(str(message["a"])))
    assert (message["b"], message["c"], message["d"], message["e"]) == (-math.inf, math.inf, math.inf, 5)


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"a":' * 100_000, b"{" * 100_000, b'{"a": "' + b"\\" * 100_001])
def test_a_hostile_line_is_none_and_takes_no_time(line: bytes) -> None:
    assert read_message(line) is None


def test_a_program_is_ready_unless_protocol_or_revision_are_others() -> None:
    assert problem_of_ready({"ready": True}, revision=None) is None
    assert problem_of_ready({"protocol": 1, "revision": "a", "name": "x"}, revision="a") is None
    assert problem_of_ready({"protocol": 1, "revision": "a"}, revision=None) is None
    assert problem_of_ready({"protocol": True}, revision=None) == "speaks protocol True; this version speaks 1"
    assert problem_of_ready({"revision": "b"}, revision="a") == "says that its revision is 'b'; the settings say 'a'"


def test_a_tail_quotes_the_last_lines_on_one_line() -> None:
    tail = Tail()
    tail.add(b"first\nsec")
    tail.add(b"ond\x1b[31m red\x1b[0m\r\n\n10 %\r20 %\r\xff\x00end")

    assert tail.quote(length=100) == "first | second red | 10 % | 20 % | \ufffd end"
    assert tail.quote(length=10) == "...| \ufffd end"
    tail.clear()
    assert tail.quote(length=100) == ""


@given(st.lists(st.binary(max_size=200), max_size=20), st.integers(4, 300))
def test_a_tail_stays_within_its_length(parts: list[bytes], length: int) -> None:
    tail = Tail()
    for part in parts:
        tail.add(part)

    quoted = tail.quote(length=length)

    assert len(quoted) <= length
    assert quoted.isprintable()


def test_a_tail_keeps_no_more_than_fifty_lines_of_a_long_stream() -> None:
    tail = Tail()
    for number in range(100_000):
        tail.add(b"%d\n" % number)

    assert tail.quote(length=10_000) == " | ".join(str(number) for number in range(99_950, 100_000))


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended with exit code 0"), (-15, "was ended by SIGTERM"), (-250, "was ended by signal 250")],
)
def test_an_end_is_put_into_words(code: int, words: str) -> None:
    assert describe_end(code) == words
