"""Pending predictions: jobs that are done after some time and some polls."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.message import HttpReply, RequestError, StreamedBody, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOM = 10_000
_WITHOUT_END: dict[str, object] = {"output": None, "error": None, "metrics": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    done: HttpReply
    ready_at: float
    polls_left: int
    is_canceled: bool = False


class Pending:
    """The predictions that were begun; the oldest are forgotten when there are more than 10,000."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._jobs: dict[str, _Job] = {}

    def begin(self, key: str, done: HttpReply, *, ready_at: float, polls: int, base: str) -> HttpReply:
        """Starts a prediction whose finished reply is known: the reply that says so."""
        self._jobs[key] = _Job(done=done, ready_at=ready_at, polls_left=polls)
        while len(self._jobs) > _ROOM:
            self._jobs.pop(next(iter(self._jobs)))
        return _reply(key, done, state="starting", base=base, status=201)

    def poll(self, key: str, *, base: str) -> HttpReply:
        """The state of a prediction. Raises RequestError."""
        job = self._get(key)
        if job.is_canceled:
            return _reply(key, job.done, state="canceled", base=base)
        if job.polls_left > 0 or self._clock() < job.ready_at:
            self._jobs[key] = replace(job, polls_left=max(0, job.polls_left - 1))
            return _reply(key, job.done, state="processing", base=base)
        return finished(key, job.done, base=base, status=200)

    def cancel(self, key: str, *, base: str) -> HttpReply:
        """Cancels a prediction that is not done; one that is stays as it is. Raises RequestError."""
        job = self._get(key)
        if not job.is_canceled and job.polls_left <= 0 and self._clock() >= job.ready_at:
            return finished(key, job.done, base=base, status=200)
        self._jobs[key] = replace(job, is_canceled=True)
        return _reply(key, job.done, state="canceled", base=base)

    def _get(self, key: str) -> _Job:
        if key not in self._jobs:
            raise RequestError(404, "The requested resource could not be found.")
        return self._jobs[key]


def finished(key: str, done: HttpReply, *, base: str, status: int) -> HttpReply:
    """The reply with the end of a prediction, and with its addresses."""
    urls = _urls(key, base)
    if isinstance(done.body, StreamedBody):
        first, *others = done.body.parts
        head = first[0].replace(b"{", b'{"urls":' + json.dumps(urls).encode() + b",", 1)
        return replace(done, status=status, body=StreamedBody(parts=((head, 1), *others)))
    return json_reply({**json.loads(done.body), "urls": urls}, status=status)


def _reply(key: str, done: HttpReply, *, state: str, base: str, status: int = 200) -> HttpReply:
    known = {} if isinstance(done.body, StreamedBody) else json.loads(done.body)
    value = {**known, "id": key, **_WITHOUT_END, "status": state, "urls": _urls(key, base)}
    return json_reply(value, status=status)


def _urls(key: str, base: str) -> dict[str, str]:
    return {"get": f"{base}/v1/predictions/{key}", "cancel": f"{base}/v1/predictions/{key}/cancel"}
