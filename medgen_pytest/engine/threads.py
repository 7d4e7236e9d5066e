"""The thread that a model's plain calls run in, and the outcome that others wait for."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = 2.0
"""Seconds that what is cancelled or stopped has to end."""


class Outcome:
    """What comes of one call, sooner or later; one lock is the cheapest thing that a thread can wait for.

    `notify` is called in the thread that settles it. `settled_at` is the moment, by `time.perf_counter`.
    """

    __slots__ = ("_done", "_error", "_notify", "_value", "settled_at")

    def __init__(self, notify: Callable[[], None] | None = None) -> None:
        self._value: object = None
        self._error: BaseException | None = None
        self._notify = notify
        self.settled_at: float | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def settle(self, value: object = None, *, error: BaseException | None = None) -> None:
        """Says what came of it; once."""
        self._value, self._error = value, error
        self.settled_at = time.perf_counter()
        self._done.release()
        if self._notify is not None:
            self._notify()

    def wait(self, seconds: float) -> bool:
        """Whether it is settled within so many seconds; asked once."""
        return self._done.acquire(timeout=min(max(0.0, seconds), threading.TIMEOUT_MAX))

    @property
    def failed(self) -> bool:
        """Whether an error came of it."""
        return self._error is not None

    @property
    def has_value(self) -> bool:
        """Whether it is settled, and not with an error."""
        return self.settled_at is not None and not self.failed

    def result(self) -> object:
        """The value. Raises the error."""
        if self._error is not None:
            raise self._error
        return self._value


class CallThread:
    """A daemon thread that runs the jobs it is given one after another; a job must not raise."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="medgen-model", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], None]) -> None:
        """Queues a job."""
        self._jobs.put(job)

    def abandon(self) -> None:
        """Lets the thread end whenever its job does."""
        self._jobs.put(None)

    def join(self, seconds: float) -> None:
        """Waits for the end of a thread that was abandoned, so many seconds at most."""
        self._thread.join(max(0.0, seconds))

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # nothing of an answer is held while waiting for the next call
