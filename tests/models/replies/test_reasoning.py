"""Reasoning is kept apart from the answer, however it is marked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.models.replies import ReasonedText, split_reasoning

PLAIN = st.text(alphabet=st.characters(blacklist_characters="<[◁|"))
MARKS = [
    ("<think>", "</think>"),
    ("<THINK>", "</Think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<unused94>thought\n", "<unused95>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<|channel|>commentary to=x<|constrain|>json<|message|>", "<|end|>"),
]


@pytest.mark.parametrize(("begin", "end"), MARKS)
def test_a_block_is_taken_out_and_kept(begin: str, end: str) -> None:
    found = split_reasoning(f"{begin}\nIs it A or B?\n{end}\n\nB")

    assert found == ReasonedText(answer="B", reasoning="Is it A or B?")


@pytest.mark.parametrize(("begin", "end"), MARKS)
def test_a_block_that_never_ends_leaves_no_answer(begin: str, end: str) -> None:
    found = split_reasoning(f"{begin}It may be A, or ")

    assert found == ReasonedText(answer="", reasoning="It may be A, or", complete=False)
    assert end


@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("opened in the prompt</think>B", "B", "opened in the prompt"),
        ("<think>one</think>A <think>two</think>B", "A B", "one\n\ntwo"),
        ("<think>one <think>deeper</think> still</think>B", "B", "one <think>deeper\n\nstill"),
        ("<think></think>B", "B", None),
        ("Before <reasoning>x</reasoning> after", "Before  after", "x"),
        ("<think>quotes [THINK] and </unused95></think>B", "B", "quotes [THINK] and </unused95>"),
        ("analysisThe lesion is left.assistantfinalB", "B", "The lesion is left."),
        ("<|start|>assistant<|channel|>final<|message|>B<|return|>", "B", None),
    ],
)
def test_several_blocks_and_ends_without_beginning(text: str, answer: str, reasoning: str | None) -> None:
    assert split_reasoning(text) == ReasonedText(answer=answer, reasoning=reasoning)


@pytest.mark.parametrize(
    "text", ["", " B ", "I think < 3", "analysis of the image", "<answer>B</answer>", "<|im_end|>"]
)
def test_a_reply_without_marks_comes_back_unchanged(text: str) -> None:
    assert split_reasoning(text) == ReasonedText(answer=text)


@settings(deadline=None)
@given(PLAIN, PLAIN, st.sampled_from(MARKS[:8]))
def test_reasoning_and_answer_come_back_whole(thought: str, answer: str, mark: tuple[str, str]) -> None:
    found = split_reasoning(f"{mark[0]}{thought}{mark[1]}{answer}")

    assert found.answer == answer.strip()
    assert (found.reasoning or "") == thought.strip()


@settings(deadline=None)
@given(st.lists(st.sampled_from([part for pair in MARKS for part in pair] + ["a", " ", "B"])))
def test_any_order_of_marks_is_read(parts: list[str]) -> None:
    found = split_reasoning("".join(parts))

    assert found.complete or found.reasoning is None or found.reasoning


@pytest.mark.parametrize(
    "unit", ["<think>", "a</think>", "<", "<|channel|>", "<|start|>a ", "<unused94>", "<|channel|>a<|message|>"]
)
def test_hostile_replies_take_linear_time(unit: str) -> None:
    split_reasoning(unit * (2_000_000 // len(unit)))
    split_reasoning("<|channel|>" + unit * (2_000_000 // len(unit)))
