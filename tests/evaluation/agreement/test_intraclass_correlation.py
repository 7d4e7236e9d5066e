"""Intraclass correlation, against published and computed values and by properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.evaluation.agreement import icc

if TYPE_CHECKING:
    from medgen_pytest.evaluation.agreement.intraclass import IccForm

# Table 2 of Shrout and Fleiss 1979: six targets, four judges.
PUBLISHED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
SCORES: list[list[float | None]] = [
    [8, 8.5, 7],
    [3, 2, 4],
    [9.5, 9, 9],
    [6, 7, 5],
    [10, 8, 9.5],
    [1, 3, 2],
    [5, 5, 6.5],
]
FORMS = st.sampled_from(["2,1", "2,k", "3,1"])
TABLES = st.integers(2, 4).flatmap(
    lambda raters: st.lists(st.tuples(*[st.integers(1, 10)] * raters), min_size=2, max_size=20)
)


@pytest.mark.parametrize(
    ("table", "form", "expected"),
    [
        # intraclass_corr of pingouin 0.7.0: its ICC(A,1), ICC(A,k) and ICC(C,1).
        (PUBLISHED, "2,1", 0.28976377952755916),
        (PUBLISHED, "2,k", 0.6200505475989893),
        (PUBLISHED, "3,1", 0.7148407148407154),
        (SCORES, "2,1", 0.9084393063583812),
        (SCORES, "2,k", 0.9674956907165722),
        (SCORES, "3,1", 0.8949886104783596),
    ],
)
def test_icc_is_that_of_pingouin(table: list[list[float | None]], form: IccForm, expected: float) -> None:
    assert icc(table, form=form).value == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(TABLES, FORMS)
def test_icc_is_at_most_one_and_does_not_depend_on_unit_and_zero(table: list[tuple[int, ...]], form: IccForm) -> None:
    found = icc(table, form=form).value
    moved = icc(np.array(table) * 0.5 - 3, form=form).value

    assert moved == (None if found is None else pytest.approx(found, abs=1e-9))
    assert found is None or found <= 1 + 1e-12


@settings(deadline=None)
@given(TABLES, FORMS)
def test_icc_does_not_depend_on_the_order_of_raters_and_items(table: list[tuple[int, ...]], form: IccForm) -> None:
    found = icc(table, form=form).value

    assert icc([row[::-1] for row in table[::-1]], form=form).value == (
        None if found is None else pytest.approx(found, abs=1e-9)
    )


@pytest.mark.parametrize("form", ["2,1", "2,k", "3,1"])
def test_raters_who_agree_throughout_have_icc_one(form: IccForm) -> None:
    assert icc([[1, 1], [5, 5], [9, 9]], form=form).value == pytest.approx(1.0, abs=1e-12)


def test_a_constant_difference_only_matters_for_absolute_agreement() -> None:
    table = [[1, 3], [5, 7], [8, 10]]

    assert icc(table, form="3,1").value == pytest.approx(1.0, abs=1e-12)
    assert (icc(table, form="2,1").value or 0) < 0.9


def test_items_that_a_rater_left_out_are_not_counted_by_icc() -> None:
    table: list[list[float | None]] = [*SCORES, [4, None, 4]]

    found = icc(table)

    assert found == icc(SCORES)
    assert found.items == 7


@pytest.mark.parametrize(
    ("table", "form", "reason"),
    [
        ([], "2,1", "fewer than two raters"),
        ([[1], [2]], "2,1", "fewer than two raters"),
        ([[1, 2], [None, 3]], "2,1", "fewer than two items were rated by all"),
        ([[3, 3], [3, 3]], "2,1", "all ratings are the same"),
        ([[1, 2], [2, 1]], "2,k", "the items do not differ, as far as these raters tell"),
        ([[1, 3], [1, 3]], "3,1", "the items do not differ, as far as these raters tell"),
    ],
)
def test_icc_says_why_there_is_none(table: list[list[float | None]], form: IccForm, reason: str) -> None:
    found = icc(table, form=form)

    assert (found.value, found.reason) == (None, reason)
