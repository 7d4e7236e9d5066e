"""The channel to an endpoint: tried again by policy, paid for once, counted, and over when the time is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.errors import ModelError, OutputError
from medgen_pytest.models.deadline import Deadline, current_deadline
from medgen_pytest.models.meter import BudgetError, OwnMeter
from medgen_pytest.models.remote.channel import Channel
from medgen_pytest.models.remote.fault import EndpointError, FaultKind
from medgen_pytest.models.remote.pace import Pace
from medgen_pytest.models.remote.price import PriceSettings
from medgen_pytest.models.remote.reply import Reply
from medgen_pytest.models.remote.retry_policy import RetryPolicy
from medgen_pytest.models.remote.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

REPLY = Reply(200, {}, b"{}", "host")
PRICE = PriceSettings(output_per_million=1_000_000)
TEN = Usage(output_tokens=10)
FOUR = Usage(output_tokens=4)


class Endpoint:
    """Fails in the given ways, one after another, and then answers; counts how often it was asked."""

    def __init__(self, *faults: EndpointError, seconds: float = 0.0) -> None:
        self.faults = list(faults)
        self.seconds = seconds
        self.asked = 0

    async def send(self, _seconds: float) -> Reply:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.faults:
            raise self.faults.pop(0)
        return REPLY


def fault(kind: FaultKind, *, retry_after: float | None = None) -> EndpointError:
    return EndpointError(kind, f"it is {kind}", retry_after=retry_after, status=None if kind == "connection" else 500)


def ask(
    send: Callable[[float], Awaitable[Reply]],
    *,
    meter: OwnMeter | None = None,
    tally: Tally | None = None,
    seconds: float | None = None,
    timeout: float | None = None,
    pace: Pace | None = None,
) -> Reply:
    """One answer of a channel of its own, expected to take ten tokens and taking four."""

    async def scenario() -> Reply:
        if seconds is not None:
            current_deadline.set(Deadline(seconds))
        channel = Channel(
            pace or Pace(),
            policy=RetryPolicy(retries=2),
            meter=meter or OwnMeter(),
            price=PRICE,
            request_timeout=timeout,
        )
        return await channel.ask(send, tally=tally or Tally(), expected=TEN, usage_of=lambda _reply: FOUR)

    return asyncio.run(scenario())


def test_an_answer_is_paid_for_and_counted() -> None:
    meter, tally = OwnMeter(), Tally()

    assert ask(Endpoint(seconds=0.02).send, meter=meter, tally=tally) is REPLY

    assert meter.spent == 4
    assert tally.usage == Usage(output_tokens=4, cost=4)
    assert tally.timing is not None
    assert tally.timing.requests == 1
    assert tally.timing.first_try == tally.timing.working >= 0.02


@pytest.mark.parametrize(("kind", "paid"), [("server", 4), ("limited", 4), ("connection", 4), ("reply", 14)])
def test_a_failure_is_tried_again_and_a_lost_reply_counts_as_expected(kind: FaultKind, paid: float) -> None:
    meter, tally, endpoint = OwnMeter(), Tally(), Endpoint(fault(kind))

    ask(endpoint.send, meter=meter, tally=tally)

    assert endpoint.asked == tally.requests == 2
    assert tally.waiting > 0.2
    assert meter.spent == paid
    assert tally.usage == Usage(output_tokens=4, cost=4)


def test_after_the_last_try_the_error_keeps_what_is_known() -> None:
    endpoint = Endpoint(*(fault("server") for _ in range(9)))

    with pytest.raises(ModelError, match=r"^it is server \(3 requests\)$") as caught:
        ask(endpoint.send)

    assert endpoint.asked == 3
    assert isinstance(caught.value.partial, ModelOutput)
    assert caught.value.partial.timing is not None
    assert caught.value.partial.timing.requests == 3
    assert caught.value.partial.usage is None


def test_a_try_that_takes_too_long_is_ended_and_counted_as_paid() -> None:
    meter, endpoint = OwnMeter(), Endpoint(seconds=30)

    with pytest.raises(ModelError, match=r"no reply within 0\.1"):
        ask(endpoint.send, meter=meter, timeout=0.1)

    assert endpoint.asked == 2
    assert meter.spent == 20


def test_no_try_begins_for_which_there_is_no_time() -> None:
    endpoint, started = Endpoint(fault("limited", retry_after=60)), time.monotonic()

    with pytest.raises(ModelError, match="it asks to wait 60 s, the time of the sample is over"):
        ask(endpoint.send, seconds=5)

    assert endpoint.asked == 1
    assert time.monotonic() - started < 2


def test_the_time_of_a_sample_stands_still_while_it_waits_for_its_turn() -> None:
    endpoint = Endpoint(seconds=0.3)

    async def scenario() -> list[Reply]:
        channel = Channel(Pace(concurrency=1), policy=RetryPolicy(retries=0), meter=OwnMeter())

        async def one() -> Reply:
            current_deadline.set(Deadline(0.6))
            return await channel.ask(endpoint.send, tally=Tally())

        return await asyncio.gather(*(one() for _ in range(4)))

    assert asyncio.run(scenario()) == [REPLY] * 4


def test_without_room_in_the_budget_nothing_is_sent() -> None:
    endpoint = Endpoint()

    with pytest.raises(BudgetError, match="not asked: the budget of 9 might be exceeded") as caught:
        ask(endpoint.send, meter=OwnMeter(9))

    assert endpoint.asked == 0
    assert isinstance(caught.value.partial, ModelOutput)


def test_what_is_set_aside_is_given_back_whatever_happens() -> None:
    meter = OwnMeter(10)

    async def broken(_seconds: float) -> Reply:
        raise OutputError("too large")

    for _ in range(3):
        ask(Endpoint().send, meter=OwnMeter(10))
    with pytest.raises(ModelError, match="it is denied"):
        ask(Endpoint(fault("denied")).send, meter=meter)
    assert meter.spent == 0
    with pytest.raises(OutputError):
        ask(broken, meter=meter)
    assert meter.spent == 10  # somebody answered: it may have cost what was expected


def test_a_request_that_is_free_reserves_and_counts_nothing() -> None:
    meter, tally = OwnMeter(0), Tally()

    async def scenario() -> Reply:
        channel = Channel(Pace(), policy=RetryPolicy(), meter=meter, price=PRICE)
        return await channel.ask(Endpoint().send, tally=tally)

    assert asyncio.run(scenario()) is REPLY
    assert meter.spent == 0
    assert tally.usage is None
    assert tally.requests == 1


def test_who_is_cancelled_gives_the_turn_to_the_next() -> None:
    async def scenario() -> Reply:
        channel = Channel(Pace(concurrency=1), policy=RetryPolicy(), meter=OwnMeter())
        slow = asyncio.ensure_future(channel.ask(Endpoint(seconds=60).send, tally=Tally()))
        await asyncio.sleep(0.05)
        slow.cancel()
        return await asyncio.wait_for(channel.ask(Endpoint().send, tally=Tally()), 5)

    assert asyncio.run(scenario()) is REPLY


def test_a_connection_that_was_there_before_is_waited_for() -> None:
    again = [fault("connection") for _ in range(4)]

    async def scenario() -> tuple[int, int]:
        channel = Channel(Pace(), policy=RetryPolicy(retries=1), meter=OwnMeter())
        first, second = Endpoint(*again[:2]), Endpoint(*again[2:])
        with pytest.raises(ModelError):
            await channel.ask(first.send, tally=Tally())
        await channel.ask(Endpoint().send, tally=Tally())
        await channel.ask(second.send, tally=Tally())
        return first.asked, second.asked

    assert asyncio.run(scenario()) == (2, 3)
