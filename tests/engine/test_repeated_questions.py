"""Repeats of a sample: each a question of its own, asked once, with and without look-ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.evaluator import Evaluation, EvaluationPolicy, Evaluator, Schedule
from medgen_pytest.store import RunDirectory
from tests.engine.parts import LengthMetric, sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.domain.sample import Request

SAMPLES = [sample(number=number) for number in (1, 2, 3)]
KNOWN = {item.sample_id: item for item in SAMPLES}


class Sampling:
    """A model that answers with the repeat it is asked for, and can be told to fail at some."""

    def __init__(self, *, fails_at: int | None = None) -> None:
        self.asked: list[tuple[str, int]] = []
        self.fails_at = fails_at

    @property
    def identity(self) -> Mapping[str, object]:
        return {"adapter": "sampling"}

    def answer(self, request: Request) -> ModelOutput:
        self.asked.append((request.sample_id, request.repeat))
        if request.repeat == self.fails_at:
            raise ConnectionError("down")
        return ModelOutput(text="A" * (request.repeat + 1))


class SamplingAhead(Sampling):
    """The same, asked ahead."""

    concurrency = 4


def keys(repeats: int) -> list[ResultKey]:
    return [ResultKey("m", item.sample_id, repeat) for item in SAMPLES for repeat in range(repeats)]


def session(store: RunDirectory, model: Sampling, *, repeats: int) -> list[Evaluation]:
    order = keys(repeats)
    evaluator = Evaluator(
        models={"m": model},
        metrics=[LengthMetric()],
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=20, on_size_mismatch="resize"),
        finished=store.load().results,
        schedule=Schedule(order=order, find=KNOWN.__getitem__, window=4),
    )
    try:
        return [
            evaluator.evaluate(KNOWN[key.sample_id], model="m", position=position, repeat=key.repeat)
            for position, key in enumerate(order)
        ]
    finally:
        evaluator.close()


@pytest.fixture
def store(tmp_path: Path) -> RunDirectory:
    store = RunDirectory(tmp_path / "run")
    store.create({})
    return store


KINDS = pytest.mark.parametrize("kind", [Sampling, SamplingAhead])


@KINDS
def test_each_repeat_is_asked_once_and_gets_its_own_answer(store: RunDirectory, kind: type[Sampling]) -> None:
    model = kind()

    made = session(store, model, repeats=3)

    assert sorted(model.asked) == sorted((key.sample_id, key.repeat) for key in keys(3))
    assert [one.result.key for one in made] == keys(3)
    assert [one.output.text for one in made] == ["A", "AA", "AAA"] * len(SAMPLES)
    assert sorted(store.load().results) == keys(3)


@KINDS
def test_more_repeats_ask_only_the_new_ones(store: RunDirectory, kind: type[Sampling]) -> None:
    session(store, kind(), repeats=1)
    model = kind()

    made = session(store, model, repeats=3)

    assert sorted(model.asked) == sorted((item.sample_id, repeat) for item in SAMPLES for repeat in (1, 2))
    assert all(one.reused for one in made if one.result.repeat == 0)


@KINDS
def test_a_repeat_that_was_an_error_is_asked_again_alone(store: RunDirectory, kind: type[Sampling]) -> None:
    session(store, kind(fails_at=1), repeats=2)
    model = kind()

    made = session(store, model, repeats=2)

    assert sorted(model.asked) == [(item.sample_id, 1) for item in SAMPLES]
    assert {one.result.status for one in made} == {"answered"}


def test_an_unscheduled_repeat_is_asked_once_too(store: RunDirectory) -> None:
    model = Sampling()
    evaluator = Evaluator(
        models={"m": model},
        metrics=[],
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=20, on_size_mismatch="resize"),
    )

    made = evaluator.evaluate_all([(SAMPLES[0], 0), (SAMPLES[0], 1)], model="m")
    again = evaluator.evaluate(SAMPLES[0], model="m", repeat=1)
    evaluator.close()

    assert [one.output.text for one in (*made, again)] == ["A", "AA", "AA"]
    assert model.asked == [(SAMPLES[0].sample_id, 0), (SAMPLES[0].sample_id, 1)]
