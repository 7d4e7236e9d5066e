"""The circuit breaker: which models are asked no more in this process, and why."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from medgen_pytest.domain.result import NotAsked
    from medgen_pytest.engine.answer import Answer


class Stop(NamedTuple):
    """Why a model is asked no more: what for, and in words."""

    cause: NotAsked
    reason: str


class Breaker:
    """Stops asking a model after so many errors in a row (0: never), and once the budget has no room for it.

    Answers count in the order in which they arrive; one that is usable, or is not by the model's own fault,
    begins the row anew. `role` is what those are that are asked, in words. May be told and asked from any thread.
    """

    def __init__(self, most: int, *, role: str = "model") -> None:
        self._most = most
        self._role = role
        self._lock = threading.Lock()
        self._row: Counter[str] = Counter()
        self._stops: dict[str, Stop] = {}

    def note(self, model: str, answer: Answer) -> None:
        """Takes up what came of asking a model."""
        with self._lock:
            if answer.not_asked == "budget":
                self._stops.setdefault(model, Stop("budget", answer.reason or "not asked: the budget is used up"))
            elif answer.status == "error":
                self._row[model] += 1
                if self._row[model] == self._most:
                    self._stops.setdefault(model, Stop("errors", self._in_words(answer.reason)))
            else:
                self._row[model] = 0

    def stop_of(self, model: str) -> Stop | None:
        """Why a model is asked no more; None while it is."""
        with self._lock:
            return self._stops.get(model)

    def _in_words(self, latest: str | None) -> str:
        most, role = self._most, self._role
        errors = f"answer of the {role} was an error" if most == 1 else f"{most} answers of the {role} were errors"
        return f"not asked: the last {errors}, the latest: {latest}"
