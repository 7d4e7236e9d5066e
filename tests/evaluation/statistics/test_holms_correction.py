"""Holm's correction of many p-values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from medgen_pytest.evaluation.statistics import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@settings(deadline=None, max_examples=10)  # theirs searches for cycles at each call
@given(P_VALUES)
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    theirs = multipletests(p_values, method="holm")[1]

    assert holm(p_values) == pytest.approx(theirs.tolist(), abs=1e-12)


@settings(deadline=None)
@given(P_VALUES)
def test_holm_raises_p_values_and_keeps_their_order(p_values: list[float]) -> None:
    corrected = holm(p_values)

    assert all(before <= after <= 1 for before, after in zip(p_values, corrected, strict=True))
    assert [corrected[place] for place in np.argsort(p_values, kind="stable")] == sorted(corrected)


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == ()


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_what_is_no_p_value_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        holm([0.5, value])
