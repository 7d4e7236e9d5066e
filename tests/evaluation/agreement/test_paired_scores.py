"""Drops of paired scores and their p-values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test, ttest_1samp, wilcoxon

from medgen_pytest.evaluation.agreement.paired import mean_drop, permutation_p, wilcoxon_p

if TYPE_CHECKING:
    from medgen_pytest.evaluation.statistics.sign_flips import Alternative

BEFORE = [8, 7, 9, 6, 8, 7, 5, 9, 8, 6]
AFTER = [5, 7, 6, 6, 3, 8, 4, 5, 7, 2]
SCORES = st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=2, max_size=9)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_interval_of_a_drop_is_that_of_scipys_paired_t(level: float) -> None:
    found = mean_drop(BEFORE, AFTER, level=level)

    theirs = ttest_1samp(np.subtract(BEFORE, AFTER), 0).confidence_interval(level)
    assert found.mean == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx((float(theirs.low), float(theirs.high)), abs=1e-12)
    assert found.pairs == 10


def test_a_single_pair_has_no_interval_and_no_pairs_no_mean() -> None:
    assert mean_drop([8], [5]).to_dict() == {
        "mean": 3.0,
        "low": None,
        "high": None,
        "pairs": 1,
        "level": 0.95,
        "reason": "one pair has no spread",
    }
    assert (mean_drop([], []).mean, mean_drop([], []).reason) == (None, "no pairs")


@settings(deadline=None, max_examples=30)
@given(SCORES, st.sampled_from(["drop", "change"]))
def test_the_p_value_of_few_pairs_is_the_exact_one_of_scipy(
    pairs: list[tuple[int, int]], alternative: Alternative
) -> None:
    before, after = zip(*pairs, strict=True)
    apart = np.subtract(before, after)

    found = permutation_p(before, after, alternative=alternative)

    # Their two-sided p is twice the smaller side, ours counts both sides, which are alike.
    theirs = permutation_test(
        (apart,),
        lambda values, axis: values.sum(axis=axis),
        permutation_type="samples",
        alternative="greater" if alternative == "drop" else "two-sided",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert found == pytest.approx(float(theirs.pvalue), abs=1e-12)


def test_the_p_value_of_many_pairs_is_near_the_t_tests_and_the_same_each_time() -> None:
    generator = np.random.default_rng(7)
    before = generator.normal(7, 1, 120)
    after = before - generator.normal(0.2, 1, 120)

    found = permutation_p(before, after)

    # 20,000 draws have a standard error of 0.001 there.
    theirs = float(ttest_1samp(before - after, 0, alternative="greater").pvalue)
    assert found == pytest.approx(theirs, abs=0.005)
    assert found == permutation_p(before, after)


def test_a_drawn_p_value_is_never_zero() -> None:
    assert permutation_p([9.0] * 60, [1.0] * 60, draws=999) == 0.001


def test_wilcoxons_p_value_leaves_out_pairs_that_do_not_differ() -> None:
    apart = np.subtract(BEFORE, AFTER)

    found = wilcoxon_p(BEFORE, AFTER)

    assert found == pytest.approx(float(wilcoxon(apart[apart != 0], alternative="greater").pvalue), abs=1e-12)
    assert (wilcoxon_p(AFTER, BEFORE) or 0) > 0.95


def test_without_a_difference_wilcoxon_has_no_p_value() -> None:
    assert wilcoxon_p([1, 2], [1, 2]) is None
    assert permutation_p([], []) is None


@pytest.mark.parametrize("scores", [([1, 2], [1]), ([[1]], [[2]])])
def test_scores_that_are_no_pairs_are_refused(scores: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="two lists of one length"):
        mean_drop(*scores)


def test_scores_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        permutation_p([1.0, float("nan")], [1.0, 2.0])
