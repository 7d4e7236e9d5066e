"""The circuit breaker: a model that answers nothing but errors is asked no more, and says so in every sample."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.answer import Answer
from medgen_pytest.engine.breaker import Breaker
from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator, Schedule
from medgen_pytest.errors import OutputError
from medgen_pytest.store import RunDirectory
from tests.engine.parts import CountingModel, LengthMetric, sample, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request, Sample
    from medgen_pytest.engine.evaluator import Evaluation

GOOD = Answer(output=ModelOutput(text="A"), status="answered")
INVALID = Answer(output=ModelOutput(), status="invalid", reason="empty")
ERROR = Answer(output=ModelOutput(), status="error", reason="down")
OVER_BUDGET = Answer(output=ModelOutput(), status="error", reason="not asked: over", not_asked="budget")


def stops(*answers: Answer, most: int = 3) -> bool:
    breaker = Breaker(most)
    for answer in answers:
        breaker.note("m", answer)
    return breaker.stop_of("m") is not None


def test_errors_in_a_row_stop_a_model_at_the_limit_and_no_sooner() -> None:
    assert not stops(ERROR, ERROR)
    assert stops(ERROR, ERROR, ERROR)
    assert stops(GOOD, ERROR, ERROR, ERROR, GOOD)


@pytest.mark.parametrize("answer", [GOOD, INVALID], ids=lambda answer: answer.status)
def test_an_answer_of_the_model_begins_the_row_anew(answer: Answer) -> None:
    assert not stops(ERROR, ERROR, answer, ERROR, ERROR)


def test_zero_never_stops() -> None:
    assert not stops(*[ERROR] * 100, most=0)


def test_models_are_counted_apart() -> None:
    breaker = Breaker(2)
    for model in ("a", "b", "a"):
        breaker.note(model, ERROR)

    assert breaker.stop_of("b") is None
    assert breaker.stop_of("a") == (
        "errors",
        "not asked: the last 2 answers of the model were errors, the latest: down",
    )


def test_what_the_budget_has_no_room_for_is_no_error_of_the_model_and_stops_it_at_once() -> None:
    breaker = Breaker(0)

    breaker.note("m", OVER_BUDGET)

    assert breaker.stop_of("m") == ("budget", "not asked: over")


class AsyncModel(CountingModel):
    """One that is awaited."""

    async def answer(self, request: Request) -> ModelOutput:  # type: ignore[override]  # awaited, as the contract allows
        await asyncio.sleep(0.005)
        return super().answer(request)


def session(
    store: RunDirectory, model: Model, samples: Sequence[Sample], *, most: int, window: int = 1
) -> list[Evaluation]:
    known = {item.sample_id: item for item in samples}
    evaluator = Evaluator(
        models={"m": model},
        metrics=[LengthMetric()],
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=10, on_size_mismatch="resize", max_consecutive_errors=most),
        finished=store.load().results,
        schedule=Schedule(
            order=[ResultKey("m", item.sample_id) for item in samples],
            find=known.__getitem__,
            window=window,
            ahead=window > 1,
        ),
    )
    try:
        return [evaluator.evaluate(item, model="m", position=position) for position, item in enumerate(samples)]
    finally:
        evaluator.close()


@pytest.fixture
def store(tmp_path: Path) -> RunDirectory:
    made = RunDirectory(tmp_path / "run")
    made.create({})
    return made


def down(_request: Request) -> ModelOutput:
    raise ConnectionError("down")


SAMPLES = [sample(number=number) for number in range(1, 31)]
KINDS = pytest.mark.parametrize(("kind", "window"), [(CountingModel, 1), (AsyncModel, 1), (AsyncModel, 4)])


@KINDS
def test_a_model_that_is_down_is_asked_as_often_as_the_limit_says_and_no_more(
    store: RunDirectory, kind: type[CountingModel], window: int
) -> None:
    model = kind(down)

    found = session(store, model, SAMPLES, most=5, window=window)

    assert 5 <= len(model.asked) <= 5 + 2 * window  # what was on its way when it stopped
    assert [one.result.status for one in found] == ["error"] * 30
    held_back = [one.result for one in found if one.result.not_asked == "errors"]
    assert len(held_back) == 30 - len(model.asked)
    assert {one.reason for one in held_back} == {
        "not asked: the last 5 answers of the model were errors, the latest: ConnectionError: down"
    }
    assert store.load().results == {one.result.key: one.result for one in found}


@KINDS
def test_a_resume_asks_what_was_not_asked(store: RunDirectory, kind: type[CountingModel], window: int) -> None:
    session(store, kind(down), SAMPLES, most=5, window=window)
    model = kind()

    found = session(store, model, SAMPLES, most=5, window=window)

    assert len(model.asked) == 30
    assert {one.result.status for one in found} == {"answered"}


@KINDS
@pytest.mark.parametrize("way", ["an answer", "an invalid answer"])
def test_a_model_that_recovers_in_time_is_not_stopped(
    store: RunDirectory, kind: type[CountingModel], window: int, way: str
) -> None:
    def reply(request: Request) -> ModelOutput:
        if int(request.sample_id[-6:]) % 5:
            raise ConnectionError("down")
        if way == "an invalid answer":
            raise OutputError("refused")
        return ModelOutput(text="A. left")

    model = kind(reply)

    session(store, model, SAMPLES, most=12, window=window)

    assert len(model.asked) == 30


def test_broken_images_of_the_dataset_are_no_errors_of_the_model(store: RunDirectory) -> None:
    broken = [sample(number=number, source=unreadable()) for number in range(31, 36)]
    model = CountingModel()

    session(store, model, [*broken, *SAMPLES], most=3)

    assert len(model.asked) == 30


def test_models_that_cost_nothing_are_never_stopped(store: RunDirectory) -> None:
    class Recorded(CountingModel):
        immediate = True

    model = Recorded(down)

    session(store, model, SAMPLES, most=3)

    assert len(model.asked) == 30


def test_a_time_limit_that_is_over_counts_as_an_error(store: RunDirectory) -> None:
    class Slow:
        asked = 0

        @property
        def identity(self) -> Mapping[str, object]:
            return {"adapter": "slow"}

        async def answer(self, _request: Request) -> ModelOutput:
            self.asked += 1
            await asyncio.sleep(60)
            return ModelOutput(text="A. left")

    model = Slow()
    evaluator = Evaluator(
        models={"m": model},
        metrics=[],
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=0.05, on_size_mismatch="resize", max_consecutive_errors=2),
    )
    for item in SAMPLES[:6]:
        evaluator.evaluate(item, model="m")
    evaluator.close()

    assert model.asked == 2
