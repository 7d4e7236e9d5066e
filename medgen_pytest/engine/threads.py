"""The thread that a model's plain calls run in, and the outcome that others wait for."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = 2.0
"""Seconds that what is cancelled or stopped has to end."""


class Outcome:
    """What comes of one call, sooner or later; one lock is the cheapest thing that a thread can wait for."""

    __slots__ = ("_done", "_error", "_value")

    def __init__(self) -> None:
        self._value: object = None
        self._error: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def settle(self, value: object = None, *, error: BaseException | None = None) -> None:
        """Says what came of it; once."""
        self._value, self._error = value, error
        self._done.release()

    def wait(self, seconds: float) -> bool:
        """Whether it is settled within so many seconds; asked once."""
        return self._done.acquire(timeout=min(max(0.0, seconds), threading.TIMEOUT_MAX))

    def result(self) -> object:
        """The value. Raises the error."""
        if self._error is not None:
            raise self._error
        return self._value


class CallThread:
    """A daemon thread that runs the calls it is given one after another."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], object], Outcome] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="medgen-model", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[[], object]) -> Outcome:
        """Queues a call."""
        outcome = Outcome()
        self._calls.put((function, outcome))
        return outcome

    def stop(self) -> None:
        """Ends the thread after the calls it has, and waits for it a moment."""
        self.abandon()
        self._thread.join(GRACE)

    def abandon(self) -> None:
        """Lets the thread end whenever its call does."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            function, outcome = call
            try:
                outcome.settle(function())
            # A model's SystemExit must end its sample, not a thread that others wait for.
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                outcome.settle(error=error)
            del call, function, outcome  # nothing of an answer is held while waiting for the next call
