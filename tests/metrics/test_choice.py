from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.choice import read_choice

MATERIALS = ("A. R hemidiaphragm", "B. fluid", "C. right sided pleural effusion", "D. brain")
SIDES = ("A. left", "B. right", "C. left lower lobe", "D. bilateral")
YES_NO = ("A. Yes", "B. No")
SIZES = ("A. 2.5 cm", "B. 25 cm", "C. <5 mm", "D. >5 mm")
NINE = tuple(f"{letter}. finding number {ordinal}0" for ordinal, letter in enumerate("ABCDEFGHI", start=1))


@pytest.mark.parametrize(
    "reply",
    ["B", "b", "B.", "(b)", "[B]", "B)", "**B**", "*B.*", "`B`", "__B__", '"B"', " B \n", "- B", "> B", "# B", "$B$"],
)
def test_a_letter_alone_is_its_option(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    "reply",
    [
        *("fluid", "Fluid.", "FLUID", "the fluid", "**fluid**", "“fluid”"),
        *("B. fluid", "B) fluid", "(B) fluid", "B: fluid", "B - fluid", "b. FLUID", "fluid (B)", "Fluid (option B)"),
        *("Option B", "option b", "Choice B.", "Letter: B", "Option B: fluid"),
    ],
)
def test_a_text_or_a_letter_with_its_text_is_the_option(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: B",
        "ANSWER: b) fluid",
        "Answer - B",
        "Answer = (B)",
        "## Answer\nB",
        "Answer:\n\n**B. fluid**",
        "The answer is B. fluid, as the image shows.",
        "The answer is (B) fluid.",
        "The answer is fluid, as the image shows.",
        "The answer is the fluid.",
        "Answer: a fluid",
        "The answer is option B.",
        "The answer is B because the brain is dark.",
        "The answer is **B**: fluid",
        "The answer to the question is: B",
        "The answer, therefore, is B.",
        "The most likely answer is B",
        "The best answer is **B. fluid**.",
        "The correct option is B",
        "The correct choice would be B) fluid",
        "My answer is B, although the brain is seen.",
        "Answer: B. Fluid (high T2 signal)",
        "I would choose option B.",
        "I choose B because it is bright.",
        "I'll go with B",
        "Final answer: B",
        "Final Answer: $B$",
        "So the answer is \\( B \\).",
    ],
)
def test_a_stated_conclusion_is_read(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "\\boxed{B}",
        "The signal is high, so $\\boxed{\\text{B}}$.",
        "\\boxed{\\mathrm{B. fluid}}",
        '{"answer": "B"}',
        '{"answer": ["B"]}',
        '{"final_answer": "B. fluid", "confidence": 0.9}',
        '{"explanation": "not the brain (D)", "choice": "B"}',
        '```json\n{\n  "answer": "B",\n  "explanation": "The brain is normal."\n}\n```',
        "{'answer': 'B. fluid'}",
        '{"reasoning": "A or C?\\nNo.", "answer_letter": "B"}',
        "<answer>B</answer>",
        "<think>A or C? C. right sided pleural effusion</think>B",
        "A looks good at first</think>\n\nThe answer is B.",
    ],
)
def test_wrapped_answers_are_read(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "The scan shows the brain.\nA is wrong.\nFinal answer: B",
        "At first the answer is A. But then\nthe answer is B.",
        "Final answer: B\n\nThe answer is not C, since no effusion is seen.",
        "Step 1: the brain is normal.\nStep 2: option A is no material.\n\nB",
        "The brain is seen, and a hyperintense signal.\n\n**B. fluid**",
        "B\n\nExplanation: the brain is dark.",
        "B. fluid\n\nThe brain is normal here.",
        "B, because the signal is high.",
        "Fluid. The brain is normal.",
        "Choose one option: A. R hemidiaphragm B. fluid C. right sided pleural effusion D. brain\nAnswer: B",
        "A. R hemidiaphragm\nB. fluid\nC. right sided pleural effusion\nD. brain\n\nB",
    ],
)
def test_the_conclusion_of_a_long_reply_decides(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "It's B.",
        "Thus, B.",
        "I believe B is right",
        "B is correct.",
        "Option B is correct, since A is wrong.",
        "A bright signal means fluid.",
        "A nodule is seen; the material is fluid.",
        "Based on the image, the increased signal is a result of fluid.",
    ],
)
def test_the_only_option_of_a_sentence_is_read(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "It is not A. It is B.",
        "The answer is not A but B",
        "not A; the material is fluid",
        "The material is fluid, not brain.",
        "fluid rather than brain",
        "The signal isn't from the brain, it is fluid.",
        "A is incorrect, C is wrong, D is excluded; B remains",
        "Neither A nor C. So B.",
        "The brain can be ruled out. It is fluid.",
        "There is no right sided pleural effusion. The material is fluid.",
    ],
)
def test_what_is_denied_is_not_named(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "\N{FULLWIDTH LATIN CAPITAL LETTER B}",
        "\N{CIRCLED LATIN CAPITAL LETTER B}",
        "\N{PARENTHESIZED LATIN SMALL LETTER B}",
        "\N{MATHEMATICAL BOLD CAPITAL B}",
        "B\N{FULLWIDTH FULL STOP}fluid",
        "B.\N{NO-BREAK SPACE}fluid",
        "\N{ZERO WIDTH SPACE}B\N{ZERO WIDTH SPACE}",
        "B \N{EN DASH} fluid",
    ],
)
def test_unicode_is_normalised(reply: str) -> None:
    assert read_choice(reply, MATERIALS).letter == "B"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "the reply is empty"),
        ("  \n ", "the reply is empty"),
        ("<think>B, surely", "the reply is empty"),
        ("A or B", "the reply names several options (A, B)"),
        ("A and C", "the reply names several options (A, C)"),
        ("A, C", "the reply names several options (A, C)"),
        ("Answer: A/B", "the reply names several options (A, B)"),
        ("The answer is B or maybe C", "the reply names several options (B, C)"),
        ("I am torn between B and C", "the reply names several options (B, C)"),
        ("fluid/brain", "the reply names several options (B, D)"),
        ("Both A and B", "the reply names several options (A, B)"),
        ("Answer: A or C", "the reply names several options (A, C)"),
        ("The answer is either A or B", "the reply names several options (A, B)"),
        ('{"answer": ["A", "C"]}', "the reply names several options (A, C)"),
        ("fluid or brain", "the reply names several options (B, D)"),
        ("It could be fluid or brain.", "the reply names several options (B, D)"),
        ("B\nC", "the reply begins with one option and ends with another"),
        ("B. brain", "the reply gives the letter B with the text of another option"),
        ("The answer is B. brain", "the reply gives the letter B with the text of another option"),
        ("Option B: brain", "the reply gives the letter B with the text of another option"),
        ("Answer: F", "the reply names the letter F, which no option has"),
        ("No acute abnormality is seen in this study.", "the reply names no option"),
        ("A nodule is seen.", "the reply names no option"),
        ("There is no fluid.", "the reply names no option"),
        ("not B", "the reply names no option"),
        ("The answer is not A.", "the reply names no option"),
        ("I cannot answer this.", "the reply names no option"),
        ("hepatitis B.", "the reply names no option"),
        ("vitamin D deficiency", "the reply names no option"),
        ("B-cell lymphoma", "the reply names no option"),
    ],
)
def test_a_reply_that_names_no_single_option_says_why(reply: str, reason: str) -> None:
    reading = read_choice(reply, MATERIALS)

    assert (reading.letter, reading.reason) == (None, reason)


def test_options_listed_without_an_answer_name_none() -> None:
    reading = read_choice("\n".join(MATERIALS), MATERIALS)

    assert reading.letter is None


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("left", "A"),
        ("left lower lobe", "C"),
        ("The left lower lobe is affected.", "C"),
        ("The answer is left lower lobe.", "C"),
        ("left, lower lobe", "C"),
        ("A. left lower lobe", None),
        ("left or right", None),
        ("not left but right", "B"),
    ],
)
def test_the_longest_text_wins_where_one_option_lies_in_another(reply: str, letter: str | None) -> None:
    assert read_choice(reply, SIDES).letter == letter


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("A", "A"),
        ("A is correct", "A"),
        ("A left sided lesion", "A"),
        ("A right sided lesion", "B"),
        ("A right", "B"),
        ("A. right", None),
        ("A lesion", None),
        ("This is a lesion of the right side", "B"),
        ("The answer is A", "A"),
        ("The answer is a right sided lesion", "B"),
        ("Answer: A lesion on the right", "B"),
    ],
)
def test_the_article_is_not_the_option_a(reply: str, letter: str | None) -> None:
    assert read_choice(reply, SIDES).letter == letter


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("Yes", "A"),
        ("no", "B"),
        ("Yes, there is no fracture.", "A"),
        ("No, there isn't.", "B"),
        ("The answer is no.", "B"),
        ("There is no fracture.", None),
        ("Yes or no", None),
    ],
)
def test_no_as_an_answer_is_told_from_no_as_a_determiner(reply: str, letter: str | None) -> None:
    assert read_choice(reply, YES_NO).letter == letter


@pytest.mark.parametrize(
    ("reply", "letter"),
    [("2.5cm", "A"), ("It is 2.50 cm.", "A"), ("25 centimeters", "B"), ("> 5 mm", "D"), ("<5mm", "C"), ("5 mm", None)],
)
def test_numbers_units_and_signs_are_compared(reply: str, letter: str | None) -> None:
    assert read_choice(reply, SIZES).letter == letter


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("H", "H"),
        ("(g)", "G"),
        ("I", "I"),
        ("Answer: I", "I"),
        ("I think G", "G"),
        ("I think so", None),
        ("It is finding number 80.", "H"),
    ],
)
def test_letters_beyond_d_are_read(reply: str, letter: str | None) -> None:
    assert read_choice(reply, NINE).letter == letter


@pytest.mark.parametrize(
    ("reply", "letter"), [("E. coli", "A"), ("A", "A"), ("S. aureus", "B"), ("B. S. aureus", "B"), ("E", None)]
)
def test_initials_of_a_text_are_no_option_letters(reply: str, letter: str | None) -> None:
    assert read_choice(reply, ("E. coli", "S. aureus")).letter == letter


def test_a_text_that_two_options_share_names_neither() -> None:
    reading = read_choice("fluid", ("A. fluid", "B. fluid"))

    assert reading.letter is None


def test_more_choices_than_letters_are_refused() -> None:
    with pytest.raises(MetricError, match="27 choices"):
        read_choice("A", tuple(f"finding {ordinal}" for ordinal in range(27)))


CHOICES = st.lists(
    st.lists(st.sampled_from(["left", "right", "no", "the", "lobe", "a", "not", "fluid", "2.5", "is"]), min_size=1).map(
        " ".join
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda text: tuple(word for word in text.split() if word not in {"a", "the"}) or text,
)


@given(CHOICES, st.data())
def test_every_choice_names_itself(texts: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(texts) - 1))
    letter = "ABCDEF"[index]
    choices = tuple(f"{'ABCDEF'[place]}. {text}" for place, text in enumerate(texts))

    assert read_choice(choices[index], choices).letter == letter
    assert read_choice(f"({letter.lower()})", choices).letter == letter
    assert read_choice(f"Final answer: {letter}", choices).letter == letter


@given(st.text(max_size=300), st.sampled_from([MATERIALS, SIDES, YES_NO, NINE]))
def test_any_reply_has_either_a_letter_of_an_option_or_a_reason(reply: str, choices: tuple[str, ...]) -> None:
    reading = read_choice(reply, choices)

    assert (reading.letter is None) != (reading.reason is None)
    assert reading.letter is None or reading.letter in {choice[0] for choice in choices}


@pytest.mark.parametrize(
    "piece",
    [
        *("answer ", "answer:\n", "answer (", "answer to ", "(", "\n", "A ", "A. ", "not ", "fluid ", "I would "),
        *('"answer": "', "\\boxed{", "<answer>", "<think>", ">", "- ", "**", "```", "1,000", "'", "_", "\ufdfa"),
    ],
)
def test_a_hostile_reply_is_read_in_bounded_time(piece: str) -> None:
    reply = piece * (200_000 // len(piece))

    started = time.process_time()
    read_choice(reply, MATERIALS)

    # 0.1 to 0.6 s here; a pattern that backtracks would take hours.
    assert time.process_time() - started < 20
