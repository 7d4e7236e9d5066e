"""Kappa of two and of several raters, against other implementations and by properties."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss_kappa

from medgen_pytest.evaluation.agreement import fleiss_kappa, kappa

if TYPE_CHECKING:
    from medgen_pytest.evaluation.agreement.cohen import KappaWeights

FIRST = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 8, 8, 3, 5]
SECOND = [1, 3, 3, 6, 5, 4, 7, 10, 9, 10, 7, 8, 1, 9]
ITEM_WEIGHTS = [1, 2, 1, 1, 0.5, 1, 1, 3, 1, 1, 1, 1, 1, 2]
SCALE = st.integers(1, 5)
PAIRS = st.lists(st.tuples(SCALE, SCALE), min_size=2, max_size=40)
WEIGHTS = st.sampled_from(["none", "linear", "quadratic"])


@pytest.mark.parametrize(
    ("weights", "plain", "weighted"),
    [
        # cohen_kappa_score of scikit-learn 1.9.1 with labels 1 to 10.
        ("none", 0.4463276836158191, 0.3149466192170819),
        ("linear", 0.6975308641975309, 0.6179401993355481),
        ("quadratic", 0.8529956763434219, 0.8101149425287356),
    ],
)
def test_kappa_is_that_of_scikit_learn(weights: KappaWeights, plain: float, weighted: float) -> None:
    assert kappa(FIRST, SECOND, weights=weights).value == pytest.approx(plain, abs=1e-12)
    assert kappa(FIRST, SECOND, weights=weights, item_weights=ITEM_WEIGHTS).value == pytest.approx(weighted, abs=1e-12)


@settings(deadline=None)
@given(PAIRS, WEIGHTS)
def test_kappa_is_that_of_statsmodels(pairs: list[tuple[int, int]], weights: KappaWeights) -> None:
    first, second = zip(*pairs, strict=True)
    table = np.zeros((5, 5))
    np.add.at(table, (np.array(first) - 1, np.array(second) - 1), 1)

    found = kappa(first, second, weights=weights)

    if found.value is None:
        assert len({*first, *second}) == 1
    else:
        # statsmodels weighs squares with 'quadratic' and distances with 'linear'; by default not at all.
        theirs = cohens_kappa(table, wt=None if weights == "none" else weights, return_results=False)
        assert found.value == pytest.approx(float(theirs), abs=1e-9)


@settings(deadline=None)
@given(PAIRS, WEIGHTS)
def test_kappa_does_not_ask_who_was_first_and_is_at_most_one(
    pairs: list[tuple[int, int]], weights: KappaWeights
) -> None:
    first, second = zip(*pairs, strict=True)

    found, turned = kappa(first, second, weights=weights).value, kappa(second, first, weights=weights).value

    assert found == (turned if turned is None else pytest.approx(turned, abs=1e-12))
    assert found is None or -1 - 1e-12 <= found <= 1


@settings(deadline=None)
@given(PAIRS, st.permutations([1, 2, 3, 4, 5]))
def test_unweighted_kappa_does_not_depend_on_what_categories_are_called(
    pairs: list[tuple[int, int]], names: list[int]
) -> None:
    renamed = [(names[a - 1], names[b - 1]) for a, b in pairs]

    found = kappa(*zip(*pairs, strict=True)).value

    assert found == (None if found is None else pytest.approx(kappa(*zip(*renamed, strict=True)).value, abs=1e-12))


@settings(deadline=None)
@given(st.lists(SCALE, min_size=2, max_size=40).filter(lambda ratings: len(set(ratings)) > 1), WEIGHTS)
def test_raters_who_agree_throughout_have_kappa_one(ratings: list[int], weights: KappaWeights) -> None:
    assert kappa(ratings, ratings, weights=weights).value == 1.0


def test_an_item_weight_is_as_good_as_an_item_more() -> None:
    found = kappa([1, 2, 3, 1], [1, 2, 2, 3], item_weights=[1, 1, 2, 1])

    assert found.value == pytest.approx(kappa([1, 2, 3, 3, 1], [1, 2, 2, 2, 3]).value, abs=1e-12)


def test_items_that_one_rater_left_out_are_not_counted() -> None:
    found = kappa([1, None, 2, 2, 1], [1, 2, math.nan, 2, 2])

    assert found == kappa([1, 2, 1], [1, 2, 2])
    assert found.items == 3


def test_raters_with_one_category_between_them_have_no_kappa() -> None:
    found = kappa([8, 8, 8], [8, 8, 8])

    assert found.to_dict() == {
        "name": "kappa",
        "value": None,
        "items": 3,
        "reason": "both raters gave one and the same rating throughout, so that chance alone would agree",
    }


def test_raters_with_a_category_each_agree_as_by_chance() -> None:
    assert kappa([1, 1], [2, 2]).value == 0.0


@pytest.mark.parametrize("ratings", [[], [3]])
def test_fewer_than_two_items_have_no_kappa(ratings: list[int]) -> None:
    found = kappa(ratings, ratings)

    assert (found.value, found.reason) == (None, "fewer than two items have a rating of both")


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        kappa([1, 2], [1, 2, 3])


@pytest.mark.parametrize("weights", [[1, 1], [1, 0, 1], [1, math.inf, 1]])
def test_item_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="one weight, finite and positive"):
        kappa([1, 2, 3], [1, 2, 3], item_weights=weights)


def test_infinite_ratings_are_refused() -> None:
    with pytest.raises(ValueError, match="infinite"):
        kappa([1, math.inf], [1, 2])


TABLES = st.integers(2, 5).flatmap(lambda raters: st.lists(st.tuples(*[SCALE] * raters), min_size=1, max_size=30))


@settings(deadline=None)
@given(TABLES)
def test_fleiss_kappa_is_that_of_statsmodels(table: list[tuple[int, ...]]) -> None:
    found = fleiss_kappa(table)

    if found.value is None:
        assert len(np.unique(table)) == 1
    else:
        theirs = float(their_fleiss_kappa(aggregate_raters(np.array(table))[0]))
        assert found.value == pytest.approx(theirs, abs=1e-9)
        assert -1 / (len(table[0]) - 1) - 1e-12 <= found.value <= 1 + 1e-12


def test_fleiss_kappa_of_raters_who_agree_throughout_is_one() -> None:
    assert fleiss_kappa([[1, 1, 1], [2, 2, 2], [5, 5, 5]]).value == pytest.approx(1.0, abs=1e-12)


def test_fleiss_kappa_counts_items_that_all_rated() -> None:
    table: list[list[float | None]] = [[1, 1], [2, 1], [None, 2], [2, 2]]

    found = fleiss_kappa(table)

    assert found == fleiss_kappa([[1, 1], [2, 1], [2, 2]])


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([], "fewer than two raters"),
        ([[1], [2]], "fewer than two raters"),
        ([[1, None], [None, 2]], "no item was rated by all"),
        ([[3, 3], [3, 3]], "all ratings are the same, so that chance alone would agree"),
    ],
)
def test_fleiss_kappa_says_why_there_is_none(table: list[list[float | None]], reason: str) -> None:
    found = fleiss_kappa(table)

    assert (found.value, found.reason) == (None, reason)
