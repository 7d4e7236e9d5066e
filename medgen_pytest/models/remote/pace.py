"""Pace: how fast one endpoint is asked: requests at once, requests and tokens a minute, and its own wishes."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE = 60.0
_MEMORY = 16
"""About how many replies the share of those that were limited looks back on."""

Ending = Literal["answered", "limited", "failed"]
"""How a request ended, as far as the pace is concerned: `limited` means that the endpoint has too much to do."""


@dataclass(slots=True, eq=False)
class Slot:
    """The leave to send one request: since when, and how many tokens it was taken to need."""

    since: float
    tokens: int


class Pace:
    """Gives leave to send requests, in the order in which it is asked for.

    `concurrency` bounds the requests at once. Within it a limit adapts to how often the endpoint says that it
    has too much to do: each time the limit falls by the share of such replies among the last ones (about 16), so
    a stray one costs next to nothing and a flood of them empties it within a round; each answer lets it grow by
    its inverse, so by about one as often as all of them were answered. Requests and tokens are counted in any
    60 seconds; a request of more tokens than a minute has goes alone. Belongs to one event loop.
    """

    def __init__(
        self,
        *,
        concurrency: int | None = None,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = math.inf if concurrency is None else float(concurrency)
        self._limit = self._most
        self._requests_per_minute = requests_per_minute
        self._tokens_per_minute = tokens_per_minute
        self._clock = clock
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._busy = self._peak = 0
        self._recent: deque[Slot] = deque()
        self._hold_until = -math.inf
        self._share = 0.0

    @property
    def limit(self) -> float:
        """How many requests may be on their way at once now; infinite without any bound."""
        return self._limit

    async def enter(self, *, tokens: int = 0) -> Slot:
        """Waits for the leave to send a request that takes about so many tokens."""
        async with self._turn:
            while (wait := self._wait(tokens)) > 0:
                self._changed.clear()
                await _wait_for(self._changed, seconds=wait)
            slot = Slot(self._clock(), tokens)
            self._busy += 1
            self._peak = max(self._peak, self._busy)
            if self._requests_per_minute or self._tokens_per_minute:
                self._recent.append(slot)
            return slot

    def leave(self, slot: Slot, ending: Ending, *, tokens: int | None = None, retry_after: float | None = None) -> None:
        """Gives a leave back: how the request ended, the tokens it took, and the wait that the endpoint asks for."""
        self._busy -= 1
        now = self._clock()
        if tokens is not None:
            slot.tokens = tokens
        if ending != "failed":
            self._share += ((ending == "limited") - self._share) / _MEMORY
        if ending == "answered":
            self._limit = min(self._most, self._limit + 1 / self._limit)
        elif ending == "limited":
            self._hold_until = max(self._hold_until, now + (retry_after or 0.0))
            # Where nothing was set, what it has taken so far; not what is busy now: replies come in bunches.
            known = self._limit if math.isfinite(self._limit) else self._peak
            self._limit = max(1.0, known - self._share)
        self._changed.set()

    def _wait(self, tokens: int) -> float:
        """Seconds until the next request may go, as far as time alone decides; infinite while others must end first."""
        now = self._clock()
        while self._recent and self._recent[0].since <= now - _MINUTE:
            self._recent.popleft()
        if self._busy + 1 > max(1.0, math.floor(self._limit) if math.isfinite(self._limit) else self._limit):
            return math.inf
        return max(self._hold_until - now, self._wait_for_requests(now), self._wait_for_tokens(now, tokens))

    def _wait_for_requests(self, now: float) -> float:
        most = self._requests_per_minute
        if most is None or len(self._recent) < max(1, math.floor(most)):
            return 0.0
        return self._recent[len(self._recent) - max(1, math.floor(most))].since + _MINUTE - now

    def _wait_for_tokens(self, now: float, tokens: int) -> float:
        most = self._tokens_per_minute
        if most is None:
            return 0.0
        over = sum(slot.tokens for slot in self._recent) + tokens - most
        for slot in self._recent:
            if over <= 0:
                return 0.0
            over -= slot.tokens
            if over <= 0:
                return slot.since + _MINUTE - now
        # What is more than a whole minute's goes when nothing else counts any more.
        return self._recent[-1].since + _MINUTE - now if self._recent and over > 0 else 0.0


async def _wait_for(event: asyncio.Event, *, seconds: float) -> None:
    if math.isinf(seconds):
        await event.wait()
        return
    try:
        await asyncio.wait_for(event.wait(), timeout=seconds)
    except asyncio.TimeoutError:
        return
