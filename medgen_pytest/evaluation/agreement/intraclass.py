"""Intraclass correlation: how much of the variance of ratings is that of the items, not of the raters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.evaluation.agreement.coefficient import Coefficient, make_coefficient, make_undefined, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

IccForm = Literal["2,1", "2,k", "3,1"]

_LEAST = 2
"""Items, and raters: variance and agreement are between two."""


def icc(ratings: ArrayLike | Sequence[Sequence[float | None]], *, form: IccForm = "2,1") -> Coefficient:
    """The intraclass correlation of n items rated by the same k raters.

    With the mean squares R of items, C of raters and E of the rest of a two-way analysis of variance:

    - `2,1`: (R - E) / (R + (k - 1) E + k (C - E) / n); raters drawn from many, absolute agreement, of one rater
    - `2,k`: (R - E) / (R + (C - E) / n); the same, of the mean of the k raters
    - `3,1`: (R - E) / (R + (k - 1) E); these raters alone, so that a constant difference is none

    Args:
        ratings: (items, raters). Items that a rater left out (None or NaN) are not counted.
        form: one of the three.

    At most 1, higher is better; negative where ratings of one item differ more than those of different items.
    Undefined with fewer than two raters or complete items, without any variance, and for `2,k` where
    R + (C - E) / n is not positive.
    Source: Shrout and Fleiss 1979 (Psychological Bulletin 86:420).
    """
    name = f"icc_{form.replace(',', '_')}"
    table = read_table(ratings)
    table = table[~np.isnan(table).any(axis=1)]
    items, raters = table.shape
    if raters < _LEAST:
        return make_undefined(name, "fewer than two raters", items=items)
    if items < _LEAST:
        return make_undefined(name, "fewer than two items were rated by all", items=items)
    if np.ptp(table) == 0:
        return make_undefined(name, "all ratings are the same", items=items)
    of_items, of_raters, of_rest = _mean_squares(table)
    below = {
        "2,1": of_items + (raters - 1) * of_rest + raters * (of_raters - of_rest) / items,
        "2,k": of_items + (of_raters - of_rest) / items,
        "3,1": of_items + (raters - 1) * of_rest,
    }[form]
    # Rounding leaves about 1e-16 of the total where there is nothing.
    if below <= 1e-12 * (of_items + of_raters + of_rest):
        return make_undefined(name, "the items do not differ, as far as these raters tell", items=items)
    return make_coefficient(name, (of_items - of_rest) / below, items=items)


def _mean_squares(table: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float, float]:
    items, raters = table.shape
    centred = table - table.mean()
    of_item, of_rater = centred.mean(axis=1), centred.mean(axis=0)
    rest = centred - of_item[:, None] - of_rater[None, :]
    return (
        raters * float((of_item**2).sum()) / (items - 1),
        items * float((of_rater**2).sum()) / (raters - 1),
        float((rest**2).sum()) / ((items - 1) * (raters - 1)),
    )
