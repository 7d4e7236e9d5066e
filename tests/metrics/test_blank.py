from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.metrics.blank import read_blank
from medgen_pytest.metrics.words import words

LOBE = "right temporal lobe"


@pytest.mark.parametrize(
    "reply",
    [
        "yes",
        "Yes.",
        "**YES**",
        "Answer: ____yes____",
        "The answer is yes, as the image shows.",
        "Yes, the kidneys are normal.",
        "Yes - no abnormality is seen",
        "Yes, there is no fracture",
        "Based on the image, yes.",
        "There is no mass.\n\nYes",
        "It is a CT scan, so the answer is Yes",
        "The blank should be filled with 'yes'.",
        "The answer is yes, not no.",
        '{"answer": "Yes"}',
        "\\boxed{yes}",
        "<think>no</think>yes",
    ],
)
def test_a_yes_is_found_in_its_sentence(reply: str) -> None:
    assert read_blank(reply, "yes").matches
    assert not read_blank(reply, "No").matches


@pytest.mark.parametrize(
    "reply",
    [
        "no",
        "No.",
        "No, there is none.",
        "The answer is no.",
        "No there is not",
        "It is no CT scan, so no.",
        "Answer: No",
    ],
)
def test_a_no_is_found_in_its_sentence(reply: str) -> None:
    assert read_blank(reply, "no").matches
    assert not read_blank(reply, "yes").matches


@pytest.mark.parametrize(
    "reply",
    [
        "Fill the blank with 'yes' or 'no' from what this image shows. Is this a CT scan? Answer: ____",
        "Fill the blank with yes or no from the image.",
        'Either "yes" or "no" fits here.',
        "No acute abnormality is seen.",
        "yes or no",
        "The answer is yes or no",
        "Yes and no.",
        "not yes",
        "Maybe",
        "Yes. No.",
    ],
)
def test_a_reply_without_a_clear_yes_or_no_says_so(reply: str) -> None:
    for target in ("yes", "no"):
        reading = read_blank(reply, target)

        assert not reading.matches
        assert reading.reason == "the reply says neither yes nor no, or both"


@pytest.mark.parametrize(
    "reply",
    [
        "right temporal lobe",
        "The Right Temporal Lobe.",
        "right-temporal lobe",
        "Answer: right temporal lobe",
        "The answer is the right temporal lobe, as the image shows.",
        "Right temporal lobe. It is bright.",
        "Right temporal lobe, because it is bright.",
        'The blank should be filled with "right temporal lobe".',
        "The missing word is right temporal lobe",
        "The lesion is in the **right temporal lobe**.",
        "It shows signal.\nAnswer: right temporal lobe",
        "The signal is high and wide.\n\nRight temporal lobe",
    ],
)
def test_the_filler_of_a_reply_is_compared(reply: str) -> None:
    assert read_blank(reply, LOBE).matches


@pytest.mark.parametrize(
    "reply",
    [
        "left temporal lobe",
        "temporal lobe",
        "right temporal lobe or left temporal lobe",
        "right temporal lobe, left temporal lobe",
        "Right temporal lobe\nLeft temporal lobe",
        "not the right temporal lobe",
        "Answer: left temporal lobe\nThe right temporal lobe",
    ],
)
def test_another_filler_or_several_do_not_match(reply: str) -> None:
    assert not read_blank(reply, LOBE).matches


@pytest.mark.parametrize(
    ("reply", "target", "matches"),
    [
        ("2.5cm", "2.5 cm", True),
        ("2.50 cm", "2.5 cm", True),
        ("2.5 centimeters", "2.5 cm", True),
        ("The answer is 2.5 cm.", "2.5 cm", True),
        ("25 cm", "2.5 cm", False),
        ("2.5 mm", "2.5 cm", False),
        ("2.5", "2.5 cm", False),
        ("1,000 ml", "1000 ml", True),
        ("two", "2", True),
        ("50 percent", "50%", True),
        ("-5", "5", False),
        ("<5 mm", "5 mm", False),
    ],
)
def test_numbers_and_units_are_compared(reply: str, target: str, *, matches: bool) -> None:
    assert read_blank(reply, target).matches is matches


@pytest.mark.parametrize(
    ("reply", "target", "matches"),
    [
        ("left; right", "left; right", True),
        ("left, right", "left; right", True),
        ("left and right", "left, right", True),
        ("1. left\n2. right", "left; right", True),
        ("(1) left; (2) right", "left; right", True),
        ("The answer is left, right, as seen", "left; right", True),
        ("right; left", "left; right", False),
        ("left", "left; right", False),
        ("left; right; left", "left; right", False),
        ("right lower lobe", "Right, lower lobe", True),
    ],
)
def test_several_blanks_are_compared_one_by_one(reply: str, target: str, *, matches: bool) -> None:
    assert read_blank(reply, target).matches is matches


@pytest.mark.parametrize("reply", ["", " \n", "****", "<think>yes"])
def test_an_empty_reply_says_so(reply: str) -> None:
    reading = read_blank(reply, LOBE)

    assert (reading.matches, reading.reason) == (False, "the reply is empty")


@given(st.lists(st.sampled_from(["left", "2.5 cm", "Lobe", "the", "T2", "high-signal"]), min_size=1).map(" ".join))
def test_every_target_fills_its_own_blank(target: str) -> None:
    assert read_blank(target, target).matches
    assert read_blank(f"The answer is {target}.", target).matches


@given(st.text("aAbtwo twbutone01259.,-<%\u00b0\u2264()'\n"))
def test_words_of_words_are_the_same_words(text: str) -> None:
    once = words(text)

    assert words(" ".join(once)) == once


@given(st.text(max_size=200), st.sampled_from(["yes", LOBE, "2.5 cm", "left; right"]))
def test_any_reply_can_be_read(reply: str, target: str) -> None:
    reading = read_blank(reply, target)

    assert not (reading.matches and reading.reason)
