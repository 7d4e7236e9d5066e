"""The look-ahead: several requests on their way, each made once, and nothing that was paid for is lost."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.claims import OwnClaims
from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator, Schedule
from medgen_pytest.errors import OutputError, StoreError
from medgen_pytest.store import RunDirectory
from tests.concurrency import Crowd, until
from tests.engine.parts import CountingModel, LengthMetric, sample, unreadable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.sample import Request, Sample
    from medgen_pytest.engine.claims import Claims
    from medgen_pytest.engine.evaluator import Evaluation

COUNT = 12


async def soon(_request: Request) -> ModelOutput:
    await asyncio.sleep(0.02)
    return ModelOutput(text="A. left")


@dataclass
class AsyncModel:
    """An asynchronous model that remembers what it was asked and how many requests there were at once."""

    reply: Callable[[Request], Awaitable[ModelOutput]] = soon
    asked: list[str] = field(default_factory=list)
    flying: int = 0
    peak: int = 0
    cancelled: int = 0
    loops: set[int] = field(default_factory=set)

    @property
    def identity(self) -> Mapping[str, object]:
        return {"adapter": "async"}

    async def answer(self, request: Request) -> ModelOutput:
        self.asked.append(request.sample_id)
        self.loops.add(id(asyncio.get_running_loop()))
        self.flying += 1
        self.peak = max(self.peak, self.flying)
        try:
            return await self.reply(request)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.flying -= 1


@dataclass
class Bench:
    """A session over some samples, and what it leaves."""

    store: RunDirectory
    samples: Sequence[Sample]
    made: list[Evaluator] = field(default_factory=list)

    def evaluator(
        self,
        model: AsyncModel | CountingModel,
        *,
        window: int = 4,
        timeout: float = 20,
        order: Sequence[Sample] | None = None,
        claims: Claims | None = None,
    ) -> Evaluator:
        known = {item.sample_id: item for item in self.samples}
        evaluator = Evaluator(
            models={"m": model},
            metrics=[LengthMetric()],
            store=self.store,
            policy=EvaluationPolicy(worker="main", timeout=timeout, on_size_mismatch="resize"),
            finished=self.store.load().results,
            schedule=Schedule(
                order=[ResultKey("m", item.sample_id) for item in order or self.samples],
                find=known.__getitem__,
                window=window,
                ahead=window > 1,
                claims=claims or OwnClaims(),
            ),
        )
        self.made.append(evaluator)
        return evaluator

    def run(self, evaluator: Evaluator, tests: int | None = None) -> list[Evaluation]:
        return [
            evaluator.evaluate(item, model="m", position=position) for position, item in enumerate(self.samples[:tests])
        ]

    def recorded(self) -> list[str]:
        path = self.store.path / "results-main.jsonl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = RunDirectory(tmp_path / "run")
    store.create({})
    made = Bench(store, [sample(number=number) for number in range(1, COUNT + 1)])
    yield made
    for evaluator in made.made:
        evaluator.close()


def ids(samples: Sequence[Sample]) -> list[str]:
    return [item.sample_id for item in samples]


@pytest.mark.parametrize("window", [1, 2, 4, 50])
def test_every_sample_is_asked_once_in_order_and_no_more_at_once_than_the_window(bench: Bench, window: int) -> None:
    model = AsyncModel()

    found = bench.run(bench.evaluator(model, window=window))

    assert model.asked == ids(bench.samples)
    assert min(window, 2) <= model.peak <= window
    assert [one.result.sample_id for one in found] == ids(bench.samples)
    assert {one.result.status for one in found} == {"answered"}
    assert len(bench.recorded()) == COUNT
    assert len(model.loops) == 1


def test_results_are_the_same_with_and_without(bench: Bench, tmp_path: Path) -> None:
    async def various(request: Request) -> ModelOutput:
        await asyncio.sleep(0.01)
        match int(request.sample_id[-1]):
            case 1:
                raise ConnectionError("down")
            case 2:
                raise OutputError("refused")
            case 3:
                return ModelOutput(text="")
            case 4:
                return "no output"  # type: ignore[return-value]  # models that break the contract are the point
            case _:
                return ModelOutput(text=f"A. {request.sample_id}", raw="raw")

    other = RunDirectory(tmp_path / "other")
    other.create({})
    without = Bench(other, bench.samples)

    bench.run(bench.evaluator(AsyncModel(various), window=5))
    without.run(without.evaluator(AsyncModel(various), window=1))
    without.made[0].close()

    def records(store: RunDirectory) -> list[object]:
        found = store.load().results
        return [
            (key, one.status, one.reason, one.scores, one.output.text, one.output.raw, one.digests)
            for key, one in sorted(found.items())
        ]

    assert records(bench.store) == records(other)
    assert {one.status for one in other.load().results.values()} == {"answered", "invalid", "error"}


def test_nothing_is_asked_before_the_first_test_wants_something(bench: Bench) -> None:
    model = AsyncModel()

    bench.evaluator(model)
    time.sleep(0.1)

    assert model.asked == []


def test_answers_that_no_test_has_wanted_yet_hold_back_further_requests(bench: Bench) -> None:
    model = AsyncModel()
    evaluator = bench.evaluator(model, window=4)

    bench.run(evaluator, 1)
    until(lambda: len(bench.recorded()) == 9)
    time.sleep(0.2)

    assert model.asked == ids(bench.samples[:9])  # the one that its test has, and two windows full


def test_a_plain_model_is_asked_one_by_one_unless_it_says_that_it_takes_more(bench: Bench) -> None:
    crowd = Crowd(lambda: time.sleep(0.02))

    def reply(_request: Request) -> ModelOutput:
        crowd.pass_through()
        return ModelOutput(text="A. left")

    class Threaded(CountingModel):
        concurrency = 3

    bench.run(bench.evaluator(CountingModel(reply), window=8), 4)
    assert crowd.peak == 1

    model = Threaded(reply, revision="2")
    bench.run(bench.evaluator(model, window=8))
    assert 2 <= crowd.peak <= 3
    assert sorted(model.asked) == ids(bench.samples)


def test_a_sample_that_hangs_costs_itself_its_time_limit_and_the_others_nothing(bench: Bench) -> None:
    async def reply(request: Request) -> ModelOutput:
        await asyncio.sleep(60 if request.sample_id.endswith("3") else 0.01)
        return ModelOutput(text="A. left")

    started = time.monotonic()
    found = bench.run(bench.evaluator(AsyncModel(reply), window=4, timeout=1))

    assert [one.result.status == "error" for one in found] == [number == 3 for number in range(1, COUNT + 1)]
    assert str(found[2].result.reason).startswith("ModelError: no answer within 1 s")
    assert time.monotonic() - started < 10


def test_an_answer_that_blocks_the_loop_is_left_behind_with_it(bench: Bench) -> None:
    release = threading.Event()

    async def reply(request: Request) -> ModelOutput:
        if request.sample_id.endswith("000002"):
            release.wait(60)
        return ModelOutput(text="A. left")

    found = bench.run(bench.evaluator(AsyncModel(reply), window=2, timeout=1), 8)
    release.set()

    assert found[1].result.status == "error"
    assert [one.result.status for one in found[4:]] == ["answered"] * 4


def test_a_broken_image_of_the_dataset_is_an_error_and_nobody_is_asked(bench: Bench) -> None:
    bench.samples = [*bench.samples[:3], sample(number=90, source=unreadable()), *bench.samples[3:]]
    model = AsyncModel()

    found = bench.run(bench.evaluator(model))

    assert found[3].result.status == "error"
    assert bench.samples[3].sample_id not in model.asked
    assert len(model.asked) == COUNT


def test_two_tests_on_one_sample_ask_once(bench: Bench) -> None:
    model = AsyncModel()
    evaluator = bench.evaluator(model, order=[*bench.samples, *bench.samples])

    first = bench.run(evaluator)
    again = [evaluator.evaluate(item, model="m", position=COUNT + place) for place, item in enumerate(bench.samples)]

    assert len(model.asked) == len(bench.recorded()) == COUNT
    assert [one.result for one in again] == [one.result for one in first]


def test_what_is_on_its_way_is_cancelled_and_what_has_arrived_is_stored(bench: Bench) -> None:
    async def reply(request: Request) -> ModelOutput:
        await asyncio.sleep(0 if int(request.sample_id[-6:]) <= 3 else 60)
        return ModelOutput(text="A. left")

    model, claims = AsyncModel(reply), OwnClaims()
    evaluator = bench.evaluator(model, window=6, claims=claims)
    bench.run(evaluator, 1)
    until(lambda: len(bench.recorded()) == 3 and len(model.asked) == 9)

    evaluator.close()

    assert model.cancelled == 6
    assert {key.sample_id for key in bench.store.load().results} == set(ids(bench.samples[:3]))
    assert [claims.look(ResultKey("m", name)) is None for name in ids(bench.samples[:4])] == [False] * 3 + [True]


def test_a_later_session_asks_for_what_is_missing_alone(bench: Bench) -> None:
    first = bench.evaluator(AsyncModel(), window=3)
    bench.run(first, 4)
    first.close()
    stored = {key.sample_id for key in bench.store.load().results}
    model = AsyncModel()

    bench.run(bench.evaluator(model, window=3))

    assert len(stored) >= 4
    assert model.asked == [name for name in ids(bench.samples) if name not in stored]
    assert len(bench.recorded()) == COUNT


def test_finishing_waits_for_what_is_on_its_way_and_asks_for_nothing_more(bench: Bench) -> None:
    async def reply(_request: Request) -> ModelOutput:
        await asyncio.sleep(0.3)
        return ModelOutput(text="A. left")

    model = AsyncModel(reply)
    evaluator = bench.evaluator(model, window=3)
    bench.run(evaluator, 1)
    until(lambda: len(model.asked) == 6)

    evaluator.finish()

    assert (model.cancelled, len(model.asked), len(bench.recorded())) == (0, 6, 6)


def test_a_slow_answer_holds_up_the_others_only_when_four_windows_are_full(bench: Bench) -> None:
    async def reply(request: Request) -> ModelOutput:
        await asyncio.sleep(60 if request.sample_id == slow else 0.01)
        return ModelOutput(text="A. left")

    slow = bench.samples[0].sample_id
    model = AsyncModel(reply)
    evaluator = bench.evaluator(model, window=2)
    waiting = threading.Thread(target=bench.run, args=(evaluator, 1), daemon=True)
    waiting.start()
    until(lambda: len(bench.recorded()) == 7)
    time.sleep(0.2)

    assert model.asked == ids(bench.samples[:8])
    assert model.peak == 2
    evaluator.close()


def test_answers_beyond_a_window_are_read_back_when_their_tests_come(bench: Bench) -> None:
    async def reply(request: Request) -> ModelOutput:
        await asyncio.sleep(0.5 if request.sample_id == slow else 0)
        return ModelOutput(text=f"A. {request.sample_id}")

    slow = bench.samples[0].sample_id
    evaluator = bench.evaluator(AsyncModel(reply), window=2)

    found = bench.run(evaluator)

    assert [one.output.text for one in found] == [f"A. {name}" for name in ids(bench.samples)]
    assert len(bench.recorded()) == COUNT


def test_a_result_that_cannot_be_stored_is_told_by_its_test(bench: Bench) -> None:
    evaluator = bench.evaluator(AsyncModel())
    (bench.store.path / "results-main.jsonl").mkdir()

    with pytest.raises(StoreError, match="cannot be written"):
        bench.run(evaluator)


@pytest.mark.parametrize("first", [0, 5])
def test_the_sample_that_a_test_waits_for_is_asked_before_any_other(bench: Bench, first: int) -> None:
    class Slow(OwnClaims):
        def claim(self, keys: Sequence[ResultKey], *, most: int) -> tuple[list[ResultKey], int]:
            found = super().claim(keys, most=most)
            if threading.current_thread().name != "medgen-asking":
                time.sleep(0.05)  # as long as it takes to write into a table that others use
            return found

    model = AsyncModel()
    evaluator = bench.evaluator(model, window=2, claims=Slow())

    evaluator.evaluate(bench.samples[first], model="m", position=first)

    assert model.asked[0] == bench.samples[first].sample_id


def test_a_look_ahead_that_breaks_makes_errors_of_samples_with_the_reason(bench: Bench) -> None:
    class Broken(OwnClaims):
        def claim(self, keys: Sequence[ResultKey], *, most: int) -> tuple[list[ResultKey], int]:
            if threading.current_thread().name == "medgen-asking":
                raise RuntimeError("no more")
            return super().claim(keys, most=most)

    found = bench.run(bench.evaluator(AsyncModel(), claims=Broken()))

    assert {one.result.status for one in found} == {"error"}
    assert {one.result.reason for one in found[1:]} == {"the look-ahead failed: RuntimeError: no more"}


def test_closing_ends_every_thread(bench: Bench) -> None:
    before = set(threading.enumerate())
    evaluator = bench.evaluator(AsyncModel())
    bench.run(evaluator)
    assert set(threading.enumerate()) - before

    evaluator.close()

    assert not set(threading.enumerate()) - before
