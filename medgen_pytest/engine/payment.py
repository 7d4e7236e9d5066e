"""Payments: what the budget hears of answers whose models do not count for themselves.

An adapter of an endpoint sets the cost of each request aside before it is sent. Any other model can only say with
its answer what that cost; it is taken to cost as much as its dearest answer so far before it is asked again.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

from medgen_pytest.models.meter import Bill, BudgetError

if TYPE_CHECKING:
    from medgen_pytest.domain.output import Usage
    from medgen_pytest.models.meter import Meter

_NOISE = 1e-9


class Payments:
    """Begins and settles the bill of each answer; from any thread."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._lock = threading.Lock()
        self._dearest: dict[str, float] = {}

    def begin(self, model: str) -> Bill:
        """The bill of an answer that is to be asked for. Raises BudgetError if it should not be."""
        with self._lock:
            expected = self._dearest.get(model, 0.0)
        if not expected:
            return Bill()
        try:
            self._meter.reserve(expected)
        except BudgetError as error:
            if not error.passing:
                raise
            return Bill()  # what the others set aside may come back: that it fits is likely enough
        return Bill(reserved=expected)

    def settle(self, model: str, bill: Bill, usage: Usage | None) -> None:
        """Counts what an answer says that it cost, as far as the model has not counted it itself."""
        cost = usage.cost if usage is not None else None
        more = cost - bill.counted if cost is not None and math.isfinite(cost) else 0.0
        uncounted = more if more > _NOISE else 0.0
        if uncounted:
            with self._lock:
                self._dearest[model] = max(uncounted, self._dearest.get(model, 0.0))
        if uncounted or bill.reserved:
            self._meter.settle(bill.reserved, uncounted)
