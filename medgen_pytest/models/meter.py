"""The meter: what a run has spent, and whether one more request may be paid for."""

from __future__ import annotations

import math
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from medgen_pytest.errors import ModelError

_UNITS = 1_000_000_000
_MOST = 1e9
_NOISE_DIGITS = 3


class BudgetError(ModelError):
    """One more request might exceed the budget of the run; it was not sent.

    `passing` says that there may be room once others that are on their way have turned out cheaper.
    """

    def __init__(self, message: str, *, partial: object = None, passing: bool = False) -> None:
        super().__init__(message, partial=partial)
        self.passing = passing


class Meter(Protocol):
    """Counts what is spent, over all models and processes of a run."""

    def reserve(self, amount: float) -> None:
        """Sets an amount aside for a request before it is sent. Raises BudgetError if it is not there.

        What costs nothing is never refused. Rather call `set_aside` of `remote.reservation`, which waits for what
        may still come back.
        """

    def settle(self, reserved: float, spent: float) -> None:
        """Replaces an amount that was set aside by what the request cost."""


@dataclass(slots=True, eq=False)
class Bill:
    """What the meter counted for one answer; `reserved` was set aside for it by who asked."""

    reserved: float = 0.0
    counted: float = 0.0


current_bill: ContextVar[Bill | None] = ContextVar("current_bill", default=None)
"""The bill of the answer that is being awaited; None where nobody keeps one."""


class OwnMeter:
    """The meter of a run in one process; without a budget it only counts."""

    def __init__(self, budget: float | None = None, *, spent: float = 0.0) -> None:
        self._budget = budget
        self._spent = to_units(spent)
        self._reserved = 0
        self._lock = threading.Lock()

    @property
    def spent(self) -> float:
        """What was spent so far, without what is set aside."""
        with self._lock:
            return self._spent / _UNITS

    def reserve(self, amount: float) -> None:
        """See `Meter`."""
        wanted = to_units(amount)
        with self._lock:
            check_room(self._budget, wanted, spent=self._spent, reserved=self._reserved)
            self._reserved += wanted

    def settle(self, reserved: float, spent: float) -> None:
        """See `Meter`."""
        with self._lock:
            self._reserved -= to_units(reserved)
            self._spent += to_units(spent)
        note_on_bill(spent)


def to_units(amount: float) -> int:
    """An amount in whole billionths, rounded up so that many small ones never pass a budget unseen.

    What is no amount (negative, not a number) is 0, and nothing is more than 10^9.
    """
    if not amount > 0:
        return 0
    # Rounded first: the noise of binary fractions is no billionth.
    return math.ceil(round(min(amount, _MOST) * _UNITS, _NOISE_DIGITS))


def check_room(budget: float | None, wanted: int, *, spent: int, reserved: int) -> None:
    """Raises BudgetError unless so many units fit into a budget beside what is spent and set aside."""
    if budget is None or not wanted:
        return
    room = to_units(budget) - spent - wanted
    if room < reserved:
        raise over_budget(budget, spent=spent / _UNITS, passing=room >= 0)


def note_on_bill(spent: float) -> None:
    """Adds to the bill of the answer that is awaited here, if there is one, what its request cost."""
    bill = current_bill.get()
    if bill is not None and spent > 0:
        bill.counted += spent


def over_budget(budget: float, *, spent: float, passing: bool = False) -> BudgetError:
    """The error of a request that a budget has no room for."""
    return BudgetError(
        f"not asked: the budget of {budget:g} might be exceeded ({spent:.6g} are spent); raise it and resume the run",
        passing=passing,
    )
