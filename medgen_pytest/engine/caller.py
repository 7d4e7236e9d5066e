"""Calling a model with a time limit, once or several times at once, whether it is plain or asynchronous."""

from __future__ import annotations

import inspect
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.engine.threads import GRACE, CallThread, Outcome
from medgen_pytest.errors import ModelError
from medgen_pytest.models.deadline import Deadline, current_deadline
from medgen_pytest.models.meter import Bill, current_bill

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from medgen_pytest.engine.loop import LoopThread


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """A call that has begun: what comes of it, how long it may take, what it costs, and where it runs meanwhile."""

    outcome: Outcome
    deadline: Deadline
    bill: Bill
    started: float
    thread: CallThread | None = None
    loop: LoopThread | None = None
    given_up: bool = False

    @property
    def seconds(self) -> float:
        """How long it took, or takes already."""
        return (self.outcome.settled_at or time.perf_counter()) - self.started


class Caller:
    """Calls one model and gives up when the time of a call is over.

    A plain function that hangs cannot be stopped: its thread is left behind and the next call gets a
    new one. An asynchronous answer is cancelled; one that blocks its loop is left behind with it. Calls
    that follow each other share one thread, and all awaitables one event loop, as GPU contexts and
    connection pools need it; calls that overlap have a thread each. With `immediate` the function is
    called in the calling thread and has no time limit of its own; with `asynchronous` it does nothing
    but make an awaitable, and is called in the loop. `farewell` is awaited in the loop before it ends.
    """

    def __init__(
        self,
        *,
        timeout: float,
        immediate: bool = False,
        asynchronous: bool = False,
        farewell: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._timeout = timeout
        self._farewell = farewell
        self._immediate = immediate
        self._asynchronous = asynchronous
        self._lock = threading.Lock()
        self._idle: list[CallThread] = []
        self._busy: set[CallThread] = set()
        self._loop: LoopThread | None = None
        self._retired: list[LoopThread] = []

    def call(self, function: Callable[[], object], *, bill: Bill | None = None) -> object:
        """What the function returns, awaited if need be.

        Raises what the function raises, and ModelError when the time is over.
        """
        call = self._new_call(None, bill)
        if self._immediate:
            value = function()
            if not inspect.isawaitable(value):
                return value
            self._await(value, call)
        else:
            self._begin(function, call)
        while not call.outcome.wait(call.deadline.patience()):
            if call.deadline.is_over:
                raise self.give_up(call)
        return call.outcome.result()

    def start(self, function: Callable[[], object], *, notify: Callable[[], None], bill: Bill | None = None) -> Call:
        """Begins a call; `notify` is called, in some thread, when it is settled. Who starts it must watch its time."""
        call = self._new_call(notify, bill)
        self._begin(function, call)
        return call

    def give_up(self, call: Call) -> ModelError:
        """Ends or leaves behind a call whose time is over; the error that this is."""
        with self._lock:
            call.given_up = True
            thread, loop = call.thread, call.loop
            if thread is not None:
                self._busy.discard(thread)
        if thread is not None:
            thread.abandon()
        elif loop is not None and not loop.cancel(call.outcome):
            self._retire(loop)
        return ModelError(f"no answer within {self._timeout:g} s (the time limit of a sample)")

    def close(self) -> None:
        """Cancels what can be cancelled and ends the threads, except one that hangs in a call."""
        with self._lock:
            threads, self._idle, self._busy = [*self._idle, *self._busy], [], set()
            loop, self._loop = self._loop, None
            retired, self._retired = self._retired, []
        for thread in threads:
            thread.abandon()
        for left in retired:
            left.abandon()
        if loop is not None:
            loop.stop(self._farewell)
        latest = time.monotonic() + GRACE
        for thread in threads:
            thread.join(latest - time.monotonic())

    def _new_call(self, notify: Callable[[], None] | None, bill: Bill | None) -> Call:
        return Call(
            outcome=Outcome(notify),
            deadline=Deadline(self._timeout),
            bill=bill or Bill(),
            started=time.perf_counter(),
        )

    def _begin(self, function: Callable[[], object], call: Call) -> None:
        function = _within(call, function)
        if self._asynchronous:
            with self._lock:
                call.loop = loop = self._loop_thread()
            loop.submit(function, call.outcome)
            return
        with self._lock:
            call.thread = thread = self._idle.pop() if self._idle else CallThread()
            self._busy.add(thread)
        thread.submit(lambda: self._run(function, call, thread))

    def _run(self, function: Callable[[], object], call: Call, thread: CallThread) -> None:
        value, failure = None, None
        try:
            value = function()
        # A model's SystemExit must end its sample, not a thread that others wait for.
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            failure = error
        with self._lock:
            call.thread = None
            if thread in self._busy:  # neither given up nor closed
                self._busy.discard(thread)
                self._idle.append(thread)
        if failure is None and inspect.isawaitable(value):
            self._await(value, call)
        else:
            call.outcome.settle(value, error=failure)

    def _await(self, value: Awaitable[object], call: Call) -> None:
        with self._lock:
            given_up = call.given_up
            if not given_up:
                call.loop = loop = self._loop_thread()
        if not given_up:
            loop.submit(_within(call, lambda: value), call.outcome)
        elif inspect.iscoroutine(value):
            value.close()  # nobody will await it

    def _loop_thread(self) -> LoopThread:
        if self._loop is None:
            from medgen_pytest.engine.loop import LoopThread

            self._loop = LoopThread()
        return self._loop

    def _retire(self, loop: LoopThread) -> None:
        with self._lock:
            if self._loop is not loop:
                return
            self._loop = None
            self._retired.append(loop)
        loop.retire()


def _within(call: Call, function: Callable[[], object]) -> Callable[[], object]:
    """The function, called where its deadline and its bill can be seen."""

    def within() -> object:
        current_deadline.set(call.deadline)
        current_bill.set(call.bill)
        return function()

    return within
