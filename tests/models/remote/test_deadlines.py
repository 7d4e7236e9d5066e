"""Deadlines: the time that an answer has, which stands still while it waits for limits of our own."""

from __future__ import annotations

import asyncio
import math
import time

from medgen_pytest.models.deadline import Deadline, current_deadline, remaining_time, time_stands_still


def test_time_runs_and_is_over() -> None:
    deadline = Deadline(0.05)

    assert 0 < deadline.remaining() <= 0.05
    assert not deadline.is_over
    time.sleep(0.06)
    assert deadline.is_over
    assert deadline.remaining() < 0
    assert deadline.patience() == 0


def test_it_stands_still_within_a_pause_and_within_pauses_that_overlap() -> None:
    deadline = Deadline(0.1)

    with deadline.pause():
        with deadline.pause():
            left = deadline.remaining()
            time.sleep(0.12)
        assert deadline.paused
        assert deadline.remaining() == left
        assert not deadline.is_over

    assert not deadline.paused
    assert left - 0.05 < deadline.remaining() <= left


def test_who_waits_looks_again_every_second_while_it_stands_still() -> None:
    deadline = Deadline(50)

    assert 49 < deadline.patience() <= 50
    with deadline.pause():
        assert deadline.patience() == 1


def test_where_nobody_limits_the_time_there_is_no_end() -> None:
    assert remaining_time() == math.inf
    with time_stands_still():
        assert remaining_time() == math.inf


def test_each_answer_sees_its_own() -> None:
    async def one(seconds: float) -> float:
        current_deadline.set(Deadline(seconds))
        await asyncio.sleep(0)
        with time_stands_still():
            return remaining_time()

    async def both() -> list[float]:
        return [*await asyncio.gather(one(10), one(20))]

    first, second = asyncio.run(both())

    assert 9 < first <= 10
    assert 19 < second <= 20
    assert current_deadline.get() is None
