"""The meter: what a run has spent, and whether one more request may be paid for."""

from __future__ import annotations

import threading
from typing import Protocol

from medgen_pytest.errors import ModelError


class BudgetError(ModelError):
    """One more request might exceed the budget of the run; it was not sent."""


class Meter(Protocol):
    """Counts what is spent, over all models and processes of a run."""

    def reserve(self, amount: float) -> None:
        """Sets an amount aside for a request before it is sent. Raises BudgetError if it is not there."""

    def settle(self, reserved: float, spent: float) -> None:
        """Replaces an amount that was set aside by what the request cost."""


class OwnMeter:
    """The meter of a run in one process; without a budget it only counts."""

    def __init__(self, budget: float | None = None, *, spent: float = 0.0) -> None:
        self._budget = budget
        self._spent = spent
        self._reserved = 0.0
        self._lock = threading.Lock()

    @property
    def spent(self) -> float:
        """What was spent so far, without what is set aside."""
        with self._lock:
            return self._spent

    def reserve(self, amount: float) -> None:
        """See `Meter`."""
        with self._lock:
            if self._budget is not None and self._spent + self._reserved + amount > self._budget:
                raise over_budget(self._budget, spent=self._spent)
            self._reserved += amount

    def settle(self, reserved: float, spent: float) -> None:
        """See `Meter`."""
        with self._lock:
            self._reserved -= reserved
            self._spent += spent


def over_budget(budget: float, *, spent: float) -> BudgetError:
    """The error of a request that a budget has no room for."""
    return BudgetError(
        f"not asked: the budget of {budget:g} might be exceeded ({spent:.6g} are spent); raise it and resume the run"
    )
