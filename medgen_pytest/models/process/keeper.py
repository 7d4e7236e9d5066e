"""The keeper: starts a program, puts requests to it, and starts it anew when it is lost."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from medgen_pytest.errors import ModelError
from medgen_pytest.models.process.child import FAREWELL, Broken, Child, Ended, Event, Said
from medgen_pytest.models.process.messages import READY, problem_of_ready
from medgen_pytest.models.reason import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from medgen_pytest.models.process.job import Answered, Job
    from medgen_pytest.models.process.log_file import LogFile
    from medgen_pytest.models.process.program import Program

_LONGEST_FAREWELL = FAREWELL + 10
_CLOSED = "the run has ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a program is dealt with; the names are those of the settings, times in seconds, `max_line` in bytes."""

    concurrency: int
    start_timeout: float
    patience: float
    restarts: int
    max_line: int
    revision: str | None = None


class Keeper:
    """Keeps one program running from the first request to `close`.

    A thread of its own decides everything, so that nothing depends on the event loop in which somebody waits.
    Others post to it what it is to do. A request is put to the program once: one that is lost with it fails.
    `log` is where what it says on stderr is kept, from its next start on.
    """

    def __init__(self, program: Program, terms: Terms) -> None:
        self.log: LogFile | None = None
        self._program = program
        self._terms = terms
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        # All that follows belongs to the thread.
        self._goes_on = True
        self._child: Child | None = None
        self._ready = False
        self._starting_until = 0.0
        self._waiting: deque[Job] = deque()
        self._flying: dict[str, Job] = {}
        self._abandoned: set[str] = set()
        self._sign_of_life = 0.0
        self._losses = 0
        self._last_loss = ""

    def ask(self, job: Job) -> None:
        """Takes a request; what comes of it comes to its future. Raises ModelError after `close`."""
        with self._lock:
            if self._closed:
                raise ModelError(_CLOSED)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="medgen-process", daemon=True)
                self._thread.start()
            self._posted.put(partial(self._waiting.append, job))
        job.future.add_done_callback(partial(self._notice, job))

    def close(self) -> None:
        """Ends the program: gently, unless it still works on a request. Does nothing the second time."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._posted.put(self._stop)
            thread.join(_LONGEST_FAREWELL)

    def _notice(self, job: Job, future: Future[Answered]) -> None:
        if future.cancelled():
            self._posted.put(partial(self._abandon, job))

    def _run(self) -> None:
        reason = _CLOSED
        try:
            while self._goes_on:
                self._do_what_was_posted()
                self._watch_the_clock()
                self._serve()
        except Exception as error:  # noqa: BLE001 - told by those who wait
            reason = f"the keeper of the program failed: {reason_of(error)}"
        finally:
            self._shut_down(reason)

    def _stop(self) -> None:
        self._goes_on = False

    def _shut_down(self, reason: str) -> None:
        with self._lock:
            self._closed = True
        if self._child is not None:
            self._child.end(gently=self._ready and not self._flying)
        while not self._posted.empty():  # among it may be requests
            self._posted.get()()
        for job in (*self._flying.values(), *self._waiting):
            job.fail(ModelError(reason))

    def _do_what_was_posted(self) -> None:
        try:
            self._posted.get(timeout=self._time_left())()
            while True:
                self._posted.get_nowait()()
        except Empty:
            return

    def _time_left(self) -> float | None:
        until = self._deadline()
        return None if until is None else min(max(0.0, until - time.monotonic()), threading.TIMEOUT_MAX)

    def _deadline(self) -> float | None:
        """When the program must have done something."""
        if self._child is None:
            return None
        if not self._ready:
            return self._starting_until
        return self._sign_of_life + self._terms.patience if self._abandoned else None

    def _watch_the_clock(self) -> None:
        if self._child is None or self._time_left() != 0:
            return
        if not self._ready:
            self._end(f"did not say that it is ready within {self._terms.start_timeout:g} s (start_timeout)")
        else:
            self._end(
                "did not answer a request within the time limit of its sample, "
                f"nor in the {self._terms.patience:g} s after it (patience)"
            )

    def _abandon(self, job: Job) -> None:
        if job.key in self._flying:
            self._abandoned.add(job.key)
            self._sign_of_life = time.monotonic()

    def _serve(self) -> None:
        """Sends what waits, as far as the program takes more; starts the program if need be."""
        while self._waiting and len(self._flying) < self._terms.concurrency:
            job = self._waiting[0]
            if job.future.cancelled():
                self._waiting.popleft().clean()
            elif self._child is None and self._losses > self._terms.restarts:
                self._waiting.popleft().fail(self._given_up())
            elif self._child is None:
                self._start()
            elif not self._ready or self._child.has_ended():
                return  # it will be told
            else:
                self._send(self._waiting.popleft(), self._child)

    def _send(self, job: Job, child: Child) -> None:
        self._flying[job.key] = job
        job.send()
        child.ask(job.key, job.line)

    def _start(self) -> None:
        self._ready = False
        self._starting_until = time.monotonic() + self._terms.start_timeout
        try:
            self._child = Child(self._program, max_line=self._terms.max_line, tell=self._hear, log=self.log)
        except (OSError, ValueError) as error:
            self._lose(f"cannot be started: {reason_of(error)}")

    def _hear(self, child: Child, event: Event) -> None:
        self._posted.put(partial(self._take, child, event))

    def _take(self, child: Child, event: Event) -> None:
        if child is not self._child:
            return  # of one that was given up
        if isinstance(event, Ended):
            self._lose(event.how)
        elif isinstance(event, Broken):
            self._end(event.reason)
        elif event.key == READY:
            self._take_ready(event.message or {})
        else:
            self._take_reply(event)

    def _take_ready(self, message: Mapping[str, object]) -> None:
        problem = problem_of_ready(message, revision=self._terms.revision)
        if problem is not None:
            self._end(problem)
        else:
            self._ready = True

    def _take_reply(self, said: Said) -> None:
        job = self._flying.pop(said.key)
        self._abandoned.discard(said.key)
        self._sign_of_life = time.monotonic()
        self._losses = 0
        if said.message is None:
            job.fail(ModelError(f"the reply of the program {self._program.name!r} is no JSON that can be read"))
        else:
            job.settle(said.message)

    def _end(self, reason: str) -> None:
        """Ends a program that runs, and cannot be asked any more."""
        if self._child is not None:
            self._child.end()
            self._lose(f"{reason}: it was ended")

    def _lose(self, how: str) -> None:
        """Fails what was asked of a program that is no more; one that was never ready fails who waits for it."""
        words = f"; {self._child.last_words()}" if self._child is not None else ""
        self._losses += 1
        self._last_loss = f"the program {self._program.name!r} {how}{words}"
        lost = list(self._flying.values())
        if not self._ready and self._waiting:
            lost.append(self._waiting.popleft())
        self._child = None
        self._flying.clear()
        self._abandoned.clear()
        for job in lost:
            job.fail(ModelError(self._last_loss))

    def _given_up(self) -> ModelError:
        return ModelError(
            f"the program was lost {self._losses} times in a row without an answer in between, and is not started "
            f"again (restarts: {self._terms.restarts}); the last time: {self._last_loss}"
        )
