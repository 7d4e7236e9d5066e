"""Budgets in the engine: models that count for themselves, models that say afterwards, and what is not asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator, Schedule
from medgen_pytest.errors import ModelError
from medgen_pytest.models.meter import OwnMeter
from medgen_pytest.models.remote.reservation import set_aside
from medgen_pytest.store import RunDirectory
from tests.engine.parts import CountingModel, sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Request

SAMPLES = [sample(number=number) for number in range(1, 31)]
WINDOWS = pytest.mark.parametrize("window", [1, 4])


class Endpoint:
    """A model that sets each cost aside before it asks, like every adapter of an endpoint."""

    def __init__(self, meter: OwnMeter, *, expected: float = 0.1, cost: float = 0.1) -> None:
        self.meter = meter
        self.expected = expected
        self.cost = cost
        self.sent: list[str] = []

    @property
    def identity(self) -> Mapping[str, object]:
        return {"adapter": "endpoint"}

    async def answer(self, request: Request) -> ModelOutput:
        await set_aside(self.meter, self.expected)
        self.sent.append(request.sample_id)
        await asyncio.sleep(0.005)
        self.meter.settle(self.expected, self.cost)
        return ModelOutput(text="A. left", usage=Usage(cost=self.cost))


class Reporting(CountingModel):
    """A model that says with its answer what that cost."""

    def __init__(self, cost: float = 0.1) -> None:
        super().__init__(lambda _request: ModelOutput(text="A. left", usage=Usage(cost=cost)))


def session(
    tmp_path: Path, models: Mapping[str, Model], meter: OwnMeter, *, window: int = 1
) -> dict[str, list[SampleResult]]:
    """The results of every sample by each model."""
    store = RunDirectory(tmp_path / "run")
    store.create({}, resumes=True)
    known = {item.sample_id: item for item in SAMPLES}
    order = [ResultKey(name, item.sample_id) for name in models for item in SAMPLES]
    evaluator = Evaluator(
        models=models,
        metrics=[],
        store=store,
        policy=EvaluationPolicy(
            worker="main", timeout=10, on_size_mismatch="resize", max_consecutive_errors=3, meter=meter
        ),
        finished=store.load().results,
        schedule=Schedule(order=order, find=known.__getitem__, window=window, ahead=window > 1),
    )
    found: dict[str, list[SampleResult]] = {name: [] for name in models}
    try:
        for position, key in enumerate(order):
            made = evaluator.evaluate(known[key.sample_id], model=key.model, position=position)
            found[key.model].append(made.result)
    finally:
        evaluator.close()
    return found


def counts(results: Sequence[SampleResult]) -> tuple[int, int]:
    """How many were answered and how many the budget had no room for."""
    assert {result.status for result in results} <= {"answered", "error"}
    assert all((result.not_asked == "budget") == (result.status == "error") for result in results)
    return sum(result.status == "answered" for result in results), sum(result.status == "error" for result in results)


@WINDOWS
def test_an_endpoint_is_asked_for_as_much_as_the_budget_has_room_for(tmp_path: Path, window: int) -> None:
    meter = OwnMeter(1.0)
    model = Endpoint(meter)

    results = session(tmp_path, {"m": model}, meter, window=window)["m"]

    assert len(model.sent) == 10
    assert counts(results) == (10, 20)
    assert meter.spent == pytest.approx(1.0)
    assert str(results[-1].reason).startswith("not asked: the budget of 1 might be exceeded (1 are spent)")


def test_requests_that_turn_out_cheap_do_not_end_a_run_early(tmp_path: Path) -> None:
    meter = OwnMeter(1.0)
    model = Endpoint(meter, expected=0.5, cost=0.01)

    results = session(tmp_path, {"m": model}, meter, window=8)["m"]

    assert counts(results) == (30, 0)


@WINDOWS
def test_a_resume_with_a_larger_budget_asks_what_was_not_asked(tmp_path: Path, window: int) -> None:
    first = OwnMeter(1.0)
    session(tmp_path, {"m": Endpoint(first)}, first, window=window)
    meter = OwnMeter(2.5, spent=1.0)
    model = Endpoint(meter)

    results = session(tmp_path, {"m": model}, meter, window=window)["m"]

    assert len(model.sent) == 15
    assert counts(results) == (25, 5)


def test_a_model_that_says_afterwards_is_counted_once_and_stopped_when_there_is_no_room_for_another(
    tmp_path: Path,
) -> None:
    meter = OwnMeter(1.0)
    model = Reporting()

    results = session(tmp_path, {"m": model}, meter)["m"]

    assert len(model.asked) == 10
    assert counts(results) == (10, 20)
    assert meter.spent == pytest.approx(1.0)


def test_what_an_endpoint_has_counted_is_not_counted_again(tmp_path: Path) -> None:
    meter = OwnMeter()

    session(tmp_path, {"m": Endpoint(meter, cost=0.1)}, meter, window=4)

    assert meter.spent == pytest.approx(3.0)


def test_what_a_part_of_an_endpoints_answer_cost_beside_it_is_counted(tmp_path: Path) -> None:
    meter = OwnMeter()

    class Pipeline(Endpoint):
        async def answer(self, request: Request) -> ModelOutput:
            await super().answer(request)
            return ModelOutput(text="A. left", usage=Usage(cost=0.15))

    session(tmp_path, {"m": Pipeline(meter, cost=0.1)}, meter)

    assert meter.spent == pytest.approx(30 * 0.15)


def test_a_model_that_costs_nothing_goes_on_when_the_budget_is_used_up(tmp_path: Path) -> None:
    meter = OwnMeter(0.5)

    found = session(tmp_path, {"dear": Endpoint(meter), "free": CountingModel()}, meter)

    assert counts(found["dear"]) == (5, 25)
    assert counts(found["free"]) == (30, 0)


def test_what_an_answer_cost_that_failed_is_counted(tmp_path: Path) -> None:
    meter = OwnMeter(1.0)

    def reply(_request: Request) -> ModelOutput:
        raise ModelError("no image", partial=ModelOutput(usage=Usage(cost=0.25)))

    found = session(tmp_path, {"m": CountingModel(reply)}, meter)["m"]

    assert meter.spent == 0.75  # and then the circuit breaker stops it
    assert [result.not_asked for result in found] == [None] * 3 + ["errors"] * 27


def test_an_error_of_the_budget_is_known_behind_an_error_of_the_model(tmp_path: Path) -> None:
    meter = OwnMeter(1.0, spent=1.0)

    class Pipeline(Endpoint):
        async def answer(self, request: Request) -> ModelOutput:
            try:
                return await super().answer(request)
            except ModelError as error:
                raise ModelError("the stage text failed", partial=ModelOutput(text="kept")) from error

    results = session(tmp_path, {"m": Pipeline(meter)}, meter)["m"]

    assert counts(results) == (0, 30)
    assert results[0].output.text == "kept"
    assert str(results[0].reason).startswith("not asked: the budget")
