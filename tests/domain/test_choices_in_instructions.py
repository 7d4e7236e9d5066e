"""Options that an instruction itself lists."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.sample import choices_in

if TYPE_CHECKING:
    from pathlib import Path

LISTS = {
    "one line after a cue": (
        "What material? Choose one option: A. R hemidiaphragm B. fluid C. right sided effusion D. bilateral cerebellum",
        ("A. R hemidiaphragm", "B. fluid", "C. right sided effusion", "D. bilateral cerebellum"),
    ),
    "two options after a question mark": ("Is it enlarged? A. yes B. no", ("A. yes", "B. no")),
    "two options after a word": ("Choose from the options A. yes B. no", ("A. yes", "B. no")),
    "two options after a bracket": ("Is it enlarged? (choose one) A. yes B. no", ("A. yes", "B. no")),
    "nothing before it": ("A. left B. right", ("A. left", "B. right")),
    "three options without a cue": (
        "Select the true statement A. no mass B. one mass C. two masses",
        ("A. no mass", "B. one mass", "C. two masses"),
    ),
    "one line each": (
        "Which modality?\nA. CT\nB. MRI\nC. Ultrasound\n",
        ("A. CT", "B. MRI", "C. Ultrasound"),
    ),
    "one line each and a line after": (
        "Which side?\nA) left\nB) right\nAnswer with the letter only.",
        ("A. left", "B. right"),
    ),
    "windows line ends": ("Which side?\r\nA. left\r\nB. right\r\n", ("A. left", "B. right")),
    "closing brackets": ("Which side? A) left B) right", ("A. left", "B. right")),
    "letters in brackets": ("Which side? (A) left (B) right", ("A. left", "B. right")),
    "commas between": ("Which side? A. left, B. right, C. both", ("A. left", "B. right", "C. both")),
    "semicolons between": ("Which side? A. left; B. right", ("A. left", "B. right")),
    "letter on a line of its own": ("Which side?\nA.\nleft\nB.\nright", ("A. left", "B. right")),
    "full stops inside options": ("Size? A. 1.5 cm. B. 2.5 cm.", ("A. 1.5 cm.", "B. 2.5 cm.")),
    "five options": (
        "Pick: A. one B. two C. three D. four E. five",
        ("A. one", "B. two", "C. three", "D. four", "E. five"),
    ),
    "species names in options": (
        "Which germ? A. S. aureus B. B. burgdorferi C. C. difficile D. A. fumigatus",
        ("A. S. aureus", "B. B. burgdorferi", "C. C. difficile", "D. A. fumigatus"),
    ),
    "a species that starts with the next letter": (
        "Which germ? A. B. burgdorferi B. C. difficile",
        ("A. B. burgdorferi", "B. C. difficile"),
    ),
    "vitamins as options": (
        "Which lack? A. vitamin A. B. vitamin B. C. vitamin C.",
        ("A. vitamin A.", "B. vitamin B.", "C. vitamin C."),
    ),
    "a patient called A before the list": (
        "Patient A. has a cough. Choose one option: A. pneumonia B. asthma",
        ("A. pneumonia", "B. asthma"),
    ),
    "a gap ends the list": ("Pick one: A. left B. right D. none", ("A. left", "B. right D. none")),
    "other scripts": ("Welche Seite? A. links außen B. 右", ("A. links außen", "B. 右")),
}
NO_LISTS = {
    "nothing": "",
    "a plain question": "Is there a fracture of the left clavicle?",
    "an initial": "Which vitamin A. deficiency sign is seen?",
    "two vitamins": "Does this show a lack of vitamin A. or of vitamin B. in the skin?",
    "two vitamins in a row": "Is this skin change due to lack of vitamin A. B. or both?",
    "only A": "Choose one option: A. left",
    "it begins with B": "Choose one option: B. right C. left",
    "no space after the letter": "Compare regions A.1 and B.2 of the image.",
    "lower case letters": "Choose: a. left b. right",
    "letters without a mark": "Compare image A with image B",
    "letters inside words": "The CTA. shows the MRIB. clearly",
    "an empty last option": "Choose one option: A. left B. ",
    "an abbreviation": "Give the report of the U.S. A. scan.",
}


@pytest.mark.parametrize("name", LISTS)
def test_the_options_of_a_list_are_found(name: str) -> None:
    instruction, expected = LISTS[name]

    assert choices_in(instruction) == expected


@pytest.mark.parametrize("name", NO_LISTS)
def test_a_text_that_is_no_list_has_no_options(name: str) -> None:
    assert choices_in(NO_LISTS[name]) == ()


OPTION_TEXTS = st.text(alphabet="abcdefghij 0123456789%/", min_size=1, max_size=30).map(str.strip).filter(bool)


@settings(deadline=None)
@given(
    st.lists(OPTION_TEXTS, min_size=2, max_size=26),
    st.sampled_from(["{}. ", "{}) ", "({}) "]),
    st.sampled_from([" ", "\n", "\r\n"]),
)
def test_whatever_is_listed_is_found_again(texts: list[str], marker: str, between: str) -> None:
    letters = [chr(ord("A") + index) for index in range(len(texts))]
    listed = between.join(marker.format(letter) + text for letter, text in zip(letters, texts, strict=True))

    found = choices_in(f"Which one? Choose one option:{between}{listed}")

    assert found == tuple(f"{letter}. {text}" for letter, text in zip(letters, texts, strict=True))


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_no_options_or_consecutive_letters_with_texts(text: str) -> None:
    found = choices_in(text)

    assert len(found) != 1
    assert [option[:3] for option in found] == [f"{chr(ord('A') + index)}. " for index in range(len(found))]
    assert all(option[3:].strip() for option in found)


@pytest.mark.parametrize("piece", ["A. ", "A. x ", "x. A. ", "\n", "A. B. ", "( A) "])
def test_a_huge_instruction_is_read_in_linear_time(piece: str) -> None:
    text = piece * 100_000

    started = time.process_time()
    choices_in(text)

    assert time.process_time() - started < 5


def test_the_options_of_real_records_are_those_of_their_choice_field(shared: Path) -> None:
    path = shared / "data" / "medgen-mini" / "VQA" / "multiple-choice" / "data.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    assert len(records) == 6
    for record in records:
        assert choices_in(record["instruction"]) == tuple(record["choice"])
