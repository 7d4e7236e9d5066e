"""The service: every request becomes a reply and an entry of the journal."""

from __future__ import annotations

import asyncio
import hmac
import time
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.answering import Answering
from medgen_pytest.fake_server.fault import READABLE_KINDS
from medgen_pytest.fake_server.faulting import Faulting
from medgen_pytest.fake_server.files import Files, is_file_path
from medgen_pytest.fake_server.journal import Journal
from medgen_pytest.fake_server.judge_form import find_judge_form
from medgen_pytest.fake_server.limits import RateLimit
from medgen_pytest.fake_server.message import HttpReply, RequestError, json_reply
from medgen_pytest.fake_server.multipart import content_digest
from medgen_pytest.fake_server.pending import Pending
from medgen_pytest.fake_server.routes import dialect_of, find_route
from medgen_pytest.fake_server.visit import Served, Visit
from medgen_pytest.fake_server.wire.endpoint import Asked
from medgen_pytest.fake_server.wire.model_list import list_models, show_model

if TYPE_CHECKING:
    from medgen_pytest.fake_server.journal import Stats
    from medgen_pytest.fake_server.message import HttpRequest
    from medgen_pytest.fake_server.routes import Found
    from medgen_pytest.fake_server.settings import FakeServerSettings
    from medgen_pytest.fake_server.wire.endpoint import Dialect


class Service:
    """What the server does, without sockets; used by one event loop."""

    def __init__(self, settings: FakeServerSettings) -> None:
        self.settings = settings
        self.journal = Journal(path=settings.journal, room=settings.journal_entries)
        self.connections = 0
        self._open = self._most_open = self._number = 0
        self._files = Files()
        self._pending = Pending(clock=time.monotonic)
        self._faulting = Faulting(settings.faults, seed=settings.seed)
        self._answering = Answering(settings=settings, files=self._files, pending=self._pending, clock=time.monotonic)
        minute = settings.requests_per_minute
        self._rate = RateLimit(minute, clock=time.monotonic) if minute else None

    async def handle(self, request: HttpRequest) -> Served:
        """The reply to a request, when it is due."""
        visit = self._arrive(request)
        dialect = dialect_of(request)
        try:
            reply = await self._reply(visit)
        except RequestError as problem:
            if visit.result == "answered":
                visit.result = "refused"
            visit.problem = problem.message
            reply = dialect.error(problem).with_headers(*problem.headers)
        except asyncio.CancelledError:
            visit.result = "abandoned"
            self.journal.write(self.journal.add(visit.entry(0)))
            raise
        finally:
            self._leave(visit)
        return Served(reply=reply, handle=self.journal.add(visit.entry(reply.status)))

    def refuse(self, request: HttpRequest, problem: RequestError) -> Served:
        """The reply to a request that is not read to its end."""
        visit = self._arrive(request)
        visit.result, visit.problem = "refused", problem.message
        self._leave(visit)
        reply = dialect_of(request).error(problem)
        return Served(reply=reply, handle=self.journal.add(visit.entry(reply.status)), closes=True)

    def stats(self) -> Stats:
        """The counts."""
        return self.journal.stats(in_flight=self._open, max_in_flight=self._most_open, connections=self.connections)

    def reset(self) -> None:
        """Forgets the journal, its counts and which requests have met their faults."""
        self.journal.reset()
        self._faulting.reset()
        self._number = 0
        self._most_open = self._open

    def _arrive(self, request: HttpRequest) -> Visit:
        is_cancel = request.path.endswith("/cancel")
        asks = request.method == "POST" and not is_cancel
        kind = "ask" if asks else "cancel" if is_cancel else "file" if is_file_path(request.path) else "look"
        digest = content_digest(request)
        if asks:
            self._open += 1
            self._number += 1
            self._most_open = max(self._most_open, self._open)
        return Visit(
            request=request,
            number=self._number if asks else 0,
            digest=digest,
            attempt=self.journal.attempt(digest) if asks else 0,
            in_flight=self._open,
            arrived=time.monotonic(),
            kind=kind,
        )

    def _leave(self, visit: Visit) -> None:
        if visit.number:
            self._open -= 1

    async def _reply(self, visit: Visit) -> HttpReply:
        request = visit.request
        if visit.kind == "file":
            return self._file(request)
        found = find_route(request)
        self._check_key(request, found.route.dialect)
        if found.route.endpoint is None:
            return self._look(visit, found)
        visit.endpoint = found.route.endpoint.name
        self._check_limits(visit)
        question = found.route.endpoint.read(Asked(request=request, names=found.names, settings=self.settings))
        question = replace(question, judge=find_judge_form(question))
        visit.see(question)
        self._check_model(question.model)
        fault = self._faulting.draw(question, path=request.path, digest=visit.digest, number=visit.number)
        if fault is not None:
            visit.fault = fault.kind
            # Who waits for a late reply, or can read a wrapped one, gets the right one.
            visit.result = "answered" if fault.kind in ("hang", *READABLE_KINDS) else "faulted"
        return await self._answering.reply(found.route.endpoint, question, visit, fault)

    def _file(self, request: HttpRequest) -> HttpReply:
        reply = self._files.reply(request.path) if request.method == "GET" else None
        if reply is None:
            raise RequestError(404, f"There is no file {request.path}.", code="file_not_found")
        return reply

    def _look(self, visit: Visit, found: Found) -> HttpReply:
        visit.kind = found.route.action
        base = f"http://{visit.request.header('host')}"
        if found.route.action == "poll":
            return self._pending.poll(found.names["id"], base=base)
        if found.route.action == "cancel":
            return self._pending.cancel(found.names["id"], base=base)
        names = self.settings.models or ("fake-model",)
        if found.route.action == "models":
            return json_reply(list_models(names, dialect=found.route.dialect.name))
        self._check_model(found.names["model"])
        return json_reply(show_model(found.names["model"], dialect=found.route.dialect.name))

    def _check_key(self, request: HttpRequest, dialect: Dialect) -> None:
        wanted = self.settings.key
        if wanted is None:
            return
        given = dialect.key(request)
        if given is None or not hmac.compare_digest(given.encode(), wanted.get_secret_value().encode()):
            raise dialect.unauthenticated(given)

    def _check_limits(self, visit: Visit) -> None:
        most = self.settings.max_concurrent
        wait = 1 if most is not None and self._open > most else self._rate.take() if self._rate else 0
        if wait:
            visit.result = "limited"
            problem = RequestError(429, f"Rate limit reached. Please try again in {wait}s.")
            problem.headers = (("retry-after", str(wait)),)
            raise problem

    def _check_model(self, model: str) -> None:
        known = self.settings.models
        if known and not any(fnmatchcase(model, name) for name in known):
            message = f"The model `{model}` does not exist or you do not have access to it."
            raise RequestError(404, message, code="model_not_found")
