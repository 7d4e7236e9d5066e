"""The algorithm of tiled convolution is exact: in fractions it gives the sums of a sliding kernel."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.metrics.lpips.tiles import bilinear_algorithm


def times(matrix: list[list[Fraction]], vector: list[Fraction]) -> list[Fraction]:
    return [sum((a * b for a, b in zip(row, vector, strict=True)), start=Fraction(0)) for row in matrix]


@pytest.mark.parametrize(("outputs", "kernel"), [(3, 3), (4, 5), (2, 3), (1, 2)])
@given(data=st.data())
def test_it_gives_the_sums_of_a_sliding_kernel(outputs: int, kernel: int, data: st.DataObject) -> None:
    numbers = st.fractions(min_value=-9, max_value=9, max_denominator=7)
    slid = data.draw(st.lists(numbers, min_size=kernel, max_size=kernel))
    inputs = data.draw(st.lists(numbers, min_size=outputs + kernel - 1, max_size=outputs + kernel - 1))
    gather, kernels, spread = bilinear_algorithm(outputs, kernel)

    products = [a * b for a, b in zip(times(kernels, slid), times(spread, inputs), strict=True)]

    assert times(gather, products) == [
        sum((slid[step] * inputs[start + step] for step in range(kernel)), start=Fraction(0))
        for start in range(outputs)
    ]
