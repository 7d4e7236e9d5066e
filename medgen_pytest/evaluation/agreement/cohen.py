"""Cohen's kappa: the agreement of two raters beyond that of raters with their habits who rate at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.evaluation.agreement.coefficient import Coefficient, make_coefficient, make_undefined, read_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

KappaWeights = Literal["none", "linear", "quadratic"]

ONE_CATEGORY = "both raters gave one and the same rating throughout, so that chance alone would agree"


def kappa(
    first: ArrayLike | Sequence[float | None],
    second: ArrayLike | Sequence[float | None],
    *,
    weights: KappaWeights = "none",
    item_weights: ArrayLike | None = None,
) -> Coefficient:
    """Cohen's kappa of two raters.

    kappa = 1 - sum(d_ij o_ij) / sum(d_ij e_ij): `o` the share of items rated i by the first and j by the second,
    `e` the product of their marginal shares, `d` how far apart the ratings are: 0 or 1 (`none`), |i - j|
    (`linear`) or (i - j)^2 (`quadratic`). Distances are those of the ratings themselves, so that ratings that
    nobody gave make no difference; on an equidistant scale that is the same as counting categories.

    Args:
        first: one rating an item, (items,). Items that either left out (None or NaN) are not counted.
        second: the same of the other rater.
        weights: what a disagreement weighs.
        item_weights: what an item weighs, (items,), positive; all alike without.

    At most 1, which is agreement throughout; 0 is that of chance, less is worse than chance.
    Undefined with fewer than two items, and where both raters gave the same single rating throughout. Raises
    ValueError for lists of different lengths.
    Source: Cohen 1960 (Educational and Psychological Measurement 20:37), 1968 (Psychological Bulletin 70:213).
    """
    name = "kappa" if weights == "none" else f"kappa_{weights}"
    pairs, both = read_pairs(first, second)
    if len(pairs) < 2:  # noqa: PLR2004 - one item varies in nothing
        return make_undefined(name, "fewer than two items have a rating of both", items=len(pairs))
    shares = _shares(item_weights, both)
    values, places = np.unique(pairs, return_inverse=True)
    places = places.reshape(pairs.shape)
    observed = np.zeros((len(values), len(values)))
    np.add.at(observed, (places[:, 0], places[:, 1]), shares)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0))
    apart = _distances(values, weights)
    by_chance = float((apart * expected).sum())
    if len(values) == 1:
        return make_undefined(name, ONE_CATEGORY, items=len(pairs))
    return make_coefficient(name, 1 - float((apart * observed).sum()) / by_chance, items=len(pairs))


def _shares(item_weights: ArrayLike | None, both: NDArray[np.bool_]) -> NDArray[np.float64]:
    weights = np.ones(len(both)) if item_weights is None else np.asarray(item_weights, dtype=np.float64)
    if weights.shape != both.shape or not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError("an item has one weight, finite and positive")
    chosen = weights[both]
    shares: NDArray[np.float64] = chosen / chosen.sum()
    return shares


def _distances(values: NDArray[np.float64], weights: KappaWeights) -> NDArray[np.float64]:
    apart = np.abs(values[:, None] - values[None, :])
    if weights == "none":
        return (apart > 0).astype(np.float64)
    return apart if weights == "linear" else apart**2
