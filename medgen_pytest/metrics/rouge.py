"""ROUGE-L: the longest run of words, in order and with gaps, that two texts share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.specs import ROUGE_L as SPEC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.contract import Pair

_TOKEN = re.compile("[a-z0-9]+")


def rouge_tokens(text: str) -> list[str]:
    """The tokens of a text: lower case, runs of a-z and 0-9; everything else separates. No stemming.

    >>> rouge_tokens("No pleural effusion: 2.5 cm.")
    ['no', 'pleural', 'effusion', '2', '5', 'cm']
    """
    return _TOKEN.findall(text.lower())


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """How many tokens the longest common subsequence of two sequences has.

    Bit-parallel: one whole number holds a row of the usual table, so n tokens against m cost n operations
    on m bits. Source: Hyyrö, Bit-parallel LCS-length computation revisited (2004).
    """
    places: dict[str, int] = {}
    for index, token in enumerate(first):
        places[token] = places.get(token, 0) | 1 << index
    full = (1 << len(first)) - 1
    row = full  # a zero bit is a place where the subsequence grows by one
    for token in second:
        if matches := places.get(token, 0):
            grown = row & matches
            row = (row + grown | row - grown) & full
    return len(first) - row.bit_count()


def rouge_l(preds: str, target: str) -> float:
    """F1 of the longest common subsequence of two texts, in tokens.

    preds, target: texts, cut by `rouge_tokens`. With `n` tokens in the subsequence, precision is n / tokens
    of preds, recall n / tokens of target, and the value `2 p r / (p + r)`. No unit, [0, 1], higher is better,
    symmetric; 0 when nothing is shared or preds has no tokens. The same value as `rougeL` of the rouge-score
    package without stemming. Source: Lin, ROUGE: a package for automatic evaluation of summaries (2004).

    Raises MetricError when the target has no tokens, which is so for text without Latin letters and digits.
    """
    wanted = rouge_tokens(target)
    if not wanted:
        raise MetricError("the target has no words of the letters a-z and digits")
    given = rouge_tokens(preds)
    return 2 * longest_common_subsequence(wanted, given) / (len(given) + len(wanted))


def _measure(pair: Pair) -> Measured:
    if pair.pred_text is None or pair.target_text is None:
        raise MetricError("rouge_l needs two texts")
    notes = () if pair.pred_text.strip() else ("empty candidate",)
    return Measured(value=rouge_l(pair.pred_text, pair.target_text), notes=notes)


ROUGE_L = Definition(spec=SPEC, canonical=_measure, upstream=_measure)
"""Both conventions are the same computation."""
