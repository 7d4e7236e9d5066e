"""BLEU and token F1."""

from __future__ import annotations

import json
import re
import string
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.bleu import bleu
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.registry import build_metric
from medgen_pytest.metrics.token_f1 import squad_tokens, token_f1

if TYPE_CHECKING:
    from pathlib import Path

# Few words, so that n-grams repeat and overlap.
SENTENCES = st.lists(st.sampled_from(["left", "right", "lobe", "The", "the", "a", "is", "bright,"]), max_size=14).map(
    " ".join
)
FULL = SENTENCES.filter(bool)


def nltk_bleu(preds: str, target: str) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NLTK warns of short texts
        return float(sentence_bleu([target.split()], preds.split(), smoothing_function=SmoothingFunction().method1))


def reference_f1(preds: str, target: str) -> float:
    """SQuAD's F1 by removing matched tokens one at a time."""

    def tokens(text: str) -> list[str]:
        kept = "".join(char for char in text.lower() if char not in string.punctuation)
        return [token for token in re.split(r"\s+", kept) if token and token not in {"a", "an", "the"}]

    given, left = tokens(preds), tokens(target)
    wanted = len(left)
    shared = 0
    for token in given:
        if token in left:
            left.remove(token)
            shared += 1
    if not shared:
        return 0.0
    precision, recall = shared / len(given), shared / wanted
    return 2 * precision * recall / (precision + recall)


@given(SENTENCES, FULL)
def test_bleu_is_that_of_nltk(preds: str, target: str) -> None:
    assert bleu(preds, target) == pytest.approx(nltk_bleu(preds, target), abs=1e-12)


@given(st.text(max_size=40), st.text(max_size=40).filter(lambda text: text.split()))
def test_bleu_of_any_text_is_that_of_nltk(preds: str, target: str) -> None:
    assert bleu(preds, target) == pytest.approx(nltk_bleu(preds, target), abs=1e-12)


@pytest.mark.parametrize(
    ("preds", "target"),
    [
        ("yes", "yes"),
        ("yes", "no"),
        ("right lobe", "right lobe"),
        ("right temporal lobe", "right temporal lobe"),
        ("the right", "the right temporal lobe is bright"),
        ("the the the the the the the", "the cat is on the mat"),
        ("Right", "right"),
        ("a b c d e f g h", "a b c d"),
    ],
)
def test_bleu_of_short_and_repeated_words_is_that_of_nltk(preds: str, target: str) -> None:
    assert bleu(preds, target) == pytest.approx(nltk_bleu(preds, target), abs=1e-12)


@given(FULL.filter(lambda text: len(text.split()) >= 4))
def test_equal_texts_of_four_words_or_more_have_bleu_one(text: str) -> None:
    assert bleu(text, text) == 1.0


@given(SENTENCES, FULL)
def test_bleu_lies_between_zero_and_one(preds: str, target: str) -> None:
    assert 0 <= bleu(preds, target) <= 1


def test_one_equal_word_has_the_bleu_that_smoothing_leaves_it() -> None:
    assert bleu("yes", "yes") == pytest.approx(0.1 ** (3 / 4), rel=1e-12)


def test_texts_without_a_common_word_have_bleu_zero() -> None:
    assert bleu("no acute finding", "right temporal lobe") == 0.0


def test_bleu_against_an_empty_reference_is_refused() -> None:
    with pytest.raises(MetricError, match="the reference is empty"):
        bleu("yes", "  \n")


@given(SENTENCES, FULL.filter(squad_tokens))
def test_token_f1_is_the_harmonic_mean_of_precision_and_recall(preds: str, target: str) -> None:
    assert token_f1(preds, target) == pytest.approx(reference_f1(preds, target), abs=1e-12)


@given(FULL.filter(squad_tokens), FULL.filter(squad_tokens))
def test_token_f1_is_symmetric_and_in_range(first: str, second: str) -> None:
    assert 0 <= token_f1(first, second) == token_f1(second, first) <= 1


@given(st.lists(st.sampled_from(["left", "right", "lobe"]), min_size=1).flatmap(st.permutations))
def test_token_f1_does_not_see_the_order_of_words(words: list[str]) -> None:
    assert token_f1(" ".join(words), " ".join(sorted(words))) == 1.0


@pytest.mark.parametrize(
    ("preds", "target", "value"),
    [
        ("The right temporal lobe.", "right temporal lobe", 1.0),
        ("RIGHT", "right temporal lobe", 0.5),
        ("right right right", "right", 0.5),
        ("left", "right temporal lobe", 0.0),
        ("", "right temporal lobe", 0.0),
        ("a", "right", 0.0),
    ],
)
def test_token_f1_of_known_texts(preds: str, target: str, value: float) -> None:
    assert token_f1(preds, target) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize("target", ["the", "A.", "...", ""])
def test_token_f1_against_a_target_without_words_is_refused(target: str) -> None:
    with pytest.raises(MetricError, match="no words"):
        token_f1("the right lobe", target)


@pytest.mark.parametrize("name", ["bleu", "token_f1"])
def test_an_empty_candidate_is_zero_with_a_note(name: str) -> None:
    pair = Pair(task=Task.REPORT_GENERATION, pred_text=" ", target_text="FINDINGS: none")

    (score,) = build_metric(name, convention="canonical").score([pair])

    assert (score.value, score.notes) == (0.0, ("empty candidate",))


def test_bleu_of_clinical_notes_is_that_of_nltk(shared: Path) -> None:
    lines = (shared / "data" / "text" / "aci_bench_notes.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [[value for value in json.loads(line).values() if isinstance(value, str)] for line in lines]
    longest = [sorted(values, key=len)[-2:] for values in texts]

    assert len(longest) == 40
    for preds, target in longest:
        assert bleu(preds, target) == pytest.approx(nltk_bleu(preds, target), abs=1e-12)
