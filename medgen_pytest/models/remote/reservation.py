"""Reservations: the amount of a request, set aside before it is sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from medgen_pytest.models.meter import BudgetError

if TYPE_CHECKING:
    from medgen_pytest.models.meter import Meter

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.1


async def set_aside(meter: Meter, amount: float) -> None:
    """Sets an amount aside; waits while others hold what may turn out to be enough.

    Raises BudgetError once what is spent leaves no room for it.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            meter.reserve(amount)
        except BudgetError as error:
            if not error.passing:
                raise
        else:
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
