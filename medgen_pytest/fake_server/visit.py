"""A visit: one question on its way through the server, from its arrival to the entry of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.journal import Entry, shown_content, shown_headers, shown_target

if TYPE_CHECKING:
    from medgen_pytest.fake_server.journal import Result
    from medgen_pytest.fake_server.message import HttpReply, HttpRequest
    from medgen_pytest.fake_server.question import InputImage, Question


@dataclass(slots=True, kw_only=True)
class Visit:
    """What is known of a question; it grows while the question is served."""

    request: HttpRequest
    number: int
    digest: str
    attempt: int
    in_flight: int
    arrived: float
    kind: str = "ask"
    endpoint: str = ""
    fault: str | None = None
    problem: str | None = None
    result: Result = "answered"
    images: tuple[InputImage, ...] = ()
    dimensions: tuple[str, ...] = ()

    def see(self, question: Question) -> None:
        """Notes what the request asks."""
        self.images = question.images
        if question.judge is not None:
            self.kind, self.dimensions = "judge", question.judge.dimensions

    def entry(self, status: int) -> Entry:
        """What the journal keeps of it."""
        return Entry(
            number=self.number,
            kind=self.kind,
            endpoint=self.endpoint,
            method=self.request.method,
            path=shown_target(self.request),
            digest=self.digest,
            attempt=self.attempt,
            headers=shown_headers(self.request),
            content=shown_content(self.request, self.images),
            body_bytes=len(self.request.body),
            in_flight=self.in_flight,
            status=status,
            result=self.result,
            fault=self.fault,
            problem=self.problem,
            images=len(self.images),
            dimensions=self.dimensions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A reply to be sent, and where the journal has its request; `closes` says that nothing more is read."""

    reply: HttpReply
    handle: int | None = None
    closes: bool = False
