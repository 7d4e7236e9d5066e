"""ROUGE-L."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.rouge import ROUGE_L, longest_common_subsequence, rouge_l, rouge_tokens

# Few words, so that subsequences cross and repeat.
WORDS = st.lists(st.sampled_from(["left", "right", "lobe", "the", "bright"]), max_size=14)
FULL = WORDS.filter(bool).map(" ".join)


def table_length(first: list[str], second: list[str]) -> int:
    """The same length from the whole table, row by row."""
    row = [0] * (len(second) + 1)
    for token in first:
        before = row
        row = [0]
        for index, other in enumerate(second):
            row.append(before[index] + 1 if token == other else max(row[-1], before[index + 1]))
    return row[-1]


@given(WORDS, WORDS)
def test_the_common_subsequence_is_as_long_as_the_table_says(first: list[str], second: list[str]) -> None:
    assert longest_common_subsequence(first, second) == table_length(first, second)


@given(FULL, FULL)
def test_rouge_l_is_symmetric_and_in_range(first: str, second: str) -> None:
    assert 0 <= rouge_l(first, second) == rouge_l(second, first) <= 1


@given(FULL)
def test_a_text_has_rouge_l_one_with_itself_whatever_case_and_punctuation(text: str) -> None:
    assert rouge_l(f" {text.upper()}.\n", text) == 1.0


@pytest.mark.parametrize(
    ("preds", "target", "value"),
    [
        ("the right lobe", "the right temporal lobe", 6 / 7),
        ("lobe temporal right", "right temporal lobe", 1 / 3),
        ("right right right", "right", 0.5),
        ("left", "right temporal lobe", 0.0),
        ("", "right temporal lobe", 0.0),
        ("...", "right", 0.0),
        ("x-ray", "X ray", 1.0),
    ],
)
def test_rouge_l_of_known_texts(preds: str, target: str, value: float) -> None:
    assert rouge_l(preds, target) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize("target", ["...", "", "العضو", "\ud800", "\x00"])
def test_rouge_l_against_a_target_without_latin_words_is_refused(target: str) -> None:
    with pytest.raises(MetricError, match="no words"):
        rouge_l("the right lobe", target)


def test_strange_characters_separate_words() -> None:
    assert rouge_tokens("left\x00lobe\ud800 \u202eright \u200b2") == ["left", "lobe", "right", "2"]


def test_an_empty_candidate_is_zero_with_a_note() -> None:
    pair = Pair(task=Task.REPORT_GENERATION, pred_text=" ", target_text="FINDINGS: none")

    (score,) = ROUGE_L.under("canonical", MetricContext()).score([pair])

    assert (score.value, score.notes, score.convention) == (0.0, ("empty candidate",), "rouge_l/canonical@1")


def test_ten_thousand_words_take_a_moment() -> None:
    first = " ".join(f"w{index * 7919 % 1013}" for index in range(10_000))
    second = " ".join(f"w{index * 6007 % 1009}" for index in range(10_000))

    start = time.process_time()
    value = rouge_l(first, second)

    assert 0 < value < 1
    assert time.process_time() - start < 2


def test_a_hundred_thousand_words_take_seconds() -> None:
    text = "the right temporal lobe " * 25_000

    start = time.process_time()

    assert rouge_l(text, text) == 1.0
    assert time.process_time() - start < 20
