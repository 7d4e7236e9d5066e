"""The window: which samples are asked for next, and how many may be on their way or waiting for their test.

Nothing here knows of threads or models; `LookAhead` does what it says.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.result import ResultKey

_RUN = 64
"""Most samples that are looked at together."""
_REACH = 2
_REACH_WHEN_HELD_UP = 4
"""How many times a model's limit may be on their way or wait for their tests."""


class Planned(NamedTuple):
    """A test that will want a sample: its number among the tests of the session, and the sample."""

    position: int
    key: ResultKey


@dataclass(frozen=True, slots=True)
class Run:
    """The next samples of one model, in order, and how many of them there is room for."""

    planned: Sequence[Planned]
    room: int


class Window:
    """A window that moves over the tests of a session with the one that is running.

    `limits[model]` is how many samples of a model may be on their way; models without one are not asked ahead.
    As many answers again may wait for their tests, and three times as many while the running test waits
    for its own: one slow answer must not hold up all others. Of a model that takes few requests at once more may
    wait where `room` says so: they may have to be judged. An answer whose test has gone by (another process
    runs it, or it was skipped) does not wait.
    """

    def __init__(
        self, order: Sequence[ResultKey], limits: Mapping[str, int], *, room: Mapping[str, int] | None = None
    ) -> None:
        self._planned = [Planned(position, key) for position, key in enumerate(order) if key.model in limits]
        self._limits = limits
        self._room = {model: max(limit, (room or {}).get(model, 0)) for model, limit in limits.items()}
        self._start = self._next = self._here = 0
        self._asked: dict[ResultKey, int] = {}
        self._waiting: dict[ResultKey, int] = {}

    @property
    def width(self) -> int:
        """How many samples of all models may be on their way, or wait beside as many that are."""
        return sum(self._room.values())

    def move(self, position: int) -> None:
        """Says which test is running; results that nobody here will want soon give up their place."""
        place = bisect_left(self._planned, position, key=lambda planned: planned.position)
        jumped = not self._start <= place <= self._next
        if jumped:  # pytest-xdist gave out other tests than those that come next
            self._start = self._next = place
        self._here = position
        self._waiting = {key: at for key, at in self._waiting.items() if at >= position and not jumped}

    def run(self) -> Run:
        """The samples to claim next; empty when there are none, or no room for the first."""
        planned = self._planned[self._next : self._next + _RUN]
        if not planned:
            return Run((), 0)
        model = planned[0].key.model
        end = next((at for at, one in enumerate(planned) if one.key.model != model), len(planned))
        limit = self._limits[model]
        on_their_way = sum(key.model == model for key in self._asked)
        waiting = sum(key.model == model for key in self._waiting)
        reach = _REACH_WHEN_HELD_UP if self._is_held_up else _REACH
        room = min(limit - on_their_way, reach * self._room[model] - on_their_way - waiting)
        return Run(planned[:end], room) if room > 0 else Run((), 0)

    def pass_over(self, number: int) -> None:
        """Says that so many of the next samples were looked at, and are claimed by somebody or not wanted."""
        self._next += number

    def may_ask(self, model: str) -> bool:
        """Whether one more request may be on its way: a test that waits needs no other place than that."""
        return sum(key.model == model for key in self._asked) < self._limits[model]

    def ask(self, key: ResultKey, *, position: int | None = None) -> None:
        """Says that a sample is asked for, for the test at a position (that which is running)."""
        self._asked[key] = self._here if position is None else position

    def arrive(self, key: ResultKey) -> None:
        """Says that there is an answer, and that it is stored: it waits for its test, if that is still to come."""
        at = self._asked.pop(key, None)
        if at is not None and at >= self._here:
            self._waiting[key] = at

    @property
    def _is_held_up(self) -> bool:
        """Whether the sample of the running test, or of one before it, is still on its way."""
        return any(at <= self._here for at in self._asked.values())

    def holds(self, key: ResultKey) -> bool:
        """Whether a sample takes a place."""
        return key in self._asked or key in self._waiting

    def forget(self, key: ResultKey) -> None:
        """Says that a test has the result, or that there will be none."""
        self._asked.pop(key, None)
        self._waiting.pop(key, None)
