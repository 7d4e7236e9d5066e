"""Judging ahead: outputs are judged before their tests come, each once, and no answer is lost to a judge's errors."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator, Schedule
from medgen_pytest.store import RunDirectory
from tests.concurrency import until
from tests.engine.judging import AsyncJudge, PlainJudge, bench_of, eight
from tests.engine.parts import CountingModel, LengthMetric, sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.engine.evaluator import Evaluation

COUNT = 10
SAMPLES = [sample(Task.QUESTION_ANSWERING, number=number) for number in range(1, COUNT + 1)]
IDS = [item.sample_id for item in SAMPLES]


class AsyncModel(CountingModel):
    """A model that is awaited."""

    async def answer(self, request: Request) -> ModelOutput:  # type: ignore[override]  # awaited, as the contract allows
        await asyncio.sleep(0.005)
        return super().answer(request)


class ImmediateModel(CountingModel):
    """A model that takes no time worth limiting, like the oracle."""

    immediate = True


MODELS = pytest.mark.parametrize("kind", [AsyncModel, ImmediateModel, CountingModel])


@dataclass
class Session:
    """Sessions over the samples that go on with one run directory."""

    store: RunDirectory
    made: list[Evaluator] = field(default_factory=list)

    def evaluator(self, model: Model, judge: Model | None, *, window: int = 3, ahead: bool = True) -> Evaluator:
        known = {item.sample_id: item for item in SAMPLES}
        bench = bench_of(judge, tiers=("with_reference",), repeats=2) if judge is not None else None
        policy = EvaluationPolicy(worker="main", timeout=20, on_size_mismatch="resize", bench=bench)
        schedule = Schedule(
            order=[ResultKey("m", name) for name in IDS], find=known.__getitem__, window=window, ahead=ahead
        )
        evaluator = Evaluator(
            models={"m": model},
            metrics=[LengthMetric()],
            store=self.store,
            policy=policy,
            finished=self.store.load().results,
            schedule=schedule,
        )
        self.made.append(evaluator)
        return evaluator

    def run(self, evaluator: Evaluator, tests: int = COUNT) -> list[Evaluation]:
        return [evaluator.evaluate(SAMPLES[position], model="m", position=position) for position in range(tests)]

    def whole(self, model: Model, judge: Model | None, *, window: int = 3, ahead: bool = True) -> list[Evaluation]:
        """The evaluations of a session from its first test to its last."""
        evaluator = self.evaluator(model, judge, window=window, ahead=ahead)
        try:
            return self.run(evaluator)
        finally:
            evaluator.close()

    def scores(self) -> dict[str, float | None]:
        """What is stored as the judge's score of each sample; a sample that was never judged is not in it."""
        return {
            key.sample_id: result.scores[name].value
            for key, result in self.store.load().results.items()
            for name in JUDGED & set(result.scores)
        }


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    store = RunDirectory(tmp_path / "run")
    store.create({})
    made = Session(store)
    yield made
    for evaluator in made.made:
        evaluator.close()


def values(evaluations: Sequence[Evaluation]) -> list[float | None]:
    return [one.result.scores["judge_with_reference"].value for one in evaluations]


def told(evaluations: Sequence[Evaluation]) -> list[object]:
    """What evaluations say, without when and how long."""
    return [
        (
            one.result.key,
            one.result.status,
            one.result.scores,
            [(said.slot, said.overall, said.reason, said.raw, said.digests) for said in one.result.judgements],
        )
        for one in evaluations
    ]


@MODELS
@pytest.mark.parametrize("judge", [AsyncJudge, PlainJudge])
@pytest.mark.parametrize("ahead", [True, False])
def test_every_output_is_asked_and_judged_once_and_stored_as_it_is_handed_out(
    session: Session, kind: type[CountingModel], judge: type[AsyncJudge | PlainJudge], *, ahead: bool
) -> None:
    model, made = kind(), judge()

    found = session.whole(model, made, ahead=ahead)

    assert sorted(model.asked) == IDS
    assert sorted(made.asked) == [(name, repeat) for name in IDS for repeat in (0, 1)]
    assert values(found) == [8.0] * COUNT
    assert session.store.load().results == {one.result.key: one.result for one in found}


@MODELS
def test_judging_ahead_changes_nothing_of_what_is_said(
    session: Session, tmp_path: Path, kind: type[CountingModel]
) -> None:
    async def various(request: Request) -> ModelOutput:
        number = int(request.sample_id[-2:])
        if number % 4 == 1:
            raise ConnectionError("down")
        return ModelOutput(text="no JSON") if number % 4 == 2 and request.repeat else await eight(request)

    def reply(request: Request) -> ModelOutput:
        return ModelOutput(text="" if request.sample_id.endswith("3") else f"A. {request.sample_id}")

    other = RunDirectory(tmp_path / "other")
    other.create({})

    ahead = session.whole(kind(reply), AsyncJudge(various), ahead=True)
    behind = Session(other).whole(kind(reply), AsyncJudge(various), ahead=False)

    assert told(ahead) == told(behind)
    assert {one.result.status for one in ahead} == {"answered", "invalid"}


@MODELS
def test_outputs_are_judged_before_their_tests_come_but_not_all_of_them(
    session: Session, kind: type[CountingModel]
) -> None:
    judge = AsyncJudge()
    evaluator = session.evaluator(kind(), judge)

    session.run(evaluator, 1)
    until(lambda: len(session.scores()) == 7)
    time.sleep(0.1)

    assert sorted({name for name, _ in judge.asked}) == IDS[:7]  # the running test's, and two windows full


def test_a_slow_judge_holds_back_further_questions_to_the_model(session: Session) -> None:
    async def never(request: Request) -> ModelOutput:
        await asyncio.sleep(0 if request.sample_id == IDS[0] else 60)
        return await eight(request)

    model = AsyncModel()
    evaluator = session.evaluator(model, AsyncJudge(never))

    session.run(evaluator, 1)
    until(lambda: len(session.store.load().results) == 7)
    time.sleep(0.1)

    assert sorted(model.asked) == IDS[:7]


def test_an_output_that_is_not_usable_is_not_judged(session: Session) -> None:
    judge = AsyncJudge()

    found = session.whole(AsyncModel(lambda _request: ModelOutput(text=" ")), judge)

    assert judge.asked == []
    assert {one.result.status for one in found} == {"invalid"}


def test_what_the_judge_cannot_judge_is_an_error_of_the_score_alone_and_not_tried_again(session: Session) -> None:
    async def down(_request: Request) -> ModelOutput:
        raise ConnectionError("down")

    model, judge = AsyncModel(), AsyncJudge(down)
    evaluator = session.evaluator(model, judge)

    found = session.run(evaluator)
    again = session.run(evaluator)

    assert values(found) == values(again) == [None] * COUNT
    assert {one.result.status for one in found} == {"answered"}
    assert {one.result.scores["length"].value for one in found} == {7.0}
    assert len(model.asked) == COUNT
    assert len(judge.asked) == 2 * COUNT


@MODELS
def test_a_later_session_asks_the_judge_for_what_it_could_not_judge_and_no_model(
    session: Session, kind: type[CountingModel]
) -> None:
    async def flaky(request: Request) -> ModelOutput:
        if request.sample_id in IDS[2:4] and request.repeat == 1:
            raise ConnectionError("down")
        return await eight(request)

    session.whole(kind(), AsyncJudge(flaky))
    model, judge = kind(), AsyncJudge()

    found = session.whole(model, judge)

    assert model.asked == []
    assert sorted(judge.asked) == [(name, 1) for name in IDS[2:4]]
    assert values(found) == [8.0] * COUNT


@MODELS
def test_answers_of_a_session_without_a_judge_are_judged_by_the_next_that_has_one(
    session: Session, kind: type[CountingModel]
) -> None:
    before = session.whole(kind(), None)
    model, judge = kind(), AsyncJudge()

    found = session.whole(model, judge)

    assert model.asked == []
    assert len(judge.asked) == 2 * COUNT
    assert [one.result.output for one in found] == [one.result.output for one in before]
    assert values(found) == [8.0] * COUNT


def test_another_judge_judges_everything_anew_and_asks_no_model(session: Session) -> None:
    session.whole(AsyncModel(), AsyncJudge(name="first"))
    model, judge = AsyncModel(), AsyncJudge(name="second")

    session.whole(model, judge)

    assert model.asked == []
    assert len(judge.asked) == 2 * COUNT
    stored = session.store.load()
    assert {one.judge for result in stored.rejudged for one in result.judgements} == {"a"}
    assert (len(stored.rejudged), len(stored.answers)) == (COUNT, COUNT)


def test_what_was_judged_when_the_run_stops_is_stored_and_the_rest_is_judged_by_a_resume(session: Session) -> None:
    async def answering(request: Request) -> ModelOutput:
        await asyncio.sleep(60 if request.sample_id in IDS[2:] and request.repeat == 1 else 0)
        return await eight(request)

    model, judge = AsyncModel(), AsyncJudge(answering)
    evaluator = session.evaluator(model, judge)
    session.run(evaluator, 1)
    until(lambda: len(judge.asked) == 14 and len(judge.flying) == 5)
    time.sleep(0.05)

    evaluator.close()

    assert session.scores() == {**dict.fromkeys(IDS[:2], 8.0), **dict.fromkeys(IDS[2:7], None)}
    second, resumed = AsyncModel(), AsyncJudge()
    session.whole(second, resumed)
    assert second.asked == IDS[7:]
    assert sorted(resumed.asked) == [(name, repeat) for name in IDS[2:] for repeat in (0, 1) if name > IDS[6] or repeat]


def test_finishing_waits_for_what_is_being_judged_because_other_workers_may_want_it(session: Session) -> None:
    async def slow(request: Request) -> ModelOutput:
        await asyncio.sleep(0.2)
        return await eight(request)

    model, judge = AsyncModel(), AsyncJudge(slow)
    evaluator = session.evaluator(model, judge)
    session.run(evaluator, 1)
    until(lambda: len(session.store.load().results) == 7)

    evaluator.finish()

    assert session.scores() == dict.fromkeys(IDS[:7], 8.0)
    assert judge.flying == []


def test_closing_ends_every_thread_of_models_and_judges(session: Session) -> None:
    before = set(threading.enumerate())
    evaluator = session.evaluator(CountingModel(), PlainJudge())
    session.run(evaluator, 3)
    assert set(threading.enumerate()) - before

    evaluator.close()

    until(lambda: not set(threading.enumerate()) - before)
