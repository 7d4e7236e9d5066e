"""The follower of predictions: looks at one until it is done, and cancels what nobody waits for any more."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ModelError, OutputError
from medgen_pytest.models.deadline import remaining_time
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.wire.content import counted
from medgen_pytest.models.wire.prediction import Prediction, check_prediction

if TYPE_CHECKING:
    from medgen_pytest.models.remote.endpoint import Endpoint
    from medgen_pytest.models.remote.reply import Reply
    from medgen_pytest.models.remote.tally import Tally
    from medgen_pytest.models.wire.predictions_settings import PredictionsSettings

_GROWTH = 1.5
_LONGEST_INTERVAL = 10.0
_LONGEST_POLL = 30.0
_SPARE = 0.3
"""Seconds before the end of a sample's time in which the last poll is made."""

_FAREWELL = 0.8
"""Seconds that a request to cancel may take; the end of a run waits for it."""


class Follower:
    """Follows the predictions of one model."""

    def __init__(self, endpoint: Endpoint[PredictionsSettings]) -> None:
        self._endpoint = endpoint
        self._farewells: set[asyncio.Task[None]] = set()

    async def follow(self, begun: Prediction, tally: Tally) -> Prediction:
        """The prediction when it has ended; looking costs nothing and makes no new one.

        Raises ModelError when the time of the sample is over, or the gateway does not tell. Whatever ends the
        waiting before the prediction has ended, it is cancelled.
        """
        settings = self._endpoint.settings
        url = begun.address("get", base_url=settings.base_url)
        if url is None:
            raise _lost(f"{begun.reply.origin} began a prediction and says not where it can be looked at", tally)
        interval, current = settings.poll_interval, begun
        try:
            while current.state == "made":
                await self._pause(interval, tally)
                interval = min(interval * _GROWTH, max(_LONGEST_INTERVAL, settings.poll_interval))
                current = Prediction(await self._endpoint.channel.ask(self._poll(url), tally=tally))
        finally:
            if current.state == "made":
                self._cancel(begun)
        return current

    async def aclose(self) -> None:
        """Waits a moment for the requests to cancel that are on their way."""
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=_FAREWELL)

    def _poll(self, url: str) -> _Poll:
        return _Poll(self._endpoint, url)

    async def _pause(self, interval: float, tally: Tally) -> None:
        """The time until the next poll, in which the gateway works."""
        wait = min(interval, remaining_time() - _SPARE)
        if wait <= 0:
            raise _lost("the prediction was not done in time, and is cancelled", tally)
        started = time.perf_counter()
        try:
            await asyncio.sleep(wait)
        finally:
            tally.working += time.perf_counter() - started

    def _cancel(self, begun: Prediction) -> None:
        """Sends off a request to cancel; nobody waits for it, the sample's time may be over."""
        url = begun.address("cancel", base_url=self._endpoint.settings.base_url)
        if url is not None:
            task = asyncio.get_running_loop().create_task(self._say_cancel(url))
            self._farewells.add(task)
            task.add_done_callback(self._farewells.discard)

    async def _say_cancel(self, url: str) -> None:
        # What cannot be cancelled ends by itself, and is paid.
        with suppress(EndpointError, OutputError, asyncio.TimeoutError):
            await asyncio.wait_for(self._endpoint.http.post(url, content=b"{}"), _FAREWELL)


class _Poll:
    """One look at a prediction."""

    def __init__(self, endpoint: Endpoint[PredictionsSettings], url: str) -> None:
        self._endpoint = endpoint
        self._url = url

    async def __call__(self, seconds: float) -> Reply:
        limit = min(seconds, _LONGEST_POLL)
        try:
            reply = await asyncio.wait_for(self._endpoint.http.get(self._url), limit)
        except asyncio.TimeoutError:
            # A timeout would be tried once more and no oftener, as if it had cost something.
            raise EndpointError("server", f"no word of the prediction within {limit:.3g} s") from None
        check_prediction(reply)
        return reply


def _lost(message: str, tally: Tally) -> ModelError:
    return ModelError(message, partial=counted(ModelOutput(), tally))
