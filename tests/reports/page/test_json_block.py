"""Data within a page: it comes back as it was, and no text hides or takes more than its room."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.reports.page.json_block import json_text, longest_within, room_of, shown_text

TEXT = st.text(st.characters())
HOSTILE = TEXT | st.sampled_from(
    ["</script><script>", "<!--<script", "&lt;", "\u2028\u2029", "\u202egnp\u200b", "\ud800"]
)
PLAIN = st.recursive(st.none() | st.booleans() | st.integers() | HOSTILE, st.lists, max_leaves=8)


@given(PLAIN)
def test_data_comes_back_as_it_was_and_can_never_end_its_element(value: object) -> None:
    text = json_text(value)

    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_is_no_json_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text([value])


@given(HOSTILE, st.integers(1, 200))
def test_a_shown_text_has_no_hidden_character_and_never_takes_more_than_its_room(text: str, longest: int) -> None:
    shown = shown_text(text, longest=longest)

    kept, mark, _ = shown.partition("\n[... ")
    assert room_of(kept) <= longest
    assert len(json_text(kept).encode("utf-8")) - 2 <= room_of(kept)
    assert all(unicodedata.category(char) not in {"Cf", "Cs", "Cn"} for char in shown)
    assert mark or len(shown) >= len(text)


def test_a_cut_text_says_how_much_is_missing() -> None:
    assert shown_text("a" * 30, longest=10) == "aaaaaaaaaa\n[... 20 more characters]"
    assert shown_text("<" * 30, longest=12) == "<<\n[... 28 more characters]"
    assert shown_text("short", longest=10) == "short"


@given(st.lists(st.integers(0, 10_000), max_size=40), st.integers(0, 100_000))
def test_texts_cut_to_what_is_allowed_find_room_and_none_is_cut_without_need(sizes: list[int], room: int) -> None:
    longest = longest_within(sizes, room)

    assert sum(min(size, longest) for size in sizes) <= room
    if sum(sizes) <= room:
        assert longest == max(sizes, default=0)
    else:
        assert sum(min(size, longest + 1) for size in sizes) > room
