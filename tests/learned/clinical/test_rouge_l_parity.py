"""ROUGE-L is that of the rouge-score package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.metrics.rouge import rouge_l, rouge_tokens
from tests.learned.packages import require

if TYPE_CHECKING:
    from pathlib import Path

require("rouge_score")

from rouge_score.rouge_scorer import RougeScorer  # noqa: E402 - after it is known to be there

SCORER = RougeScorer(["rougeL"], use_stemmer=False)
WORDS = st.lists(st.sampled_from(["left", "right", "Lobe", "x-ray", "2.5", "é", "the"]), max_size=12).map(" ".join)


def package_value(preds: str, target: str) -> float:
    return float(SCORER.score(target, preds)["rougeL"].fmeasure)


@pytest.mark.parametrize(("file", "count"), [("aci_bench_notes.jsonl", 40), ("mts_dialog_summaries.jsonl", 200)])
def test_rouge_l_of_clinical_texts_is_that_of_the_package(shared: Path, file: str, count: int) -> None:
    lines = (shared / "data" / "text" / file).read_text(encoding="utf-8").splitlines()
    pairs = [(record["prediction"], record["reference"]) for record in map(json.loads, lines)]

    assert len(pairs) == count
    for preds, target in pairs:
        assert rouge_l(preds, target) == pytest.approx(package_value(preds, target), abs=1e-12)


@given(WORDS, WORDS.filter(rouge_tokens))
def test_rouge_l_of_any_words_is_that_of_the_package(preds: str, target: str) -> None:
    assert rouge_l(preds, target) == pytest.approx(package_value(preds, target), abs=1e-12)


@given(st.text(max_size=40), st.text(max_size=40).filter(rouge_tokens))
def test_rouge_l_of_any_text_is_that_of_the_package(preds: str, target: str) -> None:
    assert rouge_l(preds, target) == pytest.approx(package_value(preds, target), abs=1e-12)
