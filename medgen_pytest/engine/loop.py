"""The thread with an event loop in which asynchronous answers are awaited."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from medgen_pytest.engine.threads import GRACE, Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable


class LoopThread:
    """A daemon thread with an event loop that awaits one answer at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="medgen-loop", daemon=True)
        self._thread.start()

    def submit(self, value: Awaitable[object]) -> Outcome:
        """Begins to await an answer."""
        outcome = Outcome()
        asyncio.run_coroutine_threadsafe(self._settle(value, outcome), self._loop)
        return outcome

    def cancel(self) -> bool:
        """Cancels the answer that is awaited; whether it ended."""
        cancelled = asyncio.run_coroutine_threadsafe(self._cancel_task(), self._loop)
        try:
            cancelled.result(GRACE)
        except FutureTimeoutError:
            return False
        return True

    def stop(self) -> None:
        """Cancels what is left, ends the thread and waits for it a moment."""
        self.abandon()
        self._thread.join(GRACE)

    def abandon(self) -> None:
        """Lets the thread end as soon as nothing keeps its loop busy."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(_wind_down())
        self._loop.close()

    async def _settle(self, value: Awaitable[object], outcome: Outcome) -> None:
        self._task = asyncio.current_task()
        try:
            outcome.settle(await value)
        # asyncio lets a SystemExit end the whole loop, and with it every later answer.
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            outcome.settle(error=error)

    async def _cancel_task(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])


async def _wind_down() -> None:
    """Ends what a model left in its loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=GRACE)
    await asyncio.get_running_loop().shutdown_asyncgens()
