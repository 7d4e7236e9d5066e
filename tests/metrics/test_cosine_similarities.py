from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.spatial.distance import cosine

from medgen_pytest.errors import ShapeError
from medgen_pytest.metrics.embedding.cosine import cosine_similarities

VALUES = st.floats(-1e6, 1e6, width=32).filter(lambda value: value == 0 or abs(value) > 1e-6)
MATRICES = array_shapes(min_dims=2, max_dims=2, max_side=6).flatmap(
    lambda shape: st.tuples(arrays(np.float32, shape, elements=VALUES), arrays(np.float32, shape, elements=VALUES))
)


@given(MATRICES)
def test_rows_score_as_in_scipy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = pair

    for row, value in enumerate(cosine_similarities(first, second)):
        if first[row].any() and second[row].any():
            expected = 1 - cosine(first[row].astype(float), second[row].astype(float))
            assert value == pytest.approx(expected, abs=1e-12)
        else:
            assert math.isnan(value)


@given(MATRICES)
def test_the_order_does_not_matter_and_values_lie_in_range(pair: tuple[np.ndarray, np.ndarray]) -> None:
    values = cosine_similarities(*pair)

    assert np.array_equal(values, cosine_similarities(*pair[::-1]), equal_nan=True)
    assert np.all(np.isnan(values) | (np.abs(values) <= 1))


@given(MATRICES)
def test_equal_rows_give_exactly_one_and_opposite_ones_minus_one(pair: tuple[np.ndarray, np.ndarray]) -> None:
    rows = pair[0][pair[0].any(axis=1)]

    assert cosine_similarities(rows, rows.copy()).tolist() == [1.0] * len(rows)
    assert cosine_similarities(rows, -rows).tolist() == [-1.0] * len(rows)


def test_the_lengths_of_rows_do_not_matter_however_large_or_small() -> None:
    first, second = np.array([[3.0, 4.0]] * 3), np.array([[4.0, 3.0], [4e200, 3e200], [4e-200, 3e-200]])

    assert cosine_similarities(first, second) == pytest.approx([0.96] * 3, abs=1e-15)


@pytest.mark.parametrize("value", [0.0, math.nan, math.inf])
def test_a_row_without_direction_gives_no_number(value: float) -> None:
    values = cosine_similarities(np.array([[value, 0.0], [1.0, 0.0]]), np.ones((2, 2)))

    assert math.isnan(values[0])
    assert values[1] == pytest.approx(math.sqrt(0.5))


def test_no_rows_give_no_values() -> None:
    assert cosine_similarities(np.empty((0, 4)), np.empty((0, 4))).shape == (0,)


@pytest.mark.parametrize("shapes", [((2, 3), (2, 4)), ((2, 3), (3, 3)), ((3,), (3,)), ((1, 2, 3), (1, 2, 3))])
def test_shapes_that_do_not_belong_together_are_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError, match="two matrices of one shape are needed"):
        cosine_similarities(np.ones(shapes[0]), np.ones(shapes[1]))
