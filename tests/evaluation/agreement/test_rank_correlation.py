"""Spearman's rho, against another implementation and by properties."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from medgen_pytest.evaluation.agreement import spearman

PAIRS = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=2, max_size=40)


@settings(deadline=None)
@given(PAIRS)
def test_rho_is_that_of_scipy_ties_included(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    assume(len(set(first)) > 1 and len(set(second)) > 1)

    found = spearman(first, second).value

    assert found == pytest.approx(float(spearmanr(first, second).statistic), abs=1e-9)


@settings(deadline=None)
@given(PAIRS)
def test_rho_asks_for_order_alone_and_not_who_was_first(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)

    found = spearman(first, second).value
    other = spearman([2.0**rating for rating in second], first).value

    assert other == (None if found is None else pytest.approx(found, abs=1e-12))


def test_the_same_order_is_one_and_the_reverse_minus_one() -> None:
    assert spearman([1, 2, 3], [10, 20, 90]).value == pytest.approx(1.0, abs=1e-12)
    assert spearman([1, 2, 3], [9, 5, 1]).value == pytest.approx(-1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([], [], "fewer than two items have a rating of both"),
        ([1, None], [2, 3], "fewer than two items have a rating of both"),
        ([5, 5, 5], [1, 2, 3], "a rater gave one rating throughout"),
    ],
)
def test_rho_says_why_there_is_none(first: list[float | None], second: list[float | None], reason: str) -> None:
    found = spearman(first, second)

    assert (found.value, found.reason) == (None, reason)
