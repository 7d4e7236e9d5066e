"""Combining: what several scores of one output come to, in whatever order they were given."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medgen_pytest.config.settings import Combination
from medgen_pytest.judge.combining import combine

if TYPE_CHECKING:
    from collections.abc import Sequence

HOWS: tuple[Combination, ...] = get_args(Combination)
ANY = st.sampled_from(HOWS)
# Judges give whole numbers, halves and tenths; a mean of the user's own rubric may be anything between.
SCORE = st.integers(1, 10).map(float) | st.integers(10, 100).map(lambda tenths: tenths / 10) | st.floats(1, 10)
SCORES = st.lists(SCORE, min_size=1, max_size=9)


@given(SCORES)
def test_the_mean_is_the_exact_one_rounded(scores: list[float]) -> None:
    exact = sum(map(Fraction, scores)) / len(scores)

    assert combine(scores, "mean") == pytest.approx(float(exact), rel=4e-16)


@given(SCORES)
def test_the_median_is_that_of_another_implementation(scores: list[float]) -> None:
    assert combine(scores, "median") == pytest.approx(float(np.median(scores)), rel=4e-16)


@given(SCORES, st.floats(0, 11))
def test_the_majority_meets_a_threshold_exactly_if_more_than_half_of_the_scores_do(
    scores: list[float], threshold: float
) -> None:
    reached = sum(score >= threshold for score in scores)

    assert (combine(scores, "majority") >= threshold) == (2 * reached > len(scores))


@given(SCORES)
def test_the_majority_decides_at_the_scores_themselves_too(scores: list[float]) -> None:
    for threshold in scores:
        reached = sum(score >= threshold for score in scores)

        assert (combine(scores, "majority") >= threshold) == (2 * reached > len(scores))


@given(st.permutations(range(6)), st.lists(SCORE, min_size=6, max_size=6), ANY)
def test_the_order_of_the_scores_never_matters(order: Sequence[int], scores: list[float], how: Combination) -> None:
    assert combine([scores[place] for place in order], how) == combine(scores, how)


@given(SCORES, ANY)
def test_no_way_leads_beyond_the_lowest_or_the_highest_score(scores: list[float], how: Combination) -> None:
    assert min(scores) <= combine(scores, how) <= max(scores)


@example(7.6, 3, "mean")  # rounding would make a little less of them, which misses a threshold of 7.6
@given(SCORE, st.integers(1, 9), ANY)
def test_scores_that_are_all_the_same_come_to_that_score_to_the_last_digit(
    score: float, count: int, how: Combination
) -> None:
    assert combine([score] * count, how) == score


@given(SCORES, SCORE, ANY)
def test_a_higher_score_never_makes_less_of_them(scores: list[float], more: float, how: Combination) -> None:
    raised = [max(scores[0], more), *scores[1:]]

    assert combine(raised, how) >= combine(scores, how) or math.isclose(combine(raised, how), combine(scores, how))


@pytest.mark.parametrize(("how", "expected"), [("mean", 6.0), ("median", 7.0), ("majority", 4.0)])
def test_of_an_even_number_of_scores_the_majority_takes_the_lower_middle(how: Combination, expected: float) -> None:
    assert combine([10.0, 4.0, 10.0, 0.0], how) == expected


@pytest.mark.parametrize("how", HOWS)
def test_without_any_score_there_is_nothing_to_combine(how: Combination) -> None:
    with pytest.raises(ValueError, match="no scores to combine"):
        combine([], how)
