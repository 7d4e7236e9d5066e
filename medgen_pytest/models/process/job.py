"""Jobs: a request on its way to a program, and what comes of it."""

from __future__ import annotations

import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.errors import MedgenError


class Answered(NamedTuple):
    """A reply: the message, the image file that it names, what is wrong with that, seconds of waiting and work."""

    message: Mapping[str, object]
    file: bytes | None
    problem: str | None
    waiting: float
    working: float


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A request as a line, and futures for its sending and for the reply.

    `fetch` gives the content of the file that a reply names; raises OutputError. `clean` removes what was made
    for the request. Whoever waits may cancel the future at any time.
    """

    key: str
    line: bytes
    fetch: Callable[[Mapping[str, object]], bytes | None]
    clean: Callable[[], None]
    future: Future[Answered] = field(default_factory=Future)
    created: float = field(default_factory=time.monotonic)
    sending: Future[None] = field(default_factory=Future)
    sent: float | None = None

    def send(self) -> None:
        """Says that it is being sent now: from here on the program works on it."""
        self.sent = time.monotonic()
        with suppress(InvalidStateError):  # cancelled
            self.sending.set_result(None)

    def settle(self, message: Mapping[str, object]) -> None:
        """Takes the reply; the file that it names is read now, before the program may write the next."""
        now = time.monotonic()
        sent = now if self.sent is None else self.sent
        file, problem = None, None
        try:
            file = None if self.future.cancelled() else self.fetch(message)
        except OutputError as error:
            problem = str(error)
        with suppress(InvalidStateError):  # cancelled
            self.future.set_result(Answered(message, file, problem, sent - self.created, now - sent))
        self.clean()

    def fail(self, error: MedgenError) -> None:
        """Says that there is no reply."""
        with suppress(InvalidStateError):  # cancelled meanwhile
            self.future.set_exception(error)
        self.clean()
