"""Batches: requests that wait are answered together, one batch after another, always by the same thread."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple, Protocol

from medgen_pytest.errors import ModelError
from medgen_pytest.models.reason import reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request

LINGER = 0.02
"""Seconds without a further request after which a batch that is not full begins."""
_GRACE = 10.0
_MEMORY = ("out of memory", "not enough memory", "alloc_failed")


class BatchAnswerer(Protocol):
    """What answers several requests at once."""

    def answer_batch(self, requests: Sequence[Request]) -> Sequence[ModelOutput | Exception]:
        """An answer for each request, in their order; an exception in its place is the failure of that one alone."""


class _Waiting(NamedTuple):
    request: Request
    future: Future[ModelOutput]


class Batcher:
    """Gathers requests that wait, at most `size`, and hands out what becomes of them.

    A thread of its own, the same until the end, asks the answerer: GPU contexts want that. A batch that runs
    out of memory is halved, and later ones stay that small; one that fails otherwise is asked again one by
    one, so that a sample fails alone. As many answers as requests are due; else each of them is a ModelError.
    """

    def __init__(self, answerer: BatchAnswerer, *, size: int, linger: float = LINGER) -> None:
        self._answerer = answerer
        self._size = size
        self._linger = linger
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def answer(self, request: Request) -> ModelOutput:
        """The answer to one request, from the batch that it becomes part of. Raises what became of it instead."""
        future: Future[ModelOutput] = Future()
        with self._changed:
            if self._closed:
                raise ModelError("the model is closed")
            self._waiting.append(_Waiting(request, future))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="medgen-batches", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Answers nothing more, and waits a while for the batch that is being answered."""
        with self._changed:
            self._closed = True
            left, thread = list(self._waiting), self._thread
            self._waiting.clear()
            self._changed.notify_all()
        for waiting in left:
            waiting.future.cancel()
        if thread is not None:
            thread.join(_GRACE)

    def _work(self) -> None:
        while (batch := self._gather()) is not None:
            # What was given up meanwhile is not answered.
            self._see_to([waiting for waiting in batch if waiting.future.set_running_or_notify_cancel()])

    def _gather(self) -> list[_Waiting] | None:
        """The next batch, as soon as it is full or nothing more comes; None when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            seen = 0
            while seen < len(self._waiting) < self._size and not self._closed:
                seen = len(self._waiting)
                self._changed.wait_for(lambda seen=seen: len(self._waiting) > seen or self._closed, self._linger)  # type: ignore[misc]  # mypy does not infer lambdas with defaults
            if self._closed:
                return None
            return [self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))]

    def _see_to(self, batch: list[_Waiting]) -> None:
        todo = deque([batch] if batch else [])
        while todo:
            part = todo.popleft()
            if len(part) > self._size:
                todo.appendleft(part[self._size :])
                del part[self._size :]
            failure = ModelError("the model was closed before it answered") if self._closed else self._try(part)
            if failure is None:
                continue
            if len(part) == 1 or self._closed:
                for waiting in part:
                    waiting.future.set_exception(failure)
            elif is_out_of_memory(failure):
                self._size = len(part) // 2
                todo.appendleft(part)
            else:
                todo.extendleft([waiting] for waiting in reversed(part))

    def _try(self, batch: list[_Waiting]) -> Exception | None:
        """Answers a batch; what it failed with, if it did."""
        started = time.perf_counter()
        try:
            answers = list(self._answerer.answer_batch([waiting.request for waiting in batch]))
        except BaseException as error:  # noqa: BLE001 - a model may raise anything, and the thread must live on
            return _bare(error)
        share = (time.perf_counter() - started) / len(batch)
        if len(answers) != len(batch):
            answers = [ModelError(f"the model gave {len(answers)} answers to a batch of {len(batch)}")] * len(batch)
        for waiting, answer in zip(batch, answers, strict=True):
            if isinstance(answer, BaseException):
                waiting.future.set_exception(_bare(answer))
            else:
                waiting.future.set_result(_with_seconds(answer, share))
        return None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory, of the machine or an accelerator, did not suffice."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _MEMORY)


def _bare(error: BaseException) -> Exception:
    """The error without its frames, which would keep a failed batch's tensors in memory."""
    if not isinstance(error, Exception) or isinstance(error, StopIteration):  # a future cannot hold these
        return ModelError(reason_of(error))
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _with_seconds(output: ModelOutput, seconds: float) -> ModelOutput:
    return output if output.seconds is not None else dataclasses.replace(output, seconds=seconds)
