"""The thread with an event loop in which the asynchronous answers of a model are awaited, many at once."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from medgen_pytest.engine.threads import GRACE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from medgen_pytest.engine.threads import Outcome


class LoopThread:
    """A daemon thread with an event loop; an answer that blocks it holds up the others, and nobody else."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._tasks: dict[Outcome, asyncio.Task[None]] = {}
        self._retired = False
        self._ending = False
        self._farewell: Callable[[], Awaitable[None]] | None = None
        self._thread = threading.Thread(target=self._run, name="medgen-loop", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[[], object], outcome: Outcome) -> None:
        """Begins to call a function in the loop and to await what it returns."""
        self._loop.call_soon_threadsafe(self._begin, function, outcome)

    def cancel(self, outcome: Outcome) -> bool:
        """Cancels an answer that is awaited; whether the loop can still do that.

        An answer that refuses to end is left behind in the loop.
        """
        if self._retired:
            return False
        cancelled = asyncio.run_coroutine_threadsafe(self._cancel(outcome), self._loop)
        try:
            cancelled.result(GRACE)
        except FutureTimeoutError:
            return False
        return True

    def retire(self) -> None:
        """Lets the thread end once the answers it has are there; it must not be given more."""
        self._retired = True
        self._call_soon(self._end_if_idle)

    def stop(self, farewell: Callable[[], Awaitable[None]] | None = None) -> None:
        """Cancels what is left, awaits the farewell, ends the thread and waits for it a moment."""
        self._farewell = farewell
        self.abandon()
        self._thread.join(GRACE)

    def abandon(self) -> None:
        """Cancels what is left and lets the thread end as soon as nothing keeps its loop busy."""
        self._call_soon(self._end)

    def _call_soon(self, function: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the thread has ended and closed its loop
            self._loop.call_soon_threadsafe(function)

    def _run(self) -> None:
        self._loop.run_forever()
        self._ending = True
        self._loop.run_until_complete(_wind_down(self._farewell))
        self._loop.close()

    def _begin(self, function: Callable[[], object], outcome: Outcome) -> None:
        self._tasks[outcome] = self._loop.create_task(self._settle(function, outcome))

    async def _settle(self, function: Callable[[], object], outcome: Outcome) -> None:
        try:
            value = function()
            value = await value if inspect.isawaitable(value) else value
        # asyncio lets a SystemExit end the whole loop, and with it every other answer.
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            outcome.settle(error=error)
        else:
            outcome.settle(value)
        finally:
            del self._tasks[outcome]
            if self._retired:
                self._end_if_idle()

    def _end_if_idle(self) -> None:
        if not self._tasks:
            self._end()

    def _end(self) -> None:
        if not self._ending:  # the winding down must not be stopped too
            self._loop.stop()

    async def _cancel(self, outcome: Outcome) -> None:
        task = self._tasks.get(outcome)
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=GRACE / 2)


async def _wind_down(farewell: Callable[[], Awaitable[None]] | None) -> None:
    """Ends what a model left in its loop, then lets it close what it holds there."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=GRACE)
    if farewell is not None:
        with contextlib.suppress(Exception):  # connections that cannot be closed any more
            await asyncio.wait_for(_awaited(farewell), timeout=GRACE / 2)
    await asyncio.get_running_loop().shutdown_asyncgens()


async def _awaited(farewell: Callable[[], Awaitable[None]]) -> None:
    await farewell()
