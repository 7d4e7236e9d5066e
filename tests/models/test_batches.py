"""Requests that wait are answered in batches, and what becomes of one sample is never another's."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError, ModelError, OutputError
from medgen_pytest.models.batching import Batcher, is_out_of_memory
from medgen_pytest.models.contract import concurrency_of, is_asynchronous, is_immediate, problems_of
from medgen_pytest.models.python import build
from tests.models.samples import context_of, every_task, make_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.python import PythonModel

    Project = Callable[[str, str], Path]


def question(ordinal: int) -> Request:
    return make_sample(Task.QUESTION_ANSWERING, ordinal).request()


def number_of(request: Request) -> int:
    return int(request.sample_id.rpartition(":")[2])


@dataclass
class Recorded:
    """Answers with the number of the sample, and remembers the batches; `most` fit into its memory."""

    most: int = 100
    bad: frozenset[int] = frozenset()
    seconds: float = 0.0
    batches: list[list[int]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def answer_batch(self, requests: Sequence[Request]) -> list[ModelOutput | Exception]:
        numbers = [number_of(request) for request in requests]
        self.batches.append(numbers)
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds)
        if len(numbers) > self.most:
            raise MemoryError
        if self.bad.intersection(numbers):
            raise ValueError("a bad sample")
        return [ModelOutput(text=str(number)) for number in numbers]


async def gathered(batcher: Batcher, numbers: Sequence[int]) -> list[ModelOutput | BaseException]:
    return await asyncio.gather(*(batcher.answer(question(number)) for number in numbers), return_exceptions=True)


def answered(batcher: Batcher, numbers: Sequence[int]) -> list[str | None]:
    """What each of the requests, all asked at once, came to: a text, or the name of an error."""
    try:
        found = asyncio.run(gathered(batcher, numbers))
    finally:
        batcher.close()
    return [one.text if isinstance(one, ModelOutput) else type(one).__name__ for one in found]


def test_requests_that_wait_together_are_one_batch_in_their_order() -> None:
    model = Recorded()

    texts = answered(Batcher(model, size=4), range(1, 5))

    assert texts == ["1", "2", "3", "4"]
    assert model.batches == [[1, 2, 3, 4]]


def test_no_batch_is_larger_than_its_size_and_all_are_answered_by_one_thread() -> None:
    model = Recorded()

    texts = answered(Batcher(model, size=4), range(1, 11))

    assert texts == [str(number) for number in range(1, 11)]
    assert model.batches == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert len(model.threads) == 1
    assert threading.get_ident() not in model.threads


def test_a_request_alone_is_not_held_back() -> None:
    started = time.perf_counter()

    texts = answered(Batcher(Recorded(), size=64), [7])

    assert texts == ["7"]
    assert time.perf_counter() - started < 2


def test_a_batch_that_runs_out_of_memory_is_halved_and_later_ones_stay_small() -> None:
    model = Recorded(most=2)

    texts = answered(Batcher(model, size=8), range(1, 13))

    assert texts == [str(number) for number in range(1, 13)]
    assert [len(batch) for batch in model.batches] == [8, 4, 2, 2, 2, 2, 2, 2]


def test_a_sample_that_does_not_fit_alone_is_an_error() -> None:
    assert answered(Batcher(Recorded(most=0), size=2), [1, 2]) == ["MemoryError", "MemoryError"]


def test_a_bad_sample_of_a_batch_fails_alone() -> None:
    model = Recorded(bad=frozenset({2}))

    texts = answered(Batcher(model, size=3), [1, 2, 3])

    assert texts == ["1", "ValueError", "3"]
    assert model.batches == [[1, 2, 3], [1], [2], [3]]


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 12), size=st.integers(1, 5), most=st.integers(1, 6), bad=st.frozensets(st.integers(1, 12)))
def test_whatever_fails_every_request_gets_its_own_answer(
    count: int, size: int, most: int, bad: frozenset[int]
) -> None:
    batcher = Batcher(Recorded(most=most, bad=bad), size=size, linger=0.001)

    texts = answered(batcher, range(1, count + 1))

    assert texts == ["ValueError" if number in bad else str(number) for number in range(1, count + 1)]


def test_the_time_of_a_batch_is_shared_by_its_samples() -> None:
    batcher = Batcher(Recorded(seconds=0.2), size=4)

    found = asyncio.run(gathered(batcher, range(1, 5)))
    batcher.close()

    assert all(
        isinstance(output, ModelOutput) and output.seconds is not None and 0.04 < output.seconds < 0.2
        for output in found
    )


def test_a_request_that_is_given_up_is_not_answered() -> None:
    model = Recorded(seconds=0.2)
    batcher = Batcher(model, size=1)

    async def give_up_the_second() -> None:
        first = asyncio.ensure_future(batcher.answer(question(1)))
        second = asyncio.ensure_future(batcher.answer(question(2)))
        await asyncio.sleep(0.1)
        second.cancel()
        assert (await first).text == "1"
        assert (await batcher.answer(question(3))).text == "3"

    asyncio.run(give_up_the_second())
    batcher.close()

    assert model.batches == [[1], [3]]


def test_closing_gives_up_what_waits_and_refuses_more() -> None:
    batcher = Batcher(Recorded(seconds=0.2), size=1)

    async def close_early() -> list[ModelOutput | BaseException]:
        waiting = asyncio.ensure_future(gathered(batcher, [1, 2]))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(batcher.close)
        return await waiting

    first, second = asyncio.run(close_early())

    assert isinstance(first, ModelOutput)
    assert isinstance(second, asyncio.CancelledError)
    with pytest.raises(ModelError, match="closed"):
        asyncio.run(batcher.answer(question(3)))


@pytest.mark.parametrize("error", [SystemExit(3), StopIteration(), KeyboardInterrupt()], ids=repr)
def test_an_error_that_would_end_threads_or_loops_ends_its_sample(error: BaseException) -> None:
    class Ending:
        def answer_batch(self, requests: Sequence[Request]) -> list[ModelOutput | Exception]:
            if number_of(requests[0]) == 1:
                raise error
            return [ModelOutput(text="fine")]

    assert answered(Batcher(Ending(), size=1), [1, 2]) == ["ModelError", "fine"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
    ids=str,
)
def test_an_error_of_memory_is_told_from_others(error: Exception, expected: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_out_of_memory(error) is expected


SOURCE = """
from medgen_pytest import OutputError

class Batch:
    batch_size = 3

    def __init__(self):
        self.sizes = []

    def answer(self, request):
        raise AssertionError("asked one by one")

    def answer_batch(self, requests):
        self.sizes.append(len(requests))
        return [(request.sample_id, request.inputs[0].array()) for request in requests]

class Plain:
    def answer_batch(self, requests):
        return ["A" for request in requests]

class Short:
    batch_size = 2
    def answer_batch(self, requests):
        return ["A"] * (len(requests) - 1)

class Mixed:
    batch_size = 4
    def answer_batch(self, requests):
        return ["A", None, OutputError("refused"), RuntimeError("broken")][:len(requests)]

class Many(Plain):
    batch_size, concurrency = 2, 32

class Wrong(Plain):
    batch_size = 0

class Text(Plain):
    def answer_batch(self, requests):
        return "A"

class Later:
    async def answer_batch(self, requests):
        return []
"""


@pytest.fixture
def target(project: Project) -> Iterator[Callable[[str], PythonModel]]:
    root = project("m_batches", SOURCE)
    models = []

    def make(name: str) -> PythonModel:
        model = build("mine", {"target": f"m_batches:{name}"}, context_of(every_task(), root=root))
        models.append(model)
        return model

    yield make
    for model in models:
        model.close()


def outcomes(model: PythonModel, count: int) -> list[ModelOutput | BaseException]:
    async def ask_all() -> list[ModelOutput | BaseException]:
        values = [model.answer(question(number)) for number in range(1, count + 1)]
        awaitables = [value for value in values if not isinstance(value, ModelOutput)]
        return await asyncio.gather(*awaitables, return_exceptions=True)

    return asyncio.run(ask_all())


def test_an_object_with_a_batch_method_is_asked_in_batches(target: Callable[[str], PythonModel]) -> None:
    found = outcomes(target("Batch"), 5)

    assert [output.text for output in found if isinstance(output, ModelOutput)] == [
        question(number).sample_id for number in range(1, 6)
    ]
    assert all(isinstance(output, ModelOutput) and output.image is not None for output in found)


@pytest.mark.parametrize(("name", "concurrency"), [("Batch", 6), ("Plain", 16), ("Many", 32)])
def test_it_takes_two_batches_at_once_unless_it_says_otherwise(
    target: Callable[[str], PythonModel], name: str, concurrency: int
) -> None:
    model = target(name)

    assert is_asynchronous(model)
    assert not is_immediate(model)
    assert concurrency_of(model) == concurrency
    assert problems_of(model) == []


def test_too_few_answers_are_an_error_of_every_sample_and_not_asked_again(target: Callable[[str], PythonModel]) -> None:
    found = outcomes(target("Short"), 2)

    assert [type(one) for one in found] == [ModelError, ModelError]
    assert str(found[0]) == "the model gave 1 answers to a batch of 2"


def test_what_is_no_list_is_an_error(target: Callable[[str], PythonModel]) -> None:
    (found,) = outcomes(target("Text"), 1)

    assert str(found) == "'answer_batch' returned a str, not a list of answers"


def test_each_answer_of_a_batch_is_judged_by_itself(target: Callable[[str], PythonModel]) -> None:
    good, nothing, refused, broken = outcomes(target("Mixed"), 4)

    assert isinstance(good, ModelOutput)
    assert good.text == "A"
    assert isinstance(nothing, OutputError)
    assert str(nothing) == "the model returned nothing"
    assert isinstance(refused, OutputError)
    assert isinstance(broken, RuntimeError)


def test_a_size_that_is_no_number_is_a_problem_before_the_run(target: Callable[[str], PythonModel]) -> None:
    assert problems_of(target("Wrong")) == ["its batch_size is 0; it must be a whole number from 1"]


def test_an_asynchronous_batch_method_is_refused(target: Callable[[str], PythonModel]) -> None:
    with pytest.raises(ConfigError, match="'answer_batch' is 'async def'; it must be a plain method"):
        target("Later")
