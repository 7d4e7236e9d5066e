"""Templates are filled with typed values, and what is wrong with one is known before it is filled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.wire.template import Template, TemplateError, written

KNOWN = ("a", "b", "image")
texts = st.text(max_size=40)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
plain = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


def filled(value: object, **values: object) -> object:
    return Template(value, known=KNOWN).fill({name: values.get(name) for name in KNOWN})


def doubled(value: object) -> object:
    """A value with its braces written as literal ones."""
    if isinstance(value, str):
        return value.replace("{", "{{").replace("}", "}}")
    if isinstance(value, list):
        return [doubled(item) for item in value]
    if isinstance(value, dict):
        return {key: doubled(item) for key, item in value.items()}
    return value


@given(plain)
def test_a_value_without_placeholders_stays_what_it_is(value: object) -> None:
    assert filled(doubled(value)) == value


@given(plain.filter(lambda value: value is not None))
def test_a_string_that_is_one_placeholder_becomes_the_value(value: object) -> None:
    assert filled({"x": ["{a}"], "y": "{a}"}, a=value) == {"x": [value], "y": value}


@given(texts, texts, texts)
def test_within_a_longer_string_a_text_stands_as_it_is(before: str, value: str, after: str) -> None:
    template = f"{doubled(before)}{{a}}|{doubled(after)}"

    assert filled(template, a=value) == f"{before}{value}|{after}"


@given(texts)
def test_a_value_is_never_taken_for_a_template(value: str) -> None:
    assert filled("{a}{b}", a=value, b="{a}") == f"{value}{{a}}"


@given(st.text(alphabet="{}ab ", max_size=20))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        template = Template(text, known=KNOWN)
    except TemplateError:
        return

    assert template.names <= set(KNOWN)
    assert isinstance(template.fill({"a": "x", "b": "y", "image": "z"}), str)


def test_what_is_not_there_is_left_out() -> None:
    template = {"image": "{image}", "images": ["{image}", "{a}"], "text": "see {image}", "null": None}

    assert filled(template, a=1) == {"images": [1], "text": "see ", "null": None}


@pytest.mark.parametrize(
    ("value", "text"),
    [("x", "x"), (["x", "y"], "x\ny"), (True, "true"), (7, "7"), (None, ""), ({"k": "ä"}, '{"k": "ä"}')],
)
def test_values_within_texts_are_written_plainly(value: object, text: str) -> None:
    assert written(value) == text
    assert filled("<{a}>", a=value) == f"<{text}>"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{c}", "unknown placeholder {c}; known: a, b, image"),
        ({"x": [{"y": "{A}"}]}, "unknown placeholder {A}"),
        ("{}", "unknown placeholder {}"),
        ("{a", "a brace stands alone"),
        ("a}", "a brace stands alone"),
        ("{{a}", "a brace stands alone"),
        ({"x": {1, 2}}, "no value of JSON"),
        ({"x": b"1"}, "no value of JSON"),
    ],
)
def test_what_is_wrong_is_known_before_it_is_filled(value: object, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(value, known=KNOWN)

    assert message in str(caught.value)


def test_a_template_without_an_end_is_refused() -> None:
    value: list[object] = []
    value.append(value)

    with pytest.raises(TemplateError, match="nested deeper"):
        Template(value, known=KNOWN)


def test_the_names_of_a_template_are_those_that_occur() -> None:
    assert Template({"x": ["{a} and {{b}}", {"y": "{image}"}]}, known=KNOWN).names == {"a", "image"}
