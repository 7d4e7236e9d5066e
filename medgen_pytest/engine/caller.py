"""Calling a model with a time limit, whether it is a plain function or asynchronous."""

from __future__ import annotations

import asyncio
import inspect
import queue
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from medgen_pytest.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Caller:
    """Calls one model, always from the same thread, and gives up when its time is over.

    A plain function that hangs cannot be stopped: its thread is left behind and the next call gets a
    new one. An asynchronous answer is cancelled. Both kinds may rely on one thread and one event loop
    for all calls, as GPU contexts and connection pools do.
    """

    def __init__(self, *, timeout: float) -> None:
        self._timeout = timeout
        self._thread: _CallThread | None = None
        self._loop: _LoopThread | None = None

    def call(self, function: Callable[[], object]) -> object:
        """What the function returns, awaited if need be.

        Raises what the function raises, and ModelError when the time is over.
        """
        if self._thread is None:
            self._thread = _CallThread()
        value = self._wait(self._thread.submit(function), on_timeout=self._abandon)
        return self._await(value) if inspect.isawaitable(value) else value

    def close(self) -> None:
        """Ends the threads, except one that hangs in a call."""
        if self._thread is not None:
            self._thread.stop()
        if self._loop is not None:
            self._loop.stop()

    def _await(self, value: Awaitable[object]) -> object:
        if self._loop is None:
            self._loop = _LoopThread()
        future = self._loop.submit(value)
        return self._wait(future, on_timeout=future.cancel)

    def _wait(self, future: Future[object], *, on_timeout: Callable[[], object]) -> object:
        try:
            return future.result(self._timeout)
        except FutureTimeoutError as error:
            if future.done():  # the model's own time-out, not ours
                raise
            on_timeout()
            raise ModelError(f"no answer within {self._timeout:g} s (the time limit of a sample)") from error

    def _abandon(self) -> None:
        if self._thread is not None:
            self._thread.stop()
        self._thread = None


class _CallThread:
    """A daemon thread that runs the calls it is given one after another."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="medgen-model", daemon=True).start()

    def submit(self, function: Callable[[], object]) -> Future[object]:
        future: Future[object] = Future()
        self._calls.put((function, future))
        return future

    def stop(self) -> None:
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            function, future = call
            try:
                future.set_result(function())
            # A model's SystemExit must end its sample, not a thread that others wait for.
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                future.set_exception(error)


class _LoopThread:
    """A daemon thread with an event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="medgen-loop", daemon=True)
        self._thread.start()

    def submit(self, value: Awaitable[object]) -> Future[object]:
        async def answer() -> object:
            return await value

        return asyncio.run_coroutine_threadsafe(answer(), self._loop)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            self._loop.close()
