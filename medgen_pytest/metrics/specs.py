"""Specs: what each metric of the package is, as data, known without importing what computes it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.metrics.contract import MetricSpec

if TYPE_CHECKING:
    from medgen_pytest.domain.score import Direction

_IMAGES = frozenset({Format.IMAGE_EDITING, Format.MULTIMODAL_GENERATION})
_TEXTS = frozenset({Format.VQA, Format.MULTIMODAL_GENERATION})


def _of_images(
    name: str, title: str, *, low: float, high: float, direction: Direction = "higher", units: str = ""
) -> MetricSpec:
    return MetricSpec(
        name=name,
        title=title,
        version=1,
        kind="image",
        direction=direction,
        low=low,
        high=high,
        units=units,
        formats=_IMAGES,
    )


def _of_texts(
    name: str,
    title: str,
    *,
    direction: Direction = "higher",
    formats: frozenset[Format] = _TEXTS,
    tasks: frozenset[Task] = frozenset(),
) -> MetricSpec:
    """A metric of texts, without a unit, in [0, 1]."""
    return MetricSpec(
        name=name,
        title=title,
        version=1,
        kind="text",
        direction=direction,
        low=0.0,
        high=1.0,
        units="",
        formats=formats,
        tasks=tasks,
    )


def _of_judges(name: str, title: str) -> MetricSpec:
    return MetricSpec(
        name=name,
        title=title,
        version=1,
        kind="judge",
        direction="higher",
        low=1.0,
        high=10.0,
        units="",
        formats=frozenset(Format),
    )


SSIM = _of_images("ssim", "SSIM", low=-1.0, high=1.0)
MS_SSIM = _of_images("ms_ssim", "MS-SSIM", low=0.0, high=1.0)
PSNR = _of_images("psnr", "PSNR", low=0.0, high=inf, units="dB")
LPIPS = _of_images("lpips", "LPIPS", low=0.0, high=inf, direction="lower")
EMBEDDING_SIMILARITY = _of_images("embedding_similarity", "Anatomical embedding similarity", low=-1.0, high=1.0)

EXACT_MATCH = _of_texts(
    "exact_match",
    "Exact match",
    formats=frozenset({Format.VQA}),
    tasks=frozenset({Task.MULTIPLE_CHOICE, Task.BLANK_FILLING}),
)
TOKEN_F1 = _of_texts("token_f1", "Token F1")
BLEU = _of_texts("bleu", "BLEU-4")
ROUGE_L = _of_texts("rouge_l", "ROUGE-L F1")
BERTSCORE = _of_texts("bertscore", "BERTScore F1")
BERTSCORE_PRECISION = _of_texts("bertscore_precision", "BERTScore precision")
BERTSCORE_RECALL = _of_texts("bertscore_recall", "BERTScore recall")

ENTITY_PRECISION = _of_texts("entity_precision", "Entity precision")
ENTITY_RECALL = _of_texts("entity_recall", "Entity recall")
ENTITY_F1 = _of_texts("entity_f1", "Entity F1")
HALLUCINATION_RATE = _of_texts("hallucination_rate", "Hallucination rate", direction="lower")
OMISSION_RATE = _of_texts("omission_rate", "Omission rate", direction="lower")
FACTUAL_PRECISION = _of_texts("factual_precision", "Factual precision")
RADGRAPH_F1 = _of_texts("radgraph_f1", "RadGraph F1")

JUDGE_WITH_REFERENCE = _of_judges(JUDGE_METRICS["with_reference"], "Judge with reference")
JUDGE_WITHOUT_REFERENCE = _of_judges(JUDGE_METRICS["without_reference"], "Judge without reference")
