"""BERTScore against the package bert-score and the saved scores that it made, with a real encoder."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.metrics.bertscore.baseline import find_baseline
from tests.learned.bertscore.encoders import PARTS, f1, minilm, minilm_context, pair, values
from tests.learned.packages import require

torch = require("torch")
require("transformers")
torch.set_num_threads(1)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what its own imports warn of is not ours
    bert_score = require("bert_score")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOLERANCE = 1e-4


def read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def summaries(shared: Path) -> list[tuple[str, str]]:
    """Candidate and reference of every clinical summary."""
    lines = read_lines(shared / "data" / "text" / "mts_dialog_summaries.jsonl")
    return [(line["prediction"], line["reference"]) for line in lines]


@pytest.fixture(scope="module")
def notes(shared: Path) -> list[tuple[str, str]]:
    """Candidate and reference of every clinical note, many of which are longer than the encoder takes."""
    lines = read_lines(shared / "data" / "text" / "aci_bench_notes.jsonl")
    return [(line["prediction"], line["reference"]) for line in lines]


def some_of(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first pairs with the longest texts, so that the package has to pad all others (see `match`)."""
    return [*texts[:20], *(max(texts, key=lambda pair: len(pair[side])) for side in (0, 1))]


def as_text(answer: str | dict[str, str]) -> str:
    """A report in parts as the text that it is compared as."""
    return answer if isinstance(answer, str) else "\n".join(f"{name}: {part}" for name, part in answer.items())


def theirs(texts: list[tuple[str, str]], **options: Any) -> Iterator[list[float]]:
    """Precision, recall and F1 of the package."""
    scorer = bert_score.BERTScorer(model_type=minilm(), num_layers=6, device="cpu", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its use of other libraries is not ours
        parts = scorer.score(*map(list, zip(*texts, strict=True)))
    for part in parts:
        yield part.tolist()


def ours(texts: list[tuple[str, str]], **options: object) -> Iterator[list[float]]:
    context = minilm_context(**options)
    pairs = [pair(pred, target) for pred, target in texts]
    for part in PARTS:
        yield values(part.under("canonical", context).score(pairs))


def assert_equal(texts: list[tuple[str, str]], made: Iterator[list[float]], expected: Iterator[list[float]]) -> None:
    for part, mine, other in zip(PARTS, made, expected, strict=True):
        assert len(mine) == len(texts)
        worst = max(range(len(mine)), key=lambda index: abs(mine[index] - other[index]))
        assert mine[worst] == pytest.approx(other[worst], abs=TOLERANCE), (part.spec.name, texts[worst])


def test_saved_answers_score_as_bert_score_scored_them(shared: Path) -> None:
    folder = shared / "data" / "outputs-classical"
    expected = json.loads((folder / "expected_scores.json").read_text("utf-8"))["samples"]
    outputs = {
        output["sample_id"].removeprefix("tableiv:"): pair(output["response"], as_text(output["answer"]))
        for file in sorted(folder.glob("*.jsonl"))
        for output in read_lines(file)
        if "bertscore_minilm" in expected[output["sample_id"].removeprefix("tableiv:")]
    }

    scores = f1(list(outputs.values()), minilm_context())

    assert len(scores) == 60
    for key, score in zip(outputs, scores, strict=True):
        value = expected[key]["bertscore_minilm"]
        assert score.value == (value if value is None else pytest.approx(value, abs=TOLERANCE)), key
        assert score.reason == (None if value is not None else "the candidate text is empty")


def test_clinical_summaries_score_as_in_bert_score(summaries: list[tuple[str, str]]) -> None:
    assert len(summaries) == 200
    assert_equal(summaries, ours(summaries), theirs(summaries))


@pytest.mark.slow
def test_clinical_notes_score_as_in_bert_score(notes: list[tuple[str, str]]) -> None:
    assert len(notes) == 40
    assert_equal(notes, ours(notes), theirs(notes))


def test_rare_tokens_count_more_as_in_bert_score(summaries: list[tuple[str, str]], tmp_path: Path) -> None:
    texts = some_of(summaries)
    references = [target for _, target in summaries]
    corpus = tmp_path / "references.jsonl"
    corpus.write_text("\n".join(json.dumps(text) for text in references), "utf-8")

    made = list(ours(texts, idf=str(corpus)))

    assert_equal(texts, iter(made), theirs(texts, idf=True, idf_sents=references, nthreads=0))
    assert made != list(ours(texts))


def test_scores_are_rescaled_as_in_bert_score(summaries: list[tuple[str, str]], tmp_path: Path) -> None:
    texts = some_of(summaries)
    rows = "\n".join(f"{layer},0.{layer}5,0.{layer}4,0.{layer}3" for layer in range(7))
    baseline = tmp_path / "baseline.tsv"
    baseline.write_text(f"LAYER,P,R,F\n{rows}\n", "utf-8")

    made = ours(texts, rescale=True, baseline=str(baseline))

    assert_equal(texts, made, theirs(texts, lang="en", rescale_with_baseline=True, baseline_path=str(baseline)))


def test_the_baseline_is_read_from_the_data_of_bert_score() -> None:
    baseline = find_baseline("roberta-base", layer=1)

    assert (baseline.precision, baseline.recall, baseline.f1) == (0.6423126, 0.6422804, 0.6414617)


def test_a_token_that_is_like_none_counts_nothing_as_where_bert_score_pads(summaries: list[tuple[str, str]]) -> None:
    strange = ("Past medical history and family and social history.", "Reviewed.  There are no changes, otherwise.")
    longer = max(summaries, key=lambda texts: len(texts[1]))
    alone, padded = (next(theirs(texts))[0] for texts in ([strange], [strange, longer]))

    made = next(ours([strange]))[0]

    assert padded - alone > 1e-3
    assert made == pytest.approx(padded, abs=1e-6)


def test_a_batch_gives_what_the_pairs_give_one_by_one(summaries: list[tuple[str, str]]) -> None:
    pairs = [pair(pred, target) for pred, target in summaries[:30]]
    together = values(f1(pairs, minilm_context()))
    context = minilm_context()

    alone = [values(f1([one], context))[0] for one in pairs]

    assert alone == pytest.approx(together, abs=1e-6)


def test_scores_come_in_the_order_of_the_pairs(summaries: list[tuple[str, str]]) -> None:
    pairs = [pair(pred, target) for pred, target in summaries[:30]]

    forwards = values(f1(pairs, minilm_context()))

    assert values(f1(pairs[::-1], minilm_context())) == pytest.approx(forwards[::-1], abs=1e-6)
    assert len(set(forwards)) > 20
