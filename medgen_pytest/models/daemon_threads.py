"""Threads in which asynchronous code makes plain calls; one that hangs holds up neither the others nor the process."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal

from medgen_pytest.models.deadline import time_stands_still

if TYPE_CHECKING:
    from collections.abc import Callable

_GRACE = 2.0
"""Seconds that calls have to end when their threads are closed."""


@dataclass(slots=True, eq=False)
class _Job:
    """A call: what is to be called, and what is told of it to who waits. `state` and `thread` are under the lock."""

    function: Callable[[], object]
    begun: Future[None] = field(default_factory=Future)
    done: Future[object] = field(default_factory=Future)
    state: Literal["waiting", "running", "over"] = "waiting"
    thread: threading.Thread | None = None


class DaemonThreads:
    """Makes calls in daemon threads, at most so many at once, in the order in which they come.

    Calls that follow each other share threads. One that is cancelled while it runs cannot be stopped: it is left
    behind with its thread, and another thread takes that one's place. May be used from any event loop.
    """

    def __init__(self, most: int, *, name: str) -> None:
        self._most = most
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._unfinished = 0
        self._closed = False

    async def run(self, function: Callable[[], object]) -> object:
        """What the function returns. Raises what it raises.

        It sees the context variables of the caller, whose time stands still while it waits for a thread.
        """
        job = _Job(partial(copy_context().run, function))
        with self._lock:
            self._unfinished += 1
            self._fill()
        self._jobs.put(job)
        begun, done = asyncio.wrap_future(job.begun), asyncio.wrap_future(job.done)
        try:
            with time_stands_still():
                await begun
            return await done
        except asyncio.CancelledError:
            self._give_up(job)
            done.cancel()
            raise

    def close(self) -> None:
        """Ends the threads: calls that wait are cancelled, one that hangs is left behind."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
        for _ in threads:
            self._jobs.put(None)
        latest = time.monotonic() + _GRACE
        for thread in threads:
            thread.join(max(0.0, latest - time.monotonic()))

    def _fill(self) -> None:
        """Starts a thread if there are too few; under the lock."""
        if len(self._threads) < min(self._most, self._unfinished):
            thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        goes_on = True
        while goes_on and (job := self._jobs.get()) is not None:
            goes_on = not self._begin(job) or self._carry_out(job)
            del job  # nothing of an answer is held while waiting for the next call

    def _begin(self, job: _Job) -> bool:
        """Whether a call is to be made; one that was cancelled is not."""
        with self._lock:
            is_wanted = job.state == "waiting" and not self._closed
            if is_wanted:
                job.state, job.thread = "running", threading.current_thread()
        if is_wanted:
            _settle(job.begun)
        else:
            job.begun.cancel()
            job.done.cancel()
        return is_wanted

    def _carry_out(self, job: _Job) -> bool:
        """Whether the thread is still wanted when the call has ended."""
        value, failure = None, None
        try:
            value = job.function()
        except BaseException as error:  # noqa: BLE001 - handed to who waits
            failure = error
        with self._lock:
            is_left_behind = job.state == "over"
            job.state = "over"
            self._unfinished -= not is_left_behind
        _settle(job.done, value, error=failure)
        return not is_left_behind

    def _give_up(self, job: _Job) -> None:
        with self._lock:
            was, job.state = job.state, "over"
            if was == "over":
                return
            self._unfinished -= 1
            if was == "running" and job.thread in self._threads:
                self._threads.remove(job.thread)
                self._fill()


def _settle(future: Future[None] | Future[object], value: object = None, *, error: BaseException | None = None) -> None:
    """Says what came of it, unless nobody waits any more."""
    if not future.set_running_or_notify_cancel():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)  # type: ignore[arg-type]  # None for one that holds none
