"""Fleiss' kappa: the agreement of several raters on categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.agreement.coefficient import Coefficient, make_coefficient, make_undefined, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


def fleiss_kappa(ratings: ArrayLike | Sequence[Sequence[float | None]]) -> Coefficient:
    """Fleiss' kappa of two or more raters.

    kappa = (P - E) / (1 - E): P the share of pairs of ratings of one item that agree, mean over items; E the sum
    of squared shares of the categories. Which rater gave which rating does not matter.

    Args:
        ratings: (items, raters); each value is a category. Items that a rater left out (None or NaN) are not
            counted, since the measure needs equally many ratings an item; Krippendorff's alpha does not.

    At most 1, which is agreement throughout; 0 is that of chance; at least -1 / (raters - 1).
    Undefined with fewer than two raters, without an item that all rated, and with one category only.
    Source: Fleiss 1971 (Psychological Bulletin 76:378).
    """
    name = "fleiss_kappa"
    table = read_table(ratings)
    table = table[~np.isnan(table).any(axis=1)]
    items, raters = table.shape
    if raters < 2:  # noqa: PLR2004 - agreement is between two
        return make_undefined(name, "fewer than two raters", items=items)
    if items == 0:
        return make_undefined(name, "no item was rated by all", items=0)
    categories = np.unique(table)
    if len(categories) == 1:
        return make_undefined(name, "all ratings are the same, so that chance alone would agree", items=items)
    counts = (table[:, :, None] == categories).sum(axis=1).astype(np.float64)
    agreeing = ((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))
    by_chance = float(((counts.sum(axis=0) / (items * raters)) ** 2).sum())
    return make_coefficient(name, (float(agreeing.mean()) - by_chance) / (1 - by_chance), items=items)
