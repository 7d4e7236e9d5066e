"""What runs at once in tests: waited for, and counted."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 20.0


def until(condition: Callable[[], bool]) -> None:
    """Waits until something is so; fails when it does not come to that."""
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


@dataclass(slots=True)
class Crowd:
    """Counts how many threads are within at once; each is there as long as `stay` takes."""

    stay: Callable[[], object]
    within: int = 0
    peak: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_through(self) -> None:
        """Enters, stays and leaves."""
        with self._lock:
            self.within += 1
            self.peak = max(self.peak, self.within)
        self.stay()
        with self._lock:
            self.within -= 1
