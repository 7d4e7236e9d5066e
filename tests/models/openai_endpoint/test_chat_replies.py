"""What a chat reply says: text, images, reasoning, and why something is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.models.openai_endpoint.chat_reply import read_message
from tests.fake_server.asking import data_url, png
from tests.models.openai_endpoint.asking import ask, chat_model
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from tests.models.openai_endpoint.conftest import CannedReply

URL = data_url(png())
LINK = {"type": "image_url", "image_url": {"url": URL}}
QUESTION = make_sample(Task.QUESTION_ANSWERING).request()
EDIT = make_sample(Task.INSTRUCTION_EDITING).request()


def of(content: object = None, *, finish: object = "stop", **fields: object) -> dict[str, object]:
    return {"choices": [{"message": {"content": content, **fields}, "finish_reason": finish}]}


def test_text_is_the_content_or_its_parts() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "output_text", "text": "two"}, {"type": "other", "text": "no"}]

    assert read_message(of("one")).text == "one"
    assert read_message(of(parts)).text == "one\ntwo"


@pytest.mark.parametrize(
    "body",
    [
        of("Done.", images=[LINK]),
        of("Done.", images=[{"url": URL}]),
        of([{"type": "text", "text": "Done."}, LINK]),
        of(f"Done. ![it]({URL})"),
        of(f"<think>![draft]({URL}x)</think>Done. {URL}"),
    ],
)
def test_images_are_found_wherever_they_are_and_taken_out_of_the_text(body: dict[str, object]) -> None:
    message = read_message(body)

    assert message.images[-1] == URL
    assert message.text == "Done."


def test_the_field_of_images_wins_over_links_in_the_text() -> None:
    message = read_message(of("See https://example.org/figure.png", images=[LINK]))

    assert message.images == (URL,)


def test_reasoning_is_kept_apart_wherever_it_stands() -> None:
    assert read_message(of("A", reasoning_content=" because ")).reasoning == "because"
    assert read_message(of("<think>why</think>A", reasoning="first")).reasoning == "first\n\nwhy"
    assert read_message(of("<think>why</think>A")).text == "A"


@pytest.mark.parametrize(
    ("body", "silence"),
    [
        ({"choices": []}, "the reply holds no choices"),
        ({"choices": None}, "the reply holds no choices"),
        ({"choices": [{"finish_reason": "stop"}]}, "the reply holds no message"),
        (of(None), "the content of the reply is null"),
        (of("  "), "the text of the reply is empty"),
        (of([]), "the text of the reply is empty"),
        (of("<think>so long", finish="length"), "the reply ends within the reasoning, before any answer"),
        (
            of(None, tool_calls=[{"function": {"name": "look"}}]),
            "the model called a tool ('look') instead of answering",
        ),
        (of(None, tool_calls=[7]), "the model called a tool instead of answering"),
    ],
)
def test_what_is_missing_is_said(body: dict[str, object], silence: str) -> None:
    message = read_message(body)

    assert not (message.text or "").strip()
    assert message.silence == silence


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["choices", "message", "content", "images", "type", "text"]), inner)
    ),
    max_leaves=20,
)


@given(_JSON)
def test_any_json_is_read(choices: object) -> None:
    message = read_message({"choices": choices})

    assert message.text is None or message.text.encode()


def test_a_reply_that_makes_only_one_half_is_invalid_and_keeps_it(canned: CannedReply) -> None:
    with_text = ask(chat_model(canned(of("I cannot draw.")), images_out=True), EDIT)
    with_image = ask(chat_model(canned(of(None, images=[LINK])), images_out=True), EDIT)

    assert with_text.text == "I cannot draw."
    assert with_text.problem == "the reply holds no image; it says 'I cannot draw.'"
    assert with_image.image is not None
    assert with_image.problem == "the content of the reply is null"


def test_of_what_is_not_due_nothing_is_missed(canned: CannedReply) -> None:
    url = canned(of(None, images=[LINK]))

    output = ask(chat_model(url, images_out=True), replace(EDIT, due="image"))

    assert output.problem is None
    assert output.image is not None


def test_a_text_cut_off_is_an_answer_and_says_so(canned: CannedReply) -> None:
    output = ask(chat_model(canned(of('{"text": "a', finish="length"))), replace(QUESTION, wants_json=True))

    assert (output.text, output.finish_reason, output.problem) == ('{"text": "a', "length", None)


def test_an_image_elsewhere_is_not_fetched_unless_its_host_is_named(canned: CannedReply) -> None:
    url = canned(of("Done.", images=[{"image_url": {"url": "https://cdn.example.org/a.png?sig=abc"}}]))

    output = ask(chat_model(url, images_out=True), EDIT)

    assert output.problem == (
        "the reply points at an image at 'cdn.example.org', which may not be contacted"
        " (name it in image_hosts if it should)"
    )
    assert output.raw is not None
    assert "https://cdn.example.org/a.png?..." in output.raw
    assert "sig" not in output.raw


def test_half_a_character_is_no_end_of_the_run(canned: CannedReply) -> None:
    output = ask(chat_model(canned(of("left \ud83d", reasoning="\ud83d"))), QUESTION)

    assert output.text == "left \ufffd"
    assert output.reasoning == "\ufffd"
