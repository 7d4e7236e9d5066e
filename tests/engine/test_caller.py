"""The caller: one thread and one loop for a model, and nobody waits longer than the time limit."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.engine.caller import Caller
from medgen_pytest.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

SHORT = 0.4


@contextmanager
def calling(timeout: float = 30) -> Iterator[Callable[[Callable[[], object]], object]]:
    caller = Caller(timeout=timeout)
    try:
        yield caller.call
    finally:
        caller.close()


def medgen_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("medgen-")]


async def name_of_thread() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


def raising(error: BaseException) -> Callable[[], object]:
    def function() -> object:
        raise error

    return function


def raising_later(error: BaseException) -> Callable[[], object]:
    async def function() -> object:
        await asyncio.sleep(0)
        raise error

    return function


def test_a_plain_function_gives_its_value() -> None:
    with calling() as call:
        assert call(lambda: 42) == 42


def test_an_asynchronous_function_gives_its_value() -> None:
    with calling() as call:
        assert call(name_of_thread) == "medgen-loop"


def test_a_plain_function_may_return_something_to_await() -> None:
    class Later:
        def __await__(self) -> Iterator[None]:
            yield
            return 42  # type: ignore[return-value]  # what awaiting gives, which Iterator cannot say

    with calling() as call:
        assert call(Later) == 42


def test_all_plain_calls_come_from_one_thread_that_is_not_the_callers() -> None:
    with calling() as call:
        threads = {call(threading.get_ident) for _ in range(5)}

    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_all_asynchronous_calls_share_one_loop() -> None:
    async def loop() -> int:
        return id(asyncio.get_running_loop())

    with calling() as call:
        assert len({call(loop) for _ in range(5)}) == 1


@pytest.mark.parametrize("make", [raising, raising_later])
@pytest.mark.parametrize(
    "error", [ValueError("no"), TimeoutError("the model's own"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()]
)
def test_what_a_model_raises_comes_out_and_the_next_call_works(
    make: Callable[[BaseException], Callable[[], object]], error: BaseException
) -> None:
    with calling(timeout=5) as call:
        with pytest.raises(type(error)) as caught:
            call(make(error))
        after = call(name_of_thread)

    assert caught.value is error
    assert after == "medgen-loop"


def test_a_time_out_of_the_models_own_is_not_taken_for_ours() -> None:
    with calling() as call, pytest.raises(TimeoutError, match="connect"):
        call(raising(TimeoutError("connect")))


def test_a_plain_function_that_hangs_is_given_up_and_the_next_call_gets_a_new_thread() -> None:
    release = threading.Event()
    with calling(timeout=SHORT) as call:
        first = call(threading.get_ident)
        with pytest.raises(ModelError, match=r"no answer within 0.4 s \(the time limit of a sample\)"):
            call(release.wait)
        second = call(threading.get_ident)
    release.set()

    assert first != second


def test_an_asynchronous_function_that_hangs_is_cancelled_and_the_loop_goes_on() -> None:
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    with calling(timeout=SHORT) as call:
        first = call(loop_id)
        with pytest.raises(ModelError, match="no answer within"):
            call(hang)
        second = call(loop_id)

    assert ended == ["cancelled"]
    assert first == second


async def loop_id() -> int:
    return id(asyncio.get_running_loop())


@pytest.mark.slow
def test_an_asynchronous_function_that_blocks_its_loop_leaves_the_next_call_a_new_one() -> None:
    release = threading.Event()

    async def block() -> None:
        release.wait(60)

    with calling(timeout=SHORT) as call:
        with pytest.raises(ModelError, match="no answer within"):
            call(block)
        assert call(name_of_thread) == "medgen-loop"
        release.set()


def test_the_time_limit_holds_for_a_plain_and_an_asynchronous_part_together() -> None:
    async def rest() -> None:
        await asyncio.sleep(0.2)

    def start() -> Coroutine[object, object, None]:
        time.sleep(0.2)
        return rest()

    with calling(timeout=0.3) as call, pytest.raises(ModelError, match="no answer within"):
        call(start)


def test_closing_ends_every_thread() -> None:
    before = set(medgen_threads())
    with calling() as call:
        call(lambda: 1)
        call(name_of_thread)
        during = set(medgen_threads()) - before

    assert len(during) == 2
    assert not set(medgen_threads()) - before


def test_closing_ends_tasks_that_a_model_left_in_its_loop() -> None:
    ended: list[str] = []
    tasks: list[asyncio.Task[None]] = []

    async def heartbeat() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("heartbeat")

    async def answer() -> int:
        tasks.append(asyncio.create_task(heartbeat()))
        await asyncio.sleep(0)
        return 1

    with calling() as call:
        call(answer)

    assert ended == ["heartbeat"]


def test_only_a_thread_that_hangs_in_a_call_outlives_closing_and_it_ends_with_its_call() -> None:
    release = threading.Event()
    before = set(medgen_threads())
    with calling(timeout=SHORT) as call, pytest.raises(ModelError):
        call(release.wait)
    (hung,) = set(medgen_threads()) - before

    release.set()
    hung.join(10)

    assert not hung.is_alive()


def test_closing_twice_or_without_a_call_is_fine() -> None:
    caller = Caller(timeout=1)

    caller.close()
    caller.call(lambda: 1)
    caller.close()
    caller.close()
