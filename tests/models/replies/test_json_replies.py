"""The JSON object of a reply is found in whatever a model wrapped it, and what was tolerated is told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.errors import OutputError
from medgen_pytest.models.replies import MAX_CHARACTERS, MAX_DEPTH, JsonReply, read_json

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = st.text(max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)
PROSE = st.text(alphabet=st.characters(blacklist_characters="{}`\ufeff", blacklist_categories=["Cs"]))

# A string of JSON, or a character outside strings.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|.', re.DOTALL)
KEY_OR_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*":?|.', re.DOTALL)


def outside_strings(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if part.startswith('"') else change(part) for part in TOKEN.findall(text))


def in_quotes(text: str, opening: str, closing: str) -> str:
    return "".join(f"{opening}{part[1:-1]}{closing}" if part.startswith('"') else part for part in TOKEN.findall(text))


def raw_line_breaks(text: str) -> str:
    """Values, not keys, with line breaks and tabs as they are."""
    return "".join(
        part.replace("\\\\", "\\u005c").replace("\\n", "\n").replace("\\t", "\t") if part[-1:] != ":" else part
        for part in KEY_OR_TOKEN.findall(text)
    )


def trailing_commas(text: str) -> str:
    changed = re.sub(r"([^\[{])(\n\s*[\]}])", r"\1,\2", text)
    assert changed != text
    return changed


NOISES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "byte order mark": lambda text: "\ufeff" + text,
    "fence": lambda text: f"```json\n{text}\n```",
    "fence without a name": lambda text: f"```\n{text}\n```\n",
    "text around": lambda text: f"Sure, here it is:\n{text}\nAnything else?",
    "braces around": lambda text: f"Of {{x}} and \\frac{{a}}{{b}}: {text} and {{more}}",
    "twice the braces": lambda text: "{" + text + "}",
    "in a list": lambda text: f"[{text}]",
    "trailing commas": trailing_commas,
    "line comments": lambda text: text.replace("\n", ' // it\'s {a} "comment"\n'),
    "hash comments": lambda text: text.replace("\n", ' # it\'s {a} "comment"\n'),
    "block comments": lambda text: outside_strings(text, lambda part: f"/* {{ */{part}" if part in "{}[],:" else part),
    "smart quotes": lambda text: in_quotes(text, "\u201c", "\u201d"),
    "smart single quotes": lambda text: in_quotes(text.replace("'", "\\u0027"), "\u2018", "\u2019"),
    "single quotes": lambda text: in_quotes(text.replace("'", "\\u0027"), "'", "'"),
    "raw line breaks": raw_line_breaks,
    "draft and final": lambda text: f'{{"draft": true}} No: {text}',
    "a broken draft": lambda text: f'{{"draft": oops}} No: {text}',
    "strange blanks": lambda text: text.replace("\n", "\u00a0\r\n\ufeff\t"),
}


def refusal(text: str) -> str:
    with pytest.raises(OutputError) as caught:
        read_json(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("noise", NOISES)
@settings(deadline=None)
@given(value=OBJECTS)
def test_any_object_comes_back_through_each_noise(noise: str, value: dict[str, object]) -> None:
    text = NOISES[noise](json.dumps(value, indent=1))

    assert read_json(text).value == json.loads(json.dumps(value))


@settings(deadline=None)
@given(OBJECTS)
def test_python_literals_come_back(value: dict[str, object]) -> None:
    assert read_json(repr(value)).value == value


@settings(deadline=None)
@given(OBJECTS)
def test_plain_json_needs_no_tolerance(value: dict[str, object]) -> None:
    assert read_json(json.dumps(value, ensure_ascii=False)) == JsonReply(value=value)


@settings(deadline=None)
@given(OBJECTS, PROSE, PROSE)
def test_any_text_may_stand_around(value: dict[str, object], before: str, after: str) -> None:
    assert read_json(f"{before}{json.dumps(value)}{after}").value == value


@settings(deadline=None)
@given(OBJECTS, st.floats(0, 1, exclude_max=True))
def test_an_object_cut_anywhere_is_cut_off_and_mended_only_if_asked(value: dict[str, object], share: float) -> None:
    whole = json.dumps(value)
    text = whole[: max(1, int(len(whole) * share))]

    assert refusal(text).startswith("the JSON of the reply is cut off")
    mended = read_json(text, repair=True)
    assert not mended.complete
    assert list(mended.value) == list(value)[: len(mended.value)]
    for key in list(mended.value)[:-1]:
        assert mended.value[key] == value[key]


@settings(deadline=None)
@given(st.text(alphabet="{}[]\"':,\\/*#`\n ab1\u201c\u201d\u2018", max_size=60))
def test_any_text_is_an_object_or_an_output_error(text: str) -> None:
    for repair in (False, True):
        try:
            reply = read_json(text, repair=repair)
        except OutputError:
            continue
        assert isinstance(reply.value, dict)
        assert reply.complete or repair


@pytest.mark.parametrize(
    ("text", "value", "tolerated"),
    [
        ("{}", {}, ()),
        ('\ufeff{"a": 1}', {"a": 1}, ("byte order mark",)),
        ('```json\n{"a": 1}\n```', {"a": 1}, ("code fence",)),
        ('Sure! {"a": 1}', {"a": 1}, ("text before",)),
        ('{"a": 1} Done.', {"a": 1}, ("text after",)),
        ('{"a": 1, }', {"a": 1}, ("trailing comma",)),
        ('{"a": [1, ], }', {"a": [1]}, ("trailing comma",)),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}, ("missing comma",)),
        ('{"a": "x"\n "b c": "y"}', {"a": "x", "b c": "y"}, ("missing comma",)),
        ('{"a": 1 // one\n}', {"a": 1}, ("comment",)),
        ("{'a': 'it\\'s'}", {"a": "it's"}, ("foreign escape", "single quotes")),
        ("{'a': 'the patient's lung'}", {"a": "the patient's lung"}, ("bare quote in a string", "single quotes")),
        ('{"a": "the "left" lung", "b": 2}', {"a": 'the "left" lung', "b": 2}, ("bare quote in a string",)),
        ("{\u201ca\u201d: 1}", {"a": 1}, ("smart quotes",)),
        ('{\u201ca": 1}', {"a": 1}, ("smart quotes",)),
        ("{a: 1, image_prompt: 2}", {"a": 1, "image_prompt": 2}, ("bare key",)),
        ('{"a": 1, "a": 2}', {"a": 2}, ("duplicate key",)),
        ('{"a": True, "b": None}', {"a": True, "b": None}, ("Python literal",)),
        ('{"a": .5, "b": +1, "c": 1., "d": 007}', {"a": 0.5, "b": 1, "c": 1.0, "d": 7}, ("foreign number",)),
        ('{"a": "x\ny"}', {"a": "x\ny"}, ("line break in a string",)),
        (r'{"a": "\alpha \x41 \U0001F600"}', {"a": "\\alpha A \U0001f600"}, ("foreign escape",)),
        (r'{"a": "\ud83d\ude00 \ud800."}', {"a": "\U0001f600 \ufffd."}, ()),
        ('{"a": 1} {"b": 2}', {"b": 2}, ("several objects", "text before")),
        ('{"a": 1} or {}', {"a": 1}, ("several objects", "text after")),
        ('{"a": 1} and then {"b', {"a": 1}, ("text after",)),
        ('[{"a": 1}]', {"a": 1}, ("text after", "text before")),
        ('{"a": {"b": 1}}', {"a": {"b": 1}}, ()),
        ('{"a": Infinity}', {"a": float("inf")}, ("Python literal",)),
    ],
)
def test_what_was_tolerated_is_told(text: str, value: dict[str, object], tolerated: tuple[str, ...]) -> None:
    reply = read_json(text)

    assert reply.value == value
    assert reply.tolerated == tolerated
    assert reply.complete


@pytest.mark.parametrize(
    ("text", "value", "cut_in", "where"),
    [
        (
            '{"text": "A", "prompt": "a chest x-ray wi',
            {"text": "A", "prompt": "a chest x-ray wi"},
            "prompt",
            "in 'prompt' ",
        ),
        ('{"text": "A", "prom', {"text": "A"}, None, ""),
        ('{"text": "A"', {"text": "A"}, None, ""),
        ('{"text": "A\\', {"text": "A"}, "text", "in 'text' "),
        ('{"text": "A\\u00', {"text": "A"}, "text", "in 'text' "),
        ('{"text": "A", "n": 12', {"text": "A"}, "n", "in 'n' "),
        ('{"text": "A", "n": 1.5e', {"text": "A"}, "n", "in 'n' "),
        ('{"text": "A", "n": -', {"text": "A"}, "n", "in 'n' "),
        ('{"text": "A", "n": tru', {"text": "A"}, "n", "in 'n' "),
        ('{"a": {"b": [1, {"c": "x', {"a": {"b": [1, {"c": "x"}]}}, "a.b.c", "in 'a.b.c' "),
        ('```json\n{"text": "A"\n```', {"text": "A"}, None, ""),
        ("{", {}, None, ""),
        ('{"', {}, None, ""),
    ],
)
def test_a_reply_that_was_cut_off_says_where(
    text: str, value: dict[str, object], cut_in: str | None, where: str
) -> None:
    assert refusal(text) == f"the JSON of the reply is cut off {where}after {len(text)} characters"

    reply = read_json(text, repair=True)

    assert (reply.value, reply.cut_in, reply.complete) == (value, cut_in, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the reply is empty"),
        (" \n", "the reply is empty"),
        ("I cannot do that.", "no JSON object in the reply: 'I cannot do that.'"),
        ("[1, 2]", "no JSON object in the reply: '[1, 2]'"),
        ("A {set} of words", "no JSON object in the reply: 'A {set} of words'"),
        ('{"a": }', "the JSON of the reply is broken at character 7: a value is due, not '}'"),
        ('{"a": "x"; "b": 2}', "the JSON of the reply is broken at character 10: ',' or '}' is due, not '; \"b\": 2}'"),
        (
            '{"a": __import__("os")}',
            "the JSON of the reply is broken at character 7: a value is due, not '__import__(\"os\")}'",
        ),
        (
            '{"a": ' + "9" * 401 + "}",
            "the JSON of the reply is broken at character 7: a number of at most 400 digits is due",
        ),
        (
            "x" * (MAX_CHARACTERS + 1),
            f"the reply has {MAX_CHARACTERS + 1} characters, more than the 1000000 that are read",
        ),
        ('{"a":' * 65, f"the JSON of the reply is nested deeper than {MAX_DEPTH} levels"),
        ('{"a":' + "[" * 64, f"the JSON of the reply is nested deeper than {MAX_DEPTH} levels"),
    ],
    ids=lambda text: text[:30],
)
def test_what_holds_no_object_says_why(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_the_deepest_object_allowed_is_read() -> None:
    text = '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH

    assert read_json(text).value == json.loads(text)


def test_objects_with_the_keys_wanted_go_before_later_ones() -> None:
    text = 'As asked: {"text": "A", "image_prompt": "p"}. Sizes: {"width": 3}'

    assert read_json(text).value == {"width": 3}
    assert read_json(text, wanted=["text", "image_prompt"]).value == {"text": "A", "image_prompt": "p"}


def test_of_several_with_the_keys_wanted_the_last_complete_one_counts() -> None:
    text = '{"text": "draft"} {"text": "final"} {"text": "cut'

    assert read_json(text, wanted=["text"]).value == {"text": "final"}


def test_a_part_of_a_broken_object_is_no_answer() -> None:
    assert "is broken at character 26" in refusal('{"draft": {"text": "A"}, ??, "text": "B"}')


def test_an_example_does_not_stand_for_an_answer_that_was_cut_off() -> None:
    text = 'Given {"width": 3}: {"text": "A'

    with pytest.raises(OutputError, match="cut off in 'text'"):
        read_json(text, wanted=["text"])


def test_the_text_of_a_member_is_read() -> None:
    assert read_json('{"text": " A\\n"}').text("text") == "A"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"txt": "A", "b": 1}', "the JSON of the reply has no 'text'; its keys: 'b, txt'"),
        ("{}", "the JSON of the reply has no 'text'; its keys: 'none'"),
        ('{"text": " "}', "'text' in the JSON of the reply is empty"),
        ('{"text": null}', "'text' in the JSON of the reply is no text but null"),
        ('{"text": true}', "'text' in the JSON of the reply is no text but true or false"),
        ('{"text": 1.5}', "'text' in the JSON of the reply is no text but a number"),
        ('{"text": ["A"]}', "'text' in the JSON of the reply is no text but a list"),
        ('{"text": {}}', "'text' in the JSON of the reply is no text but an object"),
    ],
)
def test_a_member_that_is_no_text_says_what_it_is(text: str, message: str) -> None:
    with pytest.raises(OutputError, match=re.escape(message)):
        read_json(text).text("text")


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "{ ",
        '{"',
        '{" ',
        "{}",
        '{"a":1 ',
        '{"a":"x",',
        '{"a":"x" ',
        "{'a':\"x\" ",
        "{a:{b:1;",
        "{//",
        "{/*",
        "{#",
        '{"a":1```',
        '{"a":"\\"',
        "{'",
        '"',
        "\\",
        " ",
        "9",
    ],
)
def test_hostile_replies_take_linear_time(unit: str) -> None:
    for start in ("", '{"a":"', '{"a":['):
        text = start + unit * ((MAX_CHARACTERS - 10) // len(unit) // 4)
        try:
            read_json(text, repair=True)
        except OutputError as error:
            assert len(str(error)) < 300  # noqa: PT017 - some of them hold an object
