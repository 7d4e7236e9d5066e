"""The meter: a budget is never exceeded, and what may come back is waited for."""

from __future__ import annotations

import asyncio
import math
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.meter import Bill, BudgetError, OwnMeter, current_bill, to_units
from medgen_pytest.models.remote.reservation import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator

AMOUNTS = st.floats(min_value=0, max_value=2)


@pytest.fixture
def bill() -> Iterator[Bill]:
    made = Bill()
    token = current_bill.set(made)
    yield made
    current_bill.reset(token)


def test_what_is_set_aside_leaves_less_room_until_it_is_settled() -> None:
    meter = OwnMeter(1.0)
    meter.reserve(0.75)

    with pytest.raises(BudgetError):
        meter.reserve(0.5)
    meter.settle(0.75, 0.25)
    meter.reserve(0.5)

    assert meter.spent == 0.25


def test_an_error_says_what_the_budget_is_and_what_is_spent() -> None:
    meter = OwnMeter(5.0, spent=4.98)

    with pytest.raises(BudgetError, match=r"not asked: the budget of 5 might be exceeded \(4\.98 are spent\)"):
        meter.reserve(0.05)


def test_only_room_that_others_hold_may_come_back() -> None:
    meter = OwnMeter(1.0)
    meter.reserve(0.75)

    with pytest.raises(BudgetError) as held:
        meter.reserve(0.5)
    with pytest.raises(BudgetError) as never:
        meter.reserve(1.5)

    assert (held.value.passing, never.value.passing) == (True, False)


def test_a_budget_can_be_used_to_the_last_cent() -> None:
    meter = OwnMeter(0.3)

    for _ in range(3):
        meter.reserve(0.1)

    with pytest.raises(BudgetError):
        meter.reserve(1e-9)


def test_what_is_free_is_never_refused_even_when_too_much_was_spent() -> None:
    meter = OwnMeter(1.0)
    meter.settle(0.0, 3.0)

    meter.reserve(0.0)


def test_without_a_budget_everything_is_counted_and_nothing_refused() -> None:
    meter = OwnMeter()

    meter.reserve(1e6)
    meter.settle(1e6, 2e6)

    assert meter.spent == 2e6


@pytest.mark.parametrize(
    ("amount", "units"),
    [(0.1 + 0.2, 300_000_000), (1e-12, 1), (-1, 0), (math.nan, 0), (math.inf, 10**18), (5, 5 * 10**9)],
)
def test_amounts_are_whole_billionths_rounded_up_without_the_noise_of_fractions(amount: float, units: int) -> None:
    assert to_units(amount) == units


@given(st.floats(min_value=0, max_value=5), st.lists(st.tuples(AMOUNTS, AMOUNTS, st.integers(0, 3)), max_size=40))
def test_no_order_of_requests_exceeds_a_budget_when_none_costs_more_than_was_set_aside(
    budget: float, requests: list[tuple[float, float, int]]
) -> None:
    meter, on_their_way = OwnMeter(budget), []
    for expected, share, arrivals in requests:
        try:
            meter.reserve(expected)
        except BudgetError:
            continue
        on_their_way.append((expected, min(expected, expected * share)))
        for _ in range(min(arrivals, len(on_their_way))):
            meter.settle(*on_their_way.pop(0))
            assert meter.spent <= budget + 1e-9
    for reserved, spent in on_their_way:
        meter.settle(reserved, spent)
    assert meter.spent <= budget + 1e-9


def test_threads_together_never_exceed_a_budget() -> None:
    meter = OwnMeter(1.0)
    sent: list[float] = []

    def spend() -> None:
        for _ in range(200):
            try:
                meter.reserve(0.01)
            except BudgetError:
                continue
            sent.append(0.01)
            meter.settle(0.01, 0.01)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(sent) == 100
    assert meter.spent == pytest.approx(1.0)


def test_setting_aside_waits_for_requests_that_turn_out_cheaper() -> None:
    meter, order = OwnMeter(1.0), []

    async def ask(name: str, expected: float, cost: float) -> None:
        await set_aside(meter, expected)
        order.append(name)
        await asyncio.sleep(0.05)
        meter.settle(expected, cost)

    async def session() -> None:
        await asyncio.gather(ask("dear", 0.75, 0.125), ask("waits", 0.5, 0.5))

    asyncio.run(asyncio.wait_for(session(), 10))

    assert order == ["dear", "waits"]
    assert meter.spent == 0.625


def test_setting_aside_gives_up_once_what_is_spent_leaves_no_room() -> None:
    meter = OwnMeter(1.0)

    async def session() -> None:
        await set_aside(meter, 0.75)
        late = asyncio.create_task(set_aside(meter, 0.5))
        await asyncio.sleep(0.05)
        assert not late.done()
        meter.settle(0.75, 0.75)
        with pytest.raises(BudgetError):
            await late

    asyncio.run(asyncio.wait_for(session(), 10))


def test_what_is_settled_stands_on_the_bill_of_the_answer(bill: Bill) -> None:
    meter = OwnMeter(1.0)

    meter.reserve(0.5)
    meter.settle(0.5, 0.25)
    meter.settle(0.0, 0.125)

    assert bill.counted == 0.375
