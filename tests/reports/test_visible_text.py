from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.reports.visible_text import visible

HOSTILE = st.text(st.characters())
XML_CHARACTERS = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202egpj", r"abc\u202egpj"),
        ("\ud800", r"\ud800"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("line\u2028end", r"line\u2028end"),
        ("\uffff", r"\uffff"),
    ],
)
def test_what_cannot_be_seen_is_written_as_an_escape(hidden: str, shown: str) -> None:
    assert visible(hidden) == shown


@pytest.mark.parametrize("text", ["my-vlm", "a|b <c> & 'd'", "Röntgen", "影像", "😀", "back\\slash", ""])
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_line_breaks_stay_where_the_caller_keeps_them() -> None:
    assert visible("a\n\tb\r\x00", keep="\n\t") == "a\n\tb\\r\\x00"


@given(HOSTILE)
def test_any_text_becomes_one_line_that_utf_8_and_xml_can_hold(text: str) -> None:
    shown = visible(text)

    assert shown.encode("utf-8").decode("utf-8") == shown
    assert XML_CHARACTERS.fullmatch(shown)
    assert len(shown.splitlines()) <= 1


@given(HOSTILE)
def test_text_once_visible_does_not_change_again(text: str) -> None:
    assert visible(visible(text)) == visible(text)
