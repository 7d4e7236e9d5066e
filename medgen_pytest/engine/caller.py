"""Calling a model with a time limit, whether it is a plain function or asynchronous."""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING

from medgen_pytest.engine.threads import CallThread
from medgen_pytest.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from medgen_pytest.engine.loop import LoopThread


class Caller:
    """Calls one model, always from the same thread, and gives up when its time is over.

    A plain function that hangs cannot be stopped: its thread is left behind and the next call gets a
    new one. An asynchronous answer is cancelled; one that does not end even then is left behind with
    its loop. Both kinds may rely on one thread and one event loop for all calls, as GPU contexts and
    connection pools do. With `immediate` the function is called in the calling thread and has no time
    limit of its own.
    """

    def __init__(self, *, timeout: float, immediate: bool = False) -> None:
        self._timeout = timeout
        self._immediate = immediate
        self._thread: CallThread | None = None
        self._loop: LoopThread | None = None

    def call(self, function: Callable[[], object]) -> object:
        """What the function returns, awaited if need be.

        Raises what the function raises, and ModelError when the time is over.
        """
        deadline = time.monotonic() + self._timeout
        value = function() if self._immediate else self._call(function)
        return self._await(value, deadline=deadline) if inspect.isawaitable(value) else value

    def close(self) -> None:
        """Ends the threads, except one that hangs in a call."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None
        if self._loop is not None:
            self._loop.stop()
            self._loop = None

    def _call(self, function: Callable[[], object]) -> object:
        if self._thread is None:
            self._thread = CallThread()
        outcome = self._thread.submit(function)
        if not outcome.wait(self._timeout):
            self._thread.abandon()
            self._thread = None
            raise self._too_late()
        return outcome.result()

    def _await(self, value: Awaitable[object], *, deadline: float) -> object:
        if self._loop is None:
            from medgen_pytest.engine.loop import LoopThread

            self._loop = LoopThread()
        outcome = self._loop.submit(value)
        if not outcome.wait(deadline - time.monotonic()):
            if not self._loop.cancel():
                self._loop.abandon()
                self._loop = None
            raise self._too_late()
        return outcome.result()

    def _too_late(self) -> ModelError:
        return ModelError(f"no answer within {self._timeout:g} s (the time limit of a sample)")
