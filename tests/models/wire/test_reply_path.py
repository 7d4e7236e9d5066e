"""Reply paths find what stands there, and nothing where nothing does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.wire.reply_path import MISSING, parse_reply_path

BODY = {"answer": [{"text": "left"}, {"text": "right"}], "0": "key", "none": None, "deep": {"1": {"x": 5}}}
names = st.text(alphabet=st.characters(exclude_characters=".[]", exclude_categories=["Cs"]), min_size=1, max_size=8)
steps = st.lists(names | st.integers(-5, 5), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("answer.0.text", "left"),
        ("$.answer[1].text", "right"),
        ("answer[-1].text", "right"),
        ("0", "key"),
        ("deep.1.x", 5),
        ("none", None),
        ("$", BODY),
        ("[1]", MISSING),
        ("answer.2", MISSING),
        ("answer.text", MISSING),
        ("answer.0.text.x", MISSING),
        ("Answer", MISSING),
    ],
)
def test_a_path_finds_what_stands_there(path: str, found: object) -> None:
    assert parse_reply_path(path).find(BODY) == found


@pytest.mark.parametrize(
    "path", ["", "  ", ".", "a..b", "a.", "a[", "a[]", "a[x]", "a[0", "a]", "$a", "$$", "$['a']", "x" * 501]
)
def test_what_is_no_path_is_refused_in_one_line(path: str) -> None:
    with pytest.raises(ValueError, match="path") as caught:
        parse_reply_path(path)

    assert "\n" not in str(caught.value)


@given(steps, st.integers())
def test_what_was_put_there_is_found(way: list[str | int], value: int) -> None:
    body: object = value
    for step in reversed(way):
        body = {step: body} if isinstance(step, str) else [0, 1, 2, 3, 4, body]
    # The last item, counted from either end.
    text = "".join(f".{step}" if isinstance(step, str) else "[5]" if step > 0 else "[-1]" for step in way)

    assert parse_reply_path(f"${text}").find(body) == value


@given(
    st.text(max_size=30),
    st.recursive(
        st.none() | st.text(max_size=3),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=3), x, max_size=3),
        max_leaves=8,
    ),
)
def test_any_text_is_a_path_or_refused_and_never_fails_on_a_body(text: str, body: object) -> None:
    try:
        path = parse_reply_path(text)
    except ValueError:
        return

    path.find(body)
