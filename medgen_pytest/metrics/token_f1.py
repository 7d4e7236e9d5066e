"""Token F1: how much two texts share, word by word, as SQuAD measures it."""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.specs import TOKEN_F1 as SPEC

if TYPE_CHECKING:
    from medgen_pytest.metrics.contract import Pair

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")


def squad_tokens(text: str) -> list[str]:
    """The tokens of a text: lower case, ASCII punctuation deleted, articles removed, split at white space.

    >>> squad_tokens("The left-sided effusion.")
    ['leftsided', 'effusion']
    """
    return _ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def token_f1(preds: str, target: str) -> float:
    """F1 of the tokens that two texts share, each counted as often as it occurs.

    preds, target: texts, cut by `squad_tokens`. With `n` tokens in common, precision is n / tokens of
    preds, recall n / tokens of target, and the value `2 p r / (p + r)`. No unit, [0, 1], higher is
    better, symmetric; 0 when nothing is shared or preds has no tokens. Source: SQuAD 1.1 (Rajpurkar
    et al. 2016).

    Raises MetricError when the target has no tokens: there is nothing to find.
    """
    wanted = Counter(squad_tokens(target))
    if not wanted:
        raise MetricError("the target has no words besides articles and punctuation")
    given = Counter(squad_tokens(preds))
    return 2 * (given & wanted).total() / (given.total() + wanted.total())


def _measure(pair: Pair) -> Measured:
    if pair.pred_text is None or pair.target_text is None:
        raise MetricError("token_f1 needs two texts")
    notes = () if pair.pred_text.strip() else ("empty candidate",)
    return Measured(value=token_f1(pair.pred_text, pair.target_text), notes=notes)


TOKEN_F1 = Definition(spec=SPEC, canonical=_measure, upstream=_measure)
"""Both conventions are the same computation."""
