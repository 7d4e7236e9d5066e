"""Answering: a question that was read becomes a reply, under the fault that it meets."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from medgen_pytest.errors import ImageError
from medgen_pytest.fake_server.chance import unit
from medgen_pytest.fake_server.judging import Manner
from medgen_pytest.fake_server.message import RequestError
from medgen_pytest.fake_server.model import answer
from medgen_pytest.fake_server.pending import finished
from medgen_pytest.fake_server.spoilt import spoil_answer, spoil_reply
from medgen_pytest.fake_server.spoilt_judgement import spoil_judgement
from medgen_pytest.fake_server.wire.predictions import ENDPOINT as PREDICTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.fault import Fault
    from medgen_pytest.fake_server.files import Files
    from medgen_pytest.fake_server.message import HttpReply
    from medgen_pytest.fake_server.pending import Pending
    from medgen_pytest.fake_server.question import Answer, Question
    from medgen_pytest.fake_server.settings import FakeServerSettings
    from medgen_pytest.fake_server.visit import Visit
    from medgen_pytest.fake_server.wire.endpoint import Endpoint

_WAIT = re.compile(r"\bwait(?:=(\d{1,4}))?\b")
_LONGEST_WAIT = 60.0
_MESSAGES = {
    429: "Rate limit reached for requests. Please try again later.",
    500: "The server had an error while processing your request.",
    502: "Bad gateway.",
    503: "The engine is currently overloaded, please try again later.",
    504: "The deadline was exceeded.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Answers questions; `clock` is that of the event loop."""

    settings: FakeServerSettings
    files: Files
    pending: Pending
    clock: Callable[[], float]

    async def reply(self, endpoint: Endpoint, question: Question, visit: Visit, fault: Fault | None) -> HttpReply:
        """The reply to a question, when its latency is over. Raises RequestError where the reply is an error."""
        kind = fault.kind if fault else ""
        ready_at = visit.arrived + self._latency(visit.digest, kind)
        if fault is not None and fault.status is not None:
            await self._until(ready_at)
            raise self._status_error(fault)
        thought = await self._think(question, visit.digest)
        if question.judge is not None and kind.startswith("judge-"):
            thought = spoil_judgement(thought, kind, question.judge)
        thought = spoil_answer(thought, kind, huge_bytes=self.settings.huge_bytes)
        base = self._base(visit)
        try:
            reply = endpoint.reply(question, thought, lambda picture: base + self.files.add(picture))
        except RequestError:
            await self._until(ready_at)
            raise
        if endpoint is PREDICTIONS:
            reply = await self._predicted(reply, visit, ready_at=ready_at)
        else:
            await self._until(ready_at)
        if kind == "error-body":
            problem = RequestError(500, _MESSAGES[500])
            return replace(endpoint.dialect.error(problem), status=200)
        return spoil_reply(reply, kind, redirect_to=self.settings.redirect_to)

    async def _think(self, question: Question, digest: str) -> Answer:
        settings = self.settings
        seed, made = f"{settings.seed}:{digest}", settings.image_answer

        def think() -> Answer:
            thought = answer(question, seed=seed, image_answer=made, max_side=settings.max_side, manner=self._manner)
            return replace(thought, digest=digest)

        makes_image = question.wants_image and not (settings.image_answer == "echo" and question.images)
        is_quick = not makes_image and (question.judge is None or not question.images)
        try:
            return think() if is_quick else await asyncio.to_thread(think)
        except ImageError as error:
            raise RequestError(400, f"The image cannot be processed: {error.message}.", param="image") from error

    @property
    def _manner(self) -> Manner:
        settings = self.settings
        return Manner(
            noise=settings.judge_noise, bias=settings.judge_bias, obeys=settings.judge_obeys, blind=settings.judge_blind
        )

    async def _predicted(self, done: HttpReply, visit: Visit, *, ready_at: float) -> HttpReply:
        """A prediction at once, where the client waits long enough; else its beginning."""
        base = self._base(visit)
        match = _WAIT.search(visit.request.header("prefer") or "")
        wait = 0.0 if match is None else float(match[1] or _LONGEST_WAIT)
        if match is not None and ready_at <= visit.arrived + wait:
            await self._until(ready_at)
            return finished(visit.digest, done, base=base, status=201)
        await self._until(visit.arrived + wait)
        return self.pending.begin(visit.digest, done, ready_at=ready_at, polls=self.settings.polls, base=base)

    def _latency(self, digest: str, kind: str) -> float:
        if kind == "hang":
            return self.settings.hang
        spread = self.settings.latency_spread * (2 * unit(self.settings.seed, "latency", digest) - 1)
        return self.settings.latency * (1 + spread)

    def _status_error(self, fault: Fault) -> RequestError:
        status = fault.status or 500
        problem = RequestError(status, _MESSAGES.get(status, f"The request failed with status {status}."))
        if fault.kind == "429-seconds":
            problem.headers = (("retry-after", str(self.settings.retry_after)),)
        elif fault.kind == "429-date":
            # Dates have whole seconds: rounded up, so that nobody comes too early.
            when = formatdate(int(time.time()) + 1 + self.settings.retry_after, usegmt=True)
            problem.headers = (("retry-after", when),)
        return problem

    def _base(self, visit: Visit) -> str:
        return f"http://{visit.request.header('host') or '127.0.0.1'}"

    async def _until(self, moment: float) -> None:
        left = moment - self.clock()
        if left > 0:
            await asyncio.sleep(left)
