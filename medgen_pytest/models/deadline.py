"""Deadlines: the time that an answer has, which stands still while it waits for limits of our own."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

current_deadline: ContextVar[Deadline | None] = ContextVar("current_deadline", default=None)
"""The deadline of the answer that is being awaited; set by who asks, None where nobody limits the time."""

_LOOK_AGAIN = 1.0
_NAME = "the time of the sample"


class Deadline:
    """A number of seconds that run while an answer is worked on, and not while it is `paused`.

    `name` says in messages whose time it is. Read and paused in different threads.
    """

    __slots__ = ("_lock", "_paused_at", "_pauses", "_until", "name")

    def __init__(self, seconds: float, *, name: str = _NAME) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._until = time.monotonic() + seconds
        self._pauses = 0
        self._paused_at = 0.0

    def remaining(self) -> float:
        """The seconds that are left, below 0 when it has passed; a paused deadline has them still."""
        with self._lock:
            now = self._paused_at if self._pauses else time.monotonic()
            return self._until - now

    def patience(self) -> float:
        """Seconds to wait before looking again: what is left, but no more than a second while it is paused."""
        left = max(0.0, self.remaining())
        return min(left, _LOOK_AGAIN) if self._pauses else left

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return not self._pauses and self.remaining() <= 0

    @property
    def paused(self) -> bool:
        """Whether it stands still now."""
        return self._pauses > 0

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Lets it stand still within the block; pauses may overlap."""
        with self._lock:
            if not self._pauses:
                self._paused_at = time.monotonic()
            self._pauses += 1
        try:
            yield
        finally:
            with self._lock:
                self._pauses -= 1
                if not self._pauses:
                    self._until += time.monotonic() - self._paused_at


def remaining_time() -> float:
    """The seconds that the answer awaited here has left; infinite where nobody limits them."""
    deadline = current_deadline.get()
    return math.inf if deadline is None else deadline.remaining()


def name_of_time() -> str:
    """Whose time it is that the answer awaited here has."""
    deadline = current_deadline.get()
    return _NAME if deadline is None else deadline.name


@contextmanager
def time_stands_still() -> Iterator[None]:
    """Lets the time of the answer awaited here stand still within the block."""
    deadline = current_deadline.get()
    if deadline is None:
        yield
        return
    with deadline.pause():
        yield
