from __future__ import annotations

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.registry import METRICS, build_metric

Result = tuple[float | None, str | None, tuple[str, ...]]
CHOICES = ("A. R hemidiaphragm", "B. fluid", "C. right sided pleural effusion", "D. brain")


def score(reply: str, target: str, *, choices: tuple[str, ...] = (), task: Task = Task.MULTIPLE_CHOICE) -> Result:
    pair = Pair(task=task, pred_text=reply, target_text=target, choices=choices)
    (result,) = build_metric("exact_match", convention="canonical").score([pair])
    return result.value, result.reason, result.notes


def test_it_applies_to_multiple_choice_and_blank_filling_only() -> None:
    applied = {task for task in Task if METRICS["exact_match"].applies_to(task)}

    assert applied == {Task.MULTIPLE_CHOICE, Task.BLANK_FILLING}


@pytest.mark.parametrize("target", ["B. fluid", "B", "fluid", "(B) Fluid"])
def test_a_choice_matches_however_the_target_is_written(target: str) -> None:
    assert score("The answer is B. fluid, as the image shows.", target, choices=CHOICES) == (1.0, None, ())


def test_another_choice_is_zero_without_a_note() -> None:
    assert score("D", "B. fluid", choices=CHOICES) == (0.0, None, ())


def test_a_reply_that_cannot_be_read_is_zero_with_the_reason() -> None:
    assert score("A or B", "B. fluid", choices=CHOICES) == (
        0.0,
        None,
        ("unparseable: the reply names several options (A, B)",),
    )


def test_an_empty_reply_is_zero_with_the_reason() -> None:
    assert score("", "B. fluid", choices=CHOICES) == (0.0, None, ("unparseable: the reply is empty",))


def test_a_target_outside_the_choices_is_unscored() -> None:
    value, reason, _ = score("B", "E. air", choices=CHOICES)

    assert value is None
    assert reason is not None
    assert "the target 'E. air' is not exactly one of the choices" in reason


@pytest.mark.parametrize(
    "reply",
    [
        "B",
        "(b)",
        "B. fluid",
        "fluid",
        "Fluid.",
        "The answer is B. fluid",
        "The answer is fluid, as seen.",
        "Answer: B.",
    ],
)
def test_without_choices_the_letter_or_the_text_of_the_target_matches(reply: str) -> None:
    assert score(reply, "B. fluid") == (1.0, None, ())


@pytest.mark.parametrize("reply", ["A", "A. fluid", "brain", "B. brain", "The answer is A. fluid"])
def test_without_choices_anything_else_does_not_match(reply: str) -> None:
    assert score(reply, "B. fluid") == (0.0, None, ())


@pytest.mark.parametrize(
    ("reply", "target", "value"),
    [
        ("fluid", "fluid", 1.0),
        ("B. fluid", "fluid", 1.0),
        ("B", "fluid", 0.0),
        ("b.", "B", 1.0),
        ("B. fluid", "B", 1.0),
        ("A", "B", 0.0),
        ("", "B", 0.0),
    ],
)
def test_without_choices_a_target_may_be_a_text_or_a_letter(reply: str, target: str, value: float) -> None:
    assert score(reply, target)[0] == value


def test_a_blank_is_read_from_its_sentence() -> None:
    assert score("The answer is yes, as the image shows.", "yes", task=Task.BLANK_FILLING) == (1.0, None, ())


def test_a_blank_that_says_neither_yes_nor_no_is_zero_with_the_reason() -> None:
    result = score("No acute abnormality is seen in this study.", "no", task=Task.BLANK_FILLING)

    assert result == (0.0, None, ("unparseable: the reply says neither yes nor no, or both",))
