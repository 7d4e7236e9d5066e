"""BLEU: n-gram precision of one text against one reference."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.specs import BLEU as SPEC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.contract import Pair

_ORDER = 4
_EPSILON = 0.1


def bleu(preds: str, target: str) -> float:
    """Sentence BLEU-4 with smoothing method 1 of Chen and Cherry (2014).

    preds, target: texts, cut at white space, case kept. The geometric mean of the clipped precisions
    of 1- to 4-grams, times `exp(1 - r / c)` where the candidate (c tokens) is shorter than the
    reference (r tokens). A precision without a match counts as 0.1 matches; an order longer than the
    candidate has 1 as its denominator. No unit, [0, 1], higher is better.

    No common word, or an empty candidate, gives 0. Equal texts give 1 from four tokens on; shorter
    ones less (one token: 0.178), since the orders they lack count as 0.1. The same value as NLTK's
    `sentence_bleu(..., smoothing_function=SmoothingFunction().method1)`.

    Raises MetricError when the reference is empty.
    """
    candidate, reference = preds.split(), target.split()
    if not reference:
        raise MetricError("the reference is empty")
    if not set(candidate) & set(reference):
        return 0.0
    logs = math.fsum(math.log(_precision(candidate, reference, size)) / _ORDER for size in range(1, _ORDER + 1))
    return min(1.0, math.exp(logs + min(0.0, 1 - len(reference) / len(candidate))))


def _precision(candidate: Sequence[str], reference: Sequence[str], size: int) -> float:
    """The smoothed share of the candidate's n-grams that the reference has too."""
    given = _ngrams(candidate, size)
    matches = (given & _ngrams(reference, size)).total()
    return (matches or _EPSILON) / max(1, given.total())


def _ngrams(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1))


def _measure(pair: Pair) -> Measured:
    if pair.pred_text is None or pair.target_text is None:
        raise MetricError("bleu needs two texts")
    notes = () if pair.pred_text.strip() else ("empty candidate",)
    return Measured(value=bleu(pair.pred_text, pair.target_text), notes=notes)


BLEU = Definition(spec=SPEC, canonical=_measure, upstream=_measure)
"""Both conventions are the same computation: the authors' scripts follow the definition here."""
