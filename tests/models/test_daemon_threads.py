"""Daemon threads for plain calls: so many at once, reused, and never waited for when a call hangs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.models.daemon_threads import DaemonThreads
from medgen_pytest.models.deadline import Deadline, current_deadline
from tests.concurrency import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "threads-of-this-test"


@pytest.fixture
def make() -> Iterator[Callable[[int], DaemonThreads]]:
    made: list[DaemonThreads] = []

    def threads(most: int) -> DaemonThreads:
        made.append(DaemonThreads(most, name=NAME))
        return made[-1]

    yield threads
    for one in made:
        one.close()


def living() -> int:
    return sum(thread.name == NAME for thread in threading.enumerate())


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_calls_than_threads_at_once_and_every_value_comes_back(
    make: Callable[[int], DaemonThreads], most: int
) -> None:
    all_here = threading.Barrier(most, timeout=20)

    def stay() -> None:
        all_here.wait()
        time.sleep(0.01)

    crowd = Crowd(stay)

    def call(number: int) -> int:
        crowd.pass_through()
        return number

    async def ask() -> list[object]:
        threads = make(most)
        return await asyncio.gather(*(threads.run(lambda number=number: call(number)) for number in range(9)))  # type: ignore[misc]  # mypy does not infer lambdas with defaults

    assert asyncio.run(ask()) == list(range(9))
    assert crowd.peak == most


def test_calls_that_follow_each_other_share_a_thread_in_whatever_loop(make: Callable[[int], DaemonThreads]) -> None:
    threads = make(4)

    found = {asyncio.run(threads.run(threading.get_ident)) for _ in range(5)}

    assert len(found) == 1


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_what_a_call_raises_is_raised_and_the_next_call_is_made(
    make: Callable[[int], DaemonThreads], error: BaseException
) -> None:
    def fail() -> object:
        raise error

    threads = make(1)

    with pytest.raises(type(error)):
        asyncio.run(threads.run(fail))

    assert asyncio.run(threads.run(lambda: 5)) == 5


def test_a_call_sees_the_context_of_who_makes_it(make: Callable[[int], DaemonThreads]) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="nothing")

    async def ask(value: str) -> object:
        variable.set(value)
        return await threads.run(variable.get)

    threads = make(1)

    assert [asyncio.run(ask(value)) for value in ("one", "two")] == ["one", "two"]


def test_a_call_that_hangs_is_left_behind_and_the_next_has_its_place(make: Callable[[int], DaemonThreads]) -> None:
    async def ask() -> object:
        threads, release = make(1), threading.Event()
        hanging = asyncio.ensure_future(threads.run(release.wait))
        waiting = asyncio.ensure_future(threads.run(lambda: "made"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        hanging.cancel()
        try:
            return await asyncio.wait_for(waiting, 10)
        finally:
            release.set()

    assert asyncio.run(ask()) == "made"


def test_a_call_that_is_cancelled_while_it_waits_is_never_made(make: Callable[[int], DaemonThreads]) -> None:
    made: list[str] = []

    async def ask() -> None:
        threads, release = make(1), threading.Event()
        first = asyncio.ensure_future(threads.run(release.wait))
        withdrawn = asyncio.ensure_future(threads.run(lambda: made.append("withdrawn")))
        last = asyncio.ensure_future(threads.run(lambda: made.append("last")))
        await asyncio.sleep(0.05)
        withdrawn.cancel()
        await asyncio.wait([withdrawn])
        release.set()
        await asyncio.gather(first, last)

    asyncio.run(ask())

    assert made == ["last"]


def test_waiting_for_a_thread_costs_no_time(make: Callable[[int], DaemonThreads]) -> None:
    async def ask(threads: DaemonThreads) -> float:
        deadline = Deadline(10)
        current_deadline.set(deadline)
        await threads.run(lambda: time.sleep(0.1))
        return deadline.remaining()

    async def ask_all() -> list[float]:
        threads = make(1)
        return await asyncio.gather(*(ask(threads) for _ in range(6)))

    left = asyncio.run(ask_all())

    # The last one waited for half a second, and a busy machine may take its time for each.
    assert min(left) > 9.6


def test_closing_ends_the_threads_and_cancels_what_waits(make: Callable[[int], DaemonThreads]) -> None:
    async def ask() -> object:
        threads, release = make(2), threading.Event()
        running = [asyncio.ensure_future(threads.run(release.wait)) for _ in range(2)]
        waiting = asyncio.ensure_future(threads.run(lambda: None))
        await asyncio.sleep(0.05)
        assert living() == 2
        threading.Timer(0.05, release.set).start()
        threads.close()
        assert living() == 0
        return await asyncio.gather(*running, waiting, return_exceptions=True)

    found = asyncio.run(ask())

    assert isinstance(found, list)
    assert [type(one) for one in found] == [bool, bool, asyncio.CancelledError]


HANGING = """
import asyncio, threading
from medgen_pytest.models.daemon_threads import DaemonThreads

async def ask():
    threads = DaemonThreads(1, name="hanging")
    try:
        await asyncio.wait_for(threads.run(threading.Event().wait), 0.1)
    except asyncio.TimeoutError:
        threads.close()

asyncio.run(ask())
print("the end")
"""


def test_a_call_that_never_ends_does_not_keep_the_process_from_ending() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=30, check=False)

    assert (ended.returncode, ended.stdout) == (0, "the end\n")
