"""Krippendorff's alpha, against another implementation and by properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from medgen_pytest.evaluation.agreement import krippendorff_alpha

if TYPE_CHECKING:
    from medgen_pytest.evaluation.agreement.krippendorff import Level

Table = list[tuple[float | None, ...]]

RATING = st.one_of(st.none(), st.integers(1, 5).map(float), st.sampled_from([2.5, 7.25]))
TABLES = st.integers(2, 5).flatmap(lambda raters: st.lists(st.tuples(*[RATING] * raters), min_size=1, max_size=25))
LEVELS = st.sampled_from(["nominal", "ordinal", "interval"])
# The example of Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", part C: four observers, twelve units.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_the_published_example(level: Level, published: float) -> None:
    found = krippendorff_alpha(list(zip(*PUBLISHED, strict=True)), level=level)

    assert found.value == pytest.approx(published, abs=0.0005)
    assert found.items == 11


@settings(deadline=None)
@given(TABLES, LEVELS)
def test_alpha_is_that_of_the_package_krippendorff(table: Table, level: Level) -> None:
    found = krippendorff_alpha(table, level=level)
    assume(found.value is not None)

    theirs = krippendorff.alpha(reliability_data=np.array(table, dtype=float).T, level_of_measurement=level)

    assert found.value == pytest.approx(float(theirs), abs=1e-9)
    assert found.value is not None
    assert found.value <= 1


@settings(deadline=None)
@given(TABLES, LEVELS)
def test_alpha_does_not_depend_on_the_order_of_raters_and_items(table: Table, level: Level) -> None:
    turned = [row[::-1] for row in table[::-1]]

    found, other = krippendorff_alpha(table, level=level), krippendorff_alpha(turned, level=level)

    assert other.reason == found.reason
    assert other.value == (None if found.value is None else pytest.approx(found.value, abs=1e-12))


@settings(deadline=None)
@given(TABLES, st.floats(0.5, 3), st.integers(-5, 5))
def test_alpha_of_intervals_does_not_depend_on_unit_and_zero(table: Table, unit: float, zero: int) -> None:
    moved = [tuple(None if rating is None else unit * rating + zero for rating in row) for row in table]

    found, other = krippendorff_alpha(table), krippendorff_alpha(moved)

    assert other.value == (None if found.value is None else pytest.approx(found.value, abs=1e-9))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_raters_who_agree_throughout_have_alpha_one(level: Level) -> None:
    table: list[list[float | None]] = [[1, 1, None], [2, 2, 2], [9, None, 9]]

    assert krippendorff_alpha(table, level=level).value == 1.0


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([], "no item has two ratings"),
        ([[1, None], [None, 2]], "no item has two ratings"),
        ([[3, 3], [3, None], [3, 3]], "all ratings are the same, so that chance alone would agree"),
        # The only other rating stands alone in its item, and so in no pair.
        ([[3, 3], [None, 4]], "all ratings are the same, so that chance alone would agree"),
    ],
)
def test_alpha_says_why_there_is_none(table: list[list[float | None]], reason: str) -> None:
    found = krippendorff_alpha(table)

    assert (found.value, found.reason) == (None, reason)


def test_a_list_that_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a table of items and raters"):
        krippendorff_alpha([1, 2, 3])


def test_infinite_ratings_in_a_table_are_refused() -> None:
    with pytest.raises(ValueError, match="infinite"):
        krippendorff_alpha([[1, float("inf")]])
