"""The pace of an endpoint: its limits hold whatever comes, and nobody is overtaken."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.models.remote.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from medgen_pytest.models.remote.pace import Slot

_T = TypeVar("_T")
MINUTE = 60.0


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer whenever nothing else is left to do."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._select = self._selector.select  # type: ignore[attr-defined]  # the loop of the standard library has it
        self._selector.select = self._skip  # type: ignore[attr-defined]  # the same

    def time(self) -> float:
        return self._now

    def _skip(self, timeout: float | None) -> object:
        events = self._select(0)
        if not events and timeout:
            self._now += timeout
        return events


def run(work: Coroutine[object, object, _T]) -> _T:
    """What a coroutine brings, in no time at all."""
    loop = FastLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def now() -> float:
    return asyncio.get_running_loop().time()


async def keep(pace: Pace, seconds: float, *, tokens: int = 0) -> float:
    """Enters, works so long and leaves: when it entered."""
    slot = await pace.enter(tokens=tokens)
    entered = now()
    await asyncio.sleep(seconds)
    pace.leave(slot, "answered")
    return entered


_WORKS = st.lists(st.floats(0, 90), min_size=1, max_size=40)


@settings(deadline=None)
@given(works=_WORKS, most=st.integers(1, 7))
def test_never_more_requests_than_allowed_go_in_any_minute(works: list[float], most: int) -> None:
    async def scenario() -> list[float]:
        pace = Pace(requests_per_minute=most, clock=now)
        return await asyncio.gather(*(keep(pace, seconds) for seconds in works))

    entered = sorted(run(scenario()))

    assert all(later - first >= MINUTE - 1e-6 for first, later in zip(entered, entered[most:], strict=False))
    assert entered[-1] <= MINUTE * ((len(works) - 1) // most) + 1e-3  # and none waits for longer than it must


@settings(deadline=None)
@given(works=_WORKS, most=st.integers(1, 7))
def test_never_more_requests_than_allowed_are_on_their_way(works: list[float], most: int) -> None:
    async def scenario() -> int:
        pace = Pace(concurrency=most, clock=now)
        busy = highest = 0

        async def one(seconds: float) -> None:
            nonlocal busy, highest
            slot = await pace.enter()
            busy += 1
            highest = max(highest, busy)
            await asyncio.sleep(seconds)
            busy -= 1
            pace.leave(slot, "answered")

        await asyncio.gather(*(one(seconds) for seconds in works))
        return highest

    assert run(scenario()) <= most


@settings(deadline=None)
@given(
    works=st.lists(st.tuples(st.floats(0, 5), st.integers(0, 60)), min_size=1, max_size=30), most=st.integers(60, 90)
)
def test_never_more_tokens_than_allowed_go_in_any_minute(works: list[tuple[float, int]], most: int) -> None:
    async def scenario() -> list[tuple[float, int]]:
        pace = Pace(tokens_per_minute=most, clock=now)
        entered = await asyncio.gather(*(keep(pace, seconds, tokens=tokens) for seconds, tokens in works))
        return list(zip(entered, [tokens for _, tokens in works], strict=True))

    gone = run(scenario())

    for start, _ in gone:
        assert sum(tokens for moment, tokens in gone if start <= moment < start + MINUTE - 1e-6) <= most


@settings(deadline=None)
@given(works=_WORKS, most=st.integers(1, 4), rate=st.none() | st.integers(1, 9))
def test_who_comes_first_goes_first(works: list[float], most: int, rate: int | None) -> None:
    order: list[int] = []

    async def scenario() -> None:
        pace = Pace(concurrency=most, requests_per_minute=rate, clock=now)

        async def one(index: int, seconds: float) -> None:
            slot = await pace.enter()
            order.append(index)
            await asyncio.sleep(seconds)
            pace.leave(slot, "answered")

        await asyncio.gather(*(one(index, seconds) for index, seconds in enumerate(works)))

    run(scenario())

    assert order == sorted(order)


def test_a_request_of_more_tokens_than_a_minute_has_goes_alone() -> None:
    async def scenario() -> list[float]:
        pace = Pace(tokens_per_minute=100, clock=now)
        return [await keep(pace, 0, tokens=tokens) for tokens in (10, 500, 10)]

    entered = run(scenario())

    assert entered == pytest.approx([0, 60, 120], abs=0.01)


def test_tokens_that_a_reply_states_count_instead_of_those_expected() -> None:
    async def scenario() -> float:
        pace = Pace(tokens_per_minute=100, clock=now)
        pace.leave(await pace.enter(tokens=90), "answered", tokens=5)
        return await keep(pace, 0, tokens=90)

    assert run(scenario()) == 0


def test_without_limits_nothing_waits() -> None:
    async def scenario() -> list[float]:
        pace = Pace(clock=now)
        assert pace.limit == math.inf
        return await asyncio.gather(*(keep(pace, 1) for _ in range(100)))

    assert set(run(scenario())) == {0}


async def enter_all(pace: Pace, count: int) -> list[Slot]:
    return [await pace.enter() for _ in range(count)]


def test_a_flood_of_too_much_to_do_empties_the_limit_within_a_round_or_two() -> None:
    async def scenario() -> list[float]:
        pace = Pace(concurrency=16, clock=now)
        limits = []
        for _ in range(2):
            for slot in await enter_all(pace, int(pace.limit)):
                pace.leave(slot, "limited")
            limits.append(pace.limit)
        return limits

    first, second = run(scenario())
    assert first < 10
    assert second < 5


def test_a_stray_one_costs_next_to_nothing() -> None:
    async def scenario() -> float:
        pace = Pace(concurrency=64, clock=now)
        lowest = pace.limit
        for _ in range(20):
            for at, slot in enumerate(await enter_all(pace, int(pace.limit))):
                pace.leave(slot, "limited" if at % 25 == 0 else "answered")
                lowest = min(lowest, pace.limit)
        return lowest

    assert run(scenario()) > 60


def test_an_endpoint_that_takes_two_at_once_is_soon_asked_for_little_more() -> None:
    async def scenario() -> float:
        pace = Pace(concurrency=32, clock=now)
        for _ in range(40):
            for at, slot in enumerate(await enter_all(pace, int(pace.limit))):
                pace.leave(slot, "answered" if at < 2 else "limited")
        return pace.limit

    assert 2 <= run(scenario()) < 5


def test_answers_let_the_limit_grow_again_but_not_beyond_what_is_allowed() -> None:
    async def scenario() -> tuple[float, float]:
        pace = Pace(concurrency=4, clock=now)
        for slot in await enter_all(pace, 4):
            pace.leave(slot, "limited")
        fallen = pace.limit
        for _ in range(30):
            pace.leave(await pace.enter(), "answered")
        return fallen, pace.limit

    fallen, grown = run(scenario())
    assert fallen < 4
    assert grown == 4


def test_a_limit_appears_where_none_was_set_however_late_in_a_bunch_the_endpoint_says_so() -> None:
    async def scenario() -> float:
        pace = Pace(clock=now)
        *others, last = await enter_all(pace, 10)
        for slot in others:
            pace.leave(slot, "answered")
        pace.leave(last, "limited")
        return pace.limit

    assert 9 < run(scenario()) < 10


def test_it_never_falls_below_one() -> None:
    async def scenario() -> float:
        pace = Pace(concurrency=2, clock=now)
        for _ in range(50):
            pace.leave(await pace.enter(), "limited")
        return pace.limit

    assert run(scenario()) == 1


def test_the_wait_that_an_endpoint_asks_for_holds_everybody() -> None:
    async def scenario() -> list[float]:
        pace = Pace(clock=now)
        pace.leave(await pace.enter(), "limited", retry_after=7)
        return [*await asyncio.gather(keep(pace, 0), keep(pace, 0))]

    assert run(scenario()) == pytest.approx([7, 7], abs=0.01)


def test_a_failure_changes_no_limit() -> None:
    async def scenario() -> float:
        pace = Pace(concurrency=4, clock=now)
        pace.leave(await pace.enter(), "failed")
        return pace.limit

    assert run(scenario()) == 4


def test_who_gives_up_waiting_lets_the_next_one_go() -> None:
    async def scenario() -> float:
        pace = Pace(concurrency=1, clock=now)
        held = await pace.enter()
        impatient = asyncio.ensure_future(pace.enter())
        patient = asyncio.ensure_future(keep(pace, 0))
        await asyncio.sleep(1)
        impatient.cancel()
        await asyncio.sleep(1)
        pace.leave(held, "answered")
        return await patient

    assert run(scenario()) == 2
