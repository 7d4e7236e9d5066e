"""Sequential tests of the mean of a population: seldom wrong whenever they are looked at, and soon done."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.evaluation.statistics.sequential import SequentialTest, Side

UNIT = st.floats(0, 1)
EXACT = st.integers(0, 64).map(lambda number: number / 64)
"""Shares of which sums and differences are not rounded."""


def decided(values: list[float], bound: float, level: float) -> tuple[Side | None, int]:
    """What is decided, and after how many values."""
    test = SequentialTest(population=len(values), bound=bound, level=level)
    for value in values:
        if test.decision is not None:
            break
        test.draw(value, value)
    return test.decision, test.drawn


@pytest.mark.parametrize(("accurate", "bound"), [(3, 0.5), (4, 0.6), (2, 0.34), (6, 0.9), (1, 0.05), (3, 0.375)])
@pytest.mark.parametrize("level", [0.05, 0.3])
def test_of_all_orders_at_most_the_level_leads_to_a_wrong_decision(accurate: int, bound: float, level: float) -> None:
    population = 8
    orders = [
        [1.0 if place in chosen else 0.0 for place in range(population)]
        for chosen in itertools.combinations(range(population), accurate)
    ]

    sides: list[str | None] = [decided(order, bound, level)[0] for order in orders]

    mean = accurate / population
    wrong = [side for side, right in (("above", mean > bound), ("below", mean < bound)) if not right]
    assert all(sides.count(side) <= level * len(orders) for side in wrong)


@pytest.mark.parametrize(("share", "bound"), [(0.5, 0.5), (0.78, 0.8), (0.06, 0.04), (0.9, 0.88)])
def test_looking_after_each_of_many_values_is_seldom_wrong(share: float, bound: float) -> None:
    chance, level, runs, population = np.random.default_rng(7), 0.1, 200, 150
    values = [1.0] * round(share * population) + [0.0] * round((1 - share) * population)

    wrong = sum(
        decided(chance.permutation(values).tolist(), bound, level)[0] == ("below" if share > bound else "above")
        for _ in range(runs)
    )

    # 200 runs that are wrong in 10 of 100 cases are so 35 times or more in 1 of 1,000.
    assert wrong < 35


@pytest.mark.parametrize(("share", "bound", "side", "most"), [(0.95, 0.8, "above", 120), (0.5, 0.8, "below", 60)])
def test_a_clear_case_is_decided_by_a_small_part(share: float, bound: float, side: Side, most: int) -> None:
    chance = np.random.default_rng(3)
    values = [1.0] * round(share * 6000) + [0.0] * round((1 - share) * 6000)

    runs = sorted(decided(chance.permutation(values).tolist(), bound, 0.05) for _ in range(21))

    assert {found for found, _ in runs} == {side}
    assert runs[10][1] <= most


@given(values=st.lists(UNIT, min_size=1, max_size=30), bound=UNIT)
def test_all_values_leave_nothing_open_but_a_mean_at_the_bound(values: list[float], bound: float) -> None:
    side, _ = decided(values, bound, 1e-12)

    difference = sum(values) / len(values) - bound
    if abs(difference) > 1e-8:
        assert side == ("above" if difference > 0 else "below")
    elif abs(difference) < 1e-10:
        assert side is None


@given(
    ranges=st.lists(st.tuples(UNIT, UNIT).map(sorted), min_size=1, max_size=30),
    bound=UNIT,
    where=st.lists(UNIT, min_size=30, max_size=30),
)
def test_what_is_decided_in_spite_of_unknown_values_no_value_of_theirs_would_have_changed(
    ranges: list[list[float]], bound: float, where: list[float]
) -> None:
    population = len(ranges) + 10
    known, unknown = (SequentialTest(population=population, bound=bound, level=0.2) for _ in range(2))

    for (low, high), share in zip(ranges, where, strict=False):
        value = min(high, low + share * (high - low))
        unknown.draw(low, high)
        known.draw(value, value)
        if unknown.decision is not None or known.decision is not None:
            break

    assert unknown.decision in {None, known.decision}


@given(values=st.lists(EXACT, min_size=1, max_size=30), bound=EXACT)
def test_the_two_sides_mirror_each_other(values: list[float], bound: float) -> None:
    side, drawn = decided(values, bound, 0.2)

    mirrored = decided([1 - value for value in values], 1 - bound, 0.2)

    names: dict[Side | None, Side | None] = {"above": "below", "below": "above", None: None}
    assert mirrored == (names[side], drawn)


def test_a_single_miss_is_enough_where_none_is_allowed() -> None:
    test = SequentialTest(population=1000, bound=1.0, level=0.05)

    test.draw(0, 0)

    assert test.decision == "below"


def test_a_decision_stays() -> None:
    test = SequentialTest(population=100, bound=0.5, level=0.05)
    for _ in range(10):
        test.draw(1, 1)
    before = test.decision

    for _ in range(30):
        test.draw(0, 0)

    assert before == test.decision == "above"


@pytest.mark.parametrize("low_and_high", [(-0.1, 1.0), (0.0, 1.1), (0.6, 0.5), (float("nan"), 1.0)])
def test_what_is_no_range_is_refused(low_and_high: tuple[float, float]) -> None:
    test = SequentialTest(population=2, bound=0.5, level=0.05)

    with pytest.raises(ValueError, match="no range"):
        test.draw(*low_and_high)


def test_more_values_than_there_are_are_refused() -> None:
    test = SequentialTest(population=1, bound=0.5, level=0.05)
    test.draw(1, 1)

    with pytest.raises(ValueError, match="all 1 values are drawn"):
        test.draw(1, 1)


@pytest.mark.parametrize(("population", "bound", "level"), [(0, 0.5, 0.05), (1, 1.5, 0.05), (1, 0.5, 0.0)])
def test_a_test_that_cannot_be_is_refused(population: int, bound: float, level: float) -> None:
    with pytest.raises(ValueError, match="no test"):
        SequentialTest(population=population, bound=bound, level=level)
