"""Quantiles without scipy, against scipy's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri, stdtrit

from medgen_pytest.evaluation.statistics.quantiles import (
    normal_quantile,
    normal_quantiles,
    normal_shares,
    student_quantiles,
)

TAILS = [0.4, 0.05, 0.025, 0.005, 1e-4]


@pytest.mark.parametrize("tail", TAILS)
def test_students_quantiles_are_those_of_scipy(tail: float) -> None:
    freedom = np.array([*range(1, 60), 199, 200, 999, 1000, 1001, 6622, 1e6])

    assert student_quantiles(freedom, tail) == pytest.approx(stdtrit(freedom, tail), rel=1e-9)


def test_no_degrees_of_freedom_have_no_quantiles() -> None:
    assert student_quantiles(np.zeros(0), 0.025).shape == (0,)


@given(st.floats(1e-12, 1 - 1e-12))
def test_normal_quantiles_are_those_of_scipy(share: float) -> None:
    assert normal_quantile(share) == pytest.approx(float(ndtri(share)), abs=1e-9)
    assert normal_quantiles(np.array([share])) == pytest.approx([normal_quantile(share)])


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=2))
def test_normal_shares_are_those_of_scipy(numbers: list[float]) -> None:
    grid = np.array([numbers, numbers])

    assert normal_shares(grid) == pytest.approx(ndtr(grid), abs=1e-12)


def test_the_intervals_that_every_run_has_do_not_load_scipy() -> None:
    code = (
        "import sys; from medgen_pytest.evaluation.statistics import mean_interval, rate_interval;"
        "mean_interval([0.1, 0.5, 0.9] * 9, [1, 2, 3] * 9); mean_interval([0.1, 0.5, 0.9] * 9);"
        "rate_interval([0, 1, 1] * 9, [1, 2, 3] * 9); print('scipy' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "False"
