"""The channel to one endpoint: requests at its pace, tried again by policy, paid for once and counted."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.errors import ModelError
from medgen_pytest.models.deadline import name_of_time, remaining_time, time_stands_still
from medgen_pytest.models.meter import BudgetError
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.reservation import set_aside
from medgen_pytest.models.remote.retry_policy import RetryPolicy, Tries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from medgen_pytest.models.meter import Meter
    from medgen_pytest.models.remote.pace import Ending, Pace, Slot
    from medgen_pytest.models.remote.price import PriceSettings
    from medgen_pytest.models.remote.reply import Reply
    from medgen_pytest.models.remote.tally import Tally

_SPARE = 0.05
"""Seconds before the end of a sample's time in which the channel still says why there is no answer."""


class Channel:
    """Sends requests of one model to its endpoint.

    `send` makes one try within the seconds that it is given and returns the reply, or raises
    EndpointError. `usage_of` reads from a reply what the request took.
    """

    def __init__(
        self,
        pace: Pace,
        *,
        policy: RetryPolicy,
        meter: Meter,
        price: PriceSettings | None = None,
        request_timeout: float | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._pace = pace
        self._policy = policy
        self._meter = meter
        self._price = price
        self._request_timeout = request_timeout
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._known = False

    async def ask(
        self,
        send: Callable[[float], Awaitable[Reply]],
        *,
        tally: Tally,
        expected: Usage | None = None,
        usage_of: Callable[[Reply], Usage] | None = None,
    ) -> Reply:
        """The reply to a request, after as many tries as the policy allows and the time of the sample has room for.

        `expected` is what the request is taken to need at most: it counts for the limit of tokens until the
        reply says better, and its cost is set aside from the budget. Without `usage_of` the request is free
        (a poll, the fetching of an image). Raises ModelError, or BudgetError before anything is sent.
        """
        tries = Tries(self._policy)
        while True:
            fault = await self._try(send, tally, expected, usage_of)
            if not isinstance(fault, EndpointError):
                return fault
            self._known = self._known or fault.status is not None
            wait = tries.wait_after(fault, known=self._known, chance=self._chance)
            if wait is None:
                raise _given_up(fault, tally) from fault
            if wait >= remaining_time() - _SPARE:
                raise _out_of_time(fault, tally, wait=wait)
            with tally.waits():
                await asyncio.sleep(wait)

    async def _try(
        self,
        send: Callable[[float], Awaitable[Reply]],
        tally: Tally,
        expected: Usage | None,
        usage_of: Callable[[Reply], Usage] | None,
    ) -> Reply | EndpointError:
        reserved = (self._cost(expected) or 0.0) if usage_of is not None else 0.0
        # Before the waiting: a run whose budget is used up should end and not wait for its turn to say so.
        try:
            with tally.waits(), time_stands_still():
                await set_aside(self._meter, reserved)
        except BudgetError as error:
            error.partial = _partial(tally)
            raise
        spent: float | None = 0.0
        slot: Slot | None = None
        ending: Ending = "failed"
        tokens: int | None = None
        wish: float | None = None
        try:
            with tally.waits(), time_stands_still():
                slot = await self._pace.enter(tokens=_tokens(expected) or 0)
            spent = None  # from here on somebody may want to be paid
            reply = await self._send(send, tally)
            usage = usage_of(reply) if usage_of is not None else None
            spent = 0.0 if usage is None else self._priced(usage, tally)
            tokens, ending, self._known = _tokens(usage), "answered", True
        except EndpointError as fault:
            if not fault.is_paid_for:
                spent, tokens = 0.0, None
            ending, wish = ("limited" if fault.kind == "limited" else "failed"), fault.retry_after
            return fault
        finally:
            if slot is not None:
                self._pace.leave(slot, ending, tokens=tokens, retry_after=wish)
            self._meter.settle(reserved, reserved if spent is None else spent)
        return reply

    async def _send(self, send: Callable[[float], Awaitable[Reply]], tally: Tally) -> Reply:
        left = max(0.001, remaining_time() - _SPARE)
        seconds = left if self._request_timeout is None else min(left, self._request_timeout)
        started = time.monotonic()
        with tally.works():
            try:
                return await (send(seconds) if seconds == float("inf") else asyncio.wait_for(send(seconds), seconds))
            except asyncio.TimeoutError:
                waited = time.monotonic() - started
                raise EndpointError("timeout", f"no reply within {waited:.3g} s") from None

    def _priced(self, usage: Usage, tally: Tally) -> float | None:
        cost = usage.cost if usage.cost is not None else self._cost(usage)
        tally.usages.append(
            Usage(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                images=usage.images,
                cost=cost,
            )
        )
        return cost

    def _cost(self, usage: Usage | None) -> float | None:
        return self._price.cost(usage) if self._price is not None and usage is not None else None


def _tokens(usage: Usage | None) -> int | None:
    if usage is None or (usage.input_tokens is None and usage.output_tokens is None):
        return None
    return (usage.input_tokens or 0) + (usage.output_tokens or 0)


def _partial(tally: Tally) -> ModelOutput:
    return ModelOutput(usage=tally.usage, timing=tally.timing, seconds=tally.working)


def _given_up(fault: EndpointError, tally: Tally) -> ModelError:
    times = f" ({tally.requests} requests)" if tally.requests > 1 else ""
    return ModelError(f"{fault}{times}", partial=_partial(tally))


def _out_of_time(fault: EndpointError, tally: Tally, *, wait: float) -> ModelError:
    asked = f"it asks to wait {wait:.3g} s, " if fault.retry_after else ""
    return ModelError(f"{fault}; {asked}{name_of_time()} is over ({tally.requests} requests)", partial=_partial(tally))
