"""Krippendorff's alpha: the agreement of any number of raters, of whom each may leave items out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.evaluation.agreement.coefficient import Coefficient, make_coefficient, make_undefined, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(
    ratings: ArrayLike | Sequence[Sequence[float | None]], *, level: Level = "interval"
) -> Coefficient:
    """Krippendorff's alpha of two or more raters.

    alpha = 1 - D_o / D_e with D_o = sum_ck o_ck d_ck / n and D_e = sum_ck n_c n_k d_ck / (n (n - 1)): `o` counts the
    pairs of ratings of one item, each item's divided by its number of ratings less one; `n_c` how often rating c
    stands in pairs, n all of them. d_ck is 0 or 1 (`nominal`), (c - k)^2 (`interval`), or the squared number of
    ratings between c and k, themselves counted half (`ordinal`).

    Args:
        ratings: (items, raters); None or NaN is a rating that was not given. Items with fewer than two ratings are
            not counted.
        level: what the ratings mean.

    At most 1, which is agreement throughout; 0 is that of chance; negative where raters differ systematically.
    Undefined without an item of two ratings, and where all ratings that count are the same.
    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability (University of Pennsylvania).
    """
    name = f"krippendorff_alpha_{level}"
    table = read_table(ratings)
    counted = table[(~np.isnan(table)).sum(axis=1) > 1]
    if len(counted) == 0:
        return make_undefined(name, "no item has two ratings", items=0)
    values = np.unique(counted[~np.isnan(counted)])
    if len(values) == 1:
        return make_undefined(name, "all ratings are the same, so that chance alone would agree", items=len(counted))
    counts = (counted[:, :, None] == values).sum(axis=1).astype(np.float64)
    given = counts.sum(axis=1)
    together = (counts / (given - 1)[:, None]).T @ counts - np.diag((counts / (given - 1)[:, None]).sum(axis=0))
    often = together.sum(axis=1)
    apart = _distances(values, often, level)
    observed = float((together * apart).sum())
    by_chance = float(often @ apart @ often) / (float(often.sum()) - 1)
    return make_coefficient(name, 1 - observed / by_chance, items=len(counted))


def _distances(values: NDArray[np.float64], often: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
    if level == "nominal":
        return 1 - np.eye(len(values))
    # The middle of a rating on the scale of ranks: halfway through those who gave it.
    places = values if level == "interval" else np.cumsum(often) - often / 2
    squares: NDArray[np.float64] = (places[:, None] - places[None, :]) ** 2
    return squares
