"""Answering: which text is chosen. The weights are written by hand here: one feature that speaks for `bright`."""

from __future__ import annotations

import numpy as np

from tiny_vlm.answering import Language, answer

LANGUAGE = Language(words=["bright", "dark"], seen=np.array([[1.0, -1.0]]), sentences=["It is bright.", "It is dark."])
BRIGHT, DARK = np.array([1.0]), np.array([-1.0])


def test_the_option_is_chosen_whose_words_fit() -> None:
    choices = ("A. Dark tissue", "B. Bright tissue")

    assert answer("What is it?", choices, BRIGHT, LANGUAGE) == "B. Bright tissue"
    assert answer("What is it?", choices, DARK, LANGUAGE) == "A. Dark tissue"


def test_where_no_word_is_known_the_first_option_is_taken() -> None:
    assert answer("Where is it?", ("A. left", "B. right"), BRIGHT, LANGUAGE) == "A. left"


def test_words_in_quotes_are_what_a_blank_may_hold() -> None:
    assert answer("Complete with 'bright' or 'dark': it is ____.", (), DARK, LANGUAGE) == "dark"


def test_a_report_has_three_sections() -> None:
    report = answer("Report this image.", (), DARK, LANGUAGE)

    assert report == "EXAMINATION: It is dark.\nFINDINGS: It is dark.\nIMPRESSION: It is dark."
