from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.reports.line import columns_of, cut, cut_names, wrap

TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]))


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("影像", 4), ("e\u0301", 1), ("", 0)])
def test_wide_characters_take_two_columns_and_accents_none(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_a_long_text_keeps_its_head_and_its_tail() -> None:
    assert cut("qwen3-vl-235b+seedream-4.0", 16) == "qwen3-vl-2…m-4.0"


def test_a_text_that_fits_is_not_cut() -> None:
    assert cut("my-vlm", 6) == "my-vlm"


@given(TEXT, st.integers(min_value=-3, max_value=40))
def test_no_cut_text_is_wider_than_asked_for(text: str, width: int) -> None:
    assert columns_of(cut(text, width)) <= max(width, 0)


def test_names_that_would_look_alike_are_numbered() -> None:
    names = [f"model-{'x' * 30}-{number}-{'y' * 30}" for number in (1, 2)]

    assert cut_names([*names, "other"], 15) == ["model-xx…yyyy~1", "model-xx…yyyy~2", "other"]


@given(st.lists(TEXT, unique=True, max_size=9), st.integers(min_value=12, max_value=40))
def test_cut_names_fit(names: list[str], width: int) -> None:
    assert all(columns_of(name) <= width for name in cut_names(names, width))


def test_long_text_is_wrapped_at_spaces_and_indented() -> None:
    assert wrap("one two three four", width=11, indent="  ") == ["one two", "  three", "  four"]


def test_a_word_without_a_space_to_break_at_is_broken_where_the_line_ends() -> None:
    assert wrap("abcdefghijklmnop", width=12, indent="  ") == ["abcdefghij", "  klmnop"]


@given(TEXT, st.integers(min_value=12, max_value=60))
def test_wrapping_loses_nothing_but_spaces_and_fits(text: str, width: int) -> None:
    lines = wrap(text, width=width, indent="    ")

    assert all(columns_of(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
