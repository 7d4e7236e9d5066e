"""Rank correlation: whether two raters put items in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.agreement.coefficient import Coefficient, make_coefficient, make_undefined, read_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


def spearman(first: ArrayLike | Sequence[float | None], second: ArrayLike | Sequence[float | None]) -> Coefficient:
    """Spearman's rho: the correlation of the ranks of two raters' ratings; equal ratings share their mean rank.

    Args:
        first: one rating an item, (items,). Items that either left out (None or NaN) are not counted.
        second: the same of the other rater.

    -1 to 1; 1 is the same order, which says nothing of the same values. Undefined with fewer than two items, and
    where a rater gave one rating throughout. Raises ValueError for lists of different lengths.
    Source: Spearman 1904 (American Journal of Psychology 15:72).
    """
    pairs, _ = read_pairs(first, second)
    if len(pairs) < 2:  # noqa: PLR2004 - an order is between two
        return make_undefined("spearman", "fewer than two items have a rating of both", items=len(pairs))
    if (np.ptp(pairs, axis=0) == 0).any():
        return make_undefined("spearman", "a rater gave one rating throughout", items=len(pairs))
    from scipy.stats import rankdata

    ranks = rankdata(pairs, axis=0)
    return make_coefficient("spearman", float(np.corrcoef(ranks, rowvar=False)[0, 1]), items=len(pairs))
