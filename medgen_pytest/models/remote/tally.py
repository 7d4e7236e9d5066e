"""The tally of one answer: the requests that were sent for it, and where its time went."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import Timing, Usage
from medgen_pytest.models.remote.price import add_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGITS = 6


@dataclass(slots=True, eq=False)
class Tally:
    """Counts for one answer, or one stage of it."""

    requests: int = 0
    first_try: float = 0.0
    working: float = 0.0
    waiting: float = 0.0
    usages: list[Usage] = field(default_factory=list)

    @contextmanager
    def waits(self) -> Iterator[None]:
        """Time within the block is spent waiting."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.waiting += time.perf_counter() - started

    @contextmanager
    def works(self) -> Iterator[None]:
        """Time within the block is spent on a request."""
        started = time.perf_counter()
        self.requests += 1
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            self.working += seconds
            if self.requests == 1:
                self.first_try = seconds

    @property
    def timing(self) -> Timing | None:
        """What was counted, to the microsecond; None when nothing was sent."""
        if not self.requests:
            return None
        return Timing(
            requests=self.requests,
            first_try=round(self.first_try, _DIGITS),
            working=round(self.working, _DIGITS),
            waiting=round(self.waiting, _DIGITS),
        )

    @property
    def usage(self) -> Usage | None:
        """What all answered requests took together."""
        return add_usage(*self.usages)
