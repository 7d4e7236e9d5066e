"""The jury: many outputs at once, an error for whatever a judge does, and nothing lost that was said."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.domain.sample import Target
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ModelError
from medgen_pytest.images import StoredImage
from medgen_pytest.models.deadline import time_stands_still
from medgen_pytest.models.meter import OwnMeter
from tests.concurrency import until
from tests.engine.judging import AsyncJudge, PlainJudge, answered, eight, jury_of
from tests.engine.parts import image, sample, unreadable
from tests.judge.asking import reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.domain.judgement import Judgement
    from medgen_pytest.domain.sample import Request, Sample
    from medgen_pytest.engine.jury import Jury
    from medgen_pytest.engine.recorder import Evaluation

SAMPLES = [sample(Task.QUESTION_ANSWERING, number=number) for number in range(1, 9)]
KEY = "the-key-of-this-test"


def ids(samples: Sequence[Sample]) -> list[str]:
    return [item.sample_id for item in samples]


def judged(jury: Jury, samples: Sequence[Sample] = SAMPLES[:1], *, window: int = 4) -> dict[str, tuple[Judgement, ...]]:
    """What a jury says of an output to each sample, in the order in which it comes; the jury is closed then."""
    due = [(item, answered(item)) for item in samples]
    try:
        return {one.result.sample_id: said for one, said in jury.judge_all(due, window=window)}
    finally:
        jury.close()


def only(jury: Jury) -> Judgement:
    """The one judgement of the first sample."""
    ((judgement,),) = judged(jury).values()
    return judgement


def numbered(request: Request) -> int:
    return int(request.sample_id[-6:])


def test_every_seat_has_a_judgement_in_order_with_what_it_is_of() -> None:
    first, second = AsyncJudge(), AsyncJudge(name="another")
    tiers = ("with_reference", "without_reference")
    jury = jury_of(first, second, tiers=tiers, repeats=2, swap=True)
    evaluation = answered(SAMPLES[0])

    ((found, said),) = jury.judge_all([(SAMPLES[0], evaluation)], window=1)
    jury.close()

    assert found is evaluation
    assert [one.slot for one in said] == jury.bench.seats
    assert len(said) == 2 * (2 * 2 + 2)
    assert {one.overall for one in said} == {8.0}
    assert [dict(one.digests) for one in said] == [
        jury.bench.digests(seat, evaluation.result) for seat in jury.bench.seats
    ]
    assert sorted(first.asked) == sorted(second.asked) == sorted([(SAMPLES[0].sample_id, n) for n in (0, 1)] * 3)


def test_only_what_an_output_lacks_is_asked_for() -> None:
    judge = AsyncJudge()
    jury = jury_of(judge, repeats=3)
    evaluation = answered(SAMPLES[0])
    ((_, said),) = jury.judge_all([(SAMPLES[0], evaluation)], window=1)
    half = answered(SAMPLES[0], judgements=said[1:2])

    ((_, again),) = jury.judge_all([(SAMPLES[0], half)], window=1)
    jury.close()

    assert [one.replicate for one in again] == [0, 2]
    assert jury.is_due(half)
    assert not jury.is_due(answered(SAMPLES[0], judgements=said))


@pytest.mark.parametrize("window", [1, 2, 5])
def test_no_more_outputs_than_the_window_are_judged_at_once(window: int) -> None:
    async def together(request: Request) -> ModelOutput:
        while judge.peak < 2 * window:
            await asyncio.sleep(0.001)
        return await eight(request)

    judge = AsyncJudge(together)

    found = judged(jury_of(judge, repeats=2), SAMPLES, window=window)

    assert set(found) == set(ids(SAMPLES))
    assert judge.peak_of_outputs == window
    assert judge.peak == 2 * window


def test_outputs_are_taken_up_as_there_is_room_and_not_before() -> None:
    judge = AsyncJudge()
    jury, taken = jury_of(judge), []

    def due() -> Iterator[tuple[Sample, Evaluation]]:
        for item in SAMPLES:
            taken.append(item.sample_id)
            yield item, answered(item)

    said = jury.judge_all(due(), window=3)
    next(said)

    assert len(taken) == 3
    jury.close()


def test_what_is_said_first_comes_first() -> None:
    async def answering(request: Request) -> ModelOutput:
        await asyncio.sleep(0.2 if numbered(request) == 1 else 0)
        return await eight(request)

    assert list(judged(jury_of(AsyncJudge(answering)), SAMPLES[:3]))[-1] == SAMPLES[0].sample_id


def test_a_judgement_that_hangs_is_an_error_when_its_time_is_over_and_costs_the_others_nothing() -> None:
    async def answering(request: Request) -> ModelOutput:
        await asyncio.sleep(60 if numbered(request) == 2 else 0)
        return await eight(request)

    started = time.monotonic()
    found = judged(jury_of(AsyncJudge(answering), timeout=1), SAMPLES[:4])

    (late,) = found.pop(SAMPLES[1].sample_id)
    assert late.is_error
    assert late.reason == "no judgement within 1 s (judge.timeout)"
    assert late.finished is not None
    assert all(not one.is_error for said in found.values() for one in said)
    assert time.monotonic() - started < 10


def test_a_plain_judge_that_hangs_is_left_behind_and_judges_the_next_output() -> None:
    release = threading.Event()

    def answering(request: Request) -> ModelOutput:
        if numbered(request) == 1:
            release.wait(60)
        return ModelOutput(text=reply(request))

    found = judged(jury_of(PlainJudge(answering), timeout=1), SAMPLES[:3])
    release.set()

    assert [said[0].is_error for _, said in sorted(found.items())] == [True, False, False]


def test_waiting_for_a_plain_judge_that_is_busy_costs_a_judgement_none_of_its_time() -> None:
    def answering(request: Request) -> ModelOutput:
        time.sleep(0.15)
        return ModelOutput(text=reply(request))

    found = judged(jury_of(PlainJudge(answering), timeout=1), SAMPLES, window=8)

    assert [one.reason for said in found.values() for one in said] == [None] * 8


def test_time_that_a_model_spends_on_limits_of_our_own_is_not_the_judges() -> None:
    async def answering(request: Request) -> ModelOutput:
        with time_stands_still():
            await asyncio.sleep(1)
        return await eight(request)

    assert only(jury_of(AsyncJudge(answering), timeout=0.8)).overall == 8


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("no weights"), "the judge could not answer: ValueError: no weights"),
        (ModelError("HTTP 503"), "the judge could not answer: HTTP 503"),
        (SystemExit(3), "the judge could not answer: SystemExit: 3"),
    ],
)
@pytest.mark.parametrize("plain", [True, False])
def test_whatever_a_judge_raises_is_an_error_of_its_judgement_alone(
    error: BaseException, reason: str, *, plain: bool
) -> None:
    def fail(request: Request) -> ModelOutput:
        if numbered(request) == 1:
            raise error
        return ModelOutput(text=reply(request))

    async def fail_later(request: Request) -> ModelOutput:
        return fail(request)

    found = judged(jury_of(PlainJudge(fail) if plain else AsyncJudge(fail_later)), SAMPLES[:3])

    assert {name: one.reason for name, (one,) in found.items()} == {
        SAMPLES[0].sample_id: reason,
        SAMPLES[1].sample_id: None,
        SAMPLES[2].sample_id: None,
    }


def test_one_judge_of_a_panel_that_is_down_leaves_the_others_their_say() -> None:
    async def down(_request: Request) -> ModelOutput:
        raise ConnectionError("down")

    (said,) = judged(jury_of(AsyncJudge(), AsyncJudge(down))).values()

    assert [(one.judge, one.overall) for one in said] == [("a", 8.0), ("b", None)]


@pytest.mark.parametrize("is_readable", [True, False])
def test_no_secret_stands_in_any_text_of_a_judgement(*, is_readable: bool) -> None:
    async def answering(request: Request) -> ModelOutput:
        text = reply(request, analysis=f"My key is {KEY}.", **{KEY: 1})
        return ModelOutput(text=text if is_readable else f"no JSON but {KEY}")

    judgement = only(jury_of(AsyncJudge(answering), secrets=(KEY,)))

    assert judgement.is_error is not is_readable
    assert KEY not in str(judgement)
    assert "***" in (judgement.raw or "")
    assert "***" in ((judgement.analysis if is_readable else judgement.reason) or "")


def test_a_judge_is_asked_no_more_after_so_many_errors_in_a_row_and_another_still_is() -> None:
    async def down(_request: Request) -> ModelOutput:
        raise ConnectionError("down")

    broken, sound = AsyncJudge(down), AsyncJudge()

    found = judged(jury_of(broken, sound, most_errors=3), SAMPLES, window=1)

    assert (len(broken.asked), len(sound.asked)) == (3, 8)
    last = found[SAMPLES[-1].sample_id][0]
    assert last.reason == (
        "not asked: the last 3 answers of the judge were errors,"
        " the latest: the judge could not answer: ConnectionError: down"
    )


def test_errors_that_are_not_in_a_row_stop_nobody() -> None:
    async def flaky(request: Request) -> ModelOutput:
        if numbered(request) % 2:
            raise ConnectionError("down")
        return await eight(request)

    judge = AsyncJudge(flaky)

    judged(jury_of(judge, most_errors=2), SAMPLES, window=1)

    assert len(judge.asked) == 8


def test_a_judge_is_asked_no_more_when_the_budget_has_no_room_for_it() -> None:
    async def dear(request: Request) -> ModelOutput:
        return ModelOutput(text=reply(request), usage=Usage(cost=0.5))

    judge, meter = AsyncJudge(dear), OwnMeter(1.2)

    found = judged(jury_of(judge, meter=meter), SAMPLES, window=1)

    assert len(judge.asked) == 2
    assert meter.spent == 1.0
    reasons = [said[0].reason or "" for said in found.values()]
    assert [bool(reason) for reason in reasons] == [False] * 2 + [True] * 6
    assert all(reason.startswith("not asked: the budget of 1.2 might be exceeded") for reason in reasons[2:])
    assert [said[0].usage for said in found.values()][2:] == [None] * 6


def test_what_is_wrong_with_the_dataset_is_an_error_that_no_judge_is_blamed_for() -> None:
    bare = replace(sample(Task.QUESTION_ANSWERING, number=21), target=Target())
    samples = [sample(Task.QUESTION_ANSWERING, number=20, source=unreadable()), bare, *SAMPLES[:2]]
    judge = AsyncJudge()

    found = judged(jury_of(judge, most_errors=1), samples, window=1)

    assert [said[0].reason for said in found.values()] == [
        "an image of the dataset cannot be used: gone.png: the image file does not exist",
        f"{bare.sample_id} has no reference to judge by",
        None,
        None,
    ]
    assert [name for name, _ in judge.asked] == ids(SAMPLES[:2])


def test_a_question_is_made_once_for_all_judges_and_repeats() -> None:
    read: list[str] = []

    def source() -> bytes:
        read.append("read")
        return image().read()

    counted = sample(Task.QUESTION_ANSWERING, number=30, source=StoredImage("counted.png", source))

    (said,) = judged(jury_of(AsyncJudge(), AsyncJudge(name="b"), repeats=3), [counted]).values()

    assert len(said) == 6
    assert len(read) == 1


def begun(jury: Jury, item: Sample = SAMPLES[0]) -> Any:
    return jury.start(item, answered(item))


def test_nothing_runs_before_something_is_judged_and_nothing_is_left_after_closing() -> None:
    before = set(threading.enumerate())
    awaited, plain = AsyncJudge(), PlainJudge()
    jury = jury_of(awaited, plain)
    assert set(threading.enumerate()) == before
    outcome = begun(jury)
    assert outcome.wait(20)
    assert set(threading.enumerate()) - before

    jury.close()

    until(lambda: not set(threading.enumerate()) - before)
    assert [one.overall for one in jury.judgements(outcome)] == [8.0, 8.0]
    assert awaited.events == ["aclose in medgen-loop", "close"]


def test_stopping_cancels_what_is_on_its_way_and_keeps_what_was_said_of_the_same_output() -> None:
    async def answering(request: Request) -> ModelOutput:
        await asyncio.sleep(60 if request.repeat == 1 else 0)
        return await eight(request)

    judge = AsyncJudge(answering)
    jury = jury_of(judge, repeats=3)
    outcome = begun(jury)
    until(lambda: len(judge.asked) == 3 and len(judge.flying) == 1)
    time.sleep(0.05)

    jury.stop()

    assert outcome.has_value
    assert [one.replicate for one in jury.judgements(outcome)] == [0, 2]
    assert judge.flying == []
    jury.close()


def test_an_output_of_which_nothing_was_said_when_the_jury_stops_has_no_judgements() -> None:
    async def never(_request: Request) -> ModelOutput:
        await asyncio.sleep(60)
        raise AssertionError

    judge = AsyncJudge(never)
    jury = jury_of(judge)
    outcome = begun(jury)
    until(lambda: judge.flying != [])

    jury.close()

    assert (outcome.has_value, outcome.failed) == (False, True)
    with pytest.raises(asyncio.CancelledError):
        jury.judgements(outcome)


def test_a_jury_that_was_stopped_can_go_on() -> None:
    jury = jury_of(AsyncJudge())
    first = begun(jury)
    assert first.wait(20)
    jury.stop()

    ((_, said),) = jury.judge_all([(SAMPLES[1], answered(SAMPLES[1]))], window=1)

    jury.close()
    assert [one.overall for one in said] == [8.0]


def test_an_interrupt_comes_only_after_all_that_was_said_by_then() -> None:
    async def answering(request: Request) -> ModelOutput:
        await asyncio.sleep(60 if numbered(request) in {2, 4} or request.repeat == numbered(request) - 3 else 0)
        return await eight(request)

    judge = AsyncJudge(answering)
    jury = jury_of(judge, repeats=2)

    def due() -> Iterator[tuple[Sample, Evaluation]]:
        for item in SAMPLES[:4]:
            yield item, answered(item)
        until(lambda: len(judge.asked) == 8 and len(judge.flying) == 5)
        time.sleep(0.05)
        raise KeyboardInterrupt

    found: dict[str, list[int]] = {}

    def collect() -> None:
        for evaluation, said in jury.judge_all(due(), window=8):
            found[evaluation.result.sample_id] = [one.replicate for one in said]

    with pytest.raises(KeyboardInterrupt):
        collect()
    jury.close()

    assert found == {SAMPLES[0].sample_id: [0, 1], SAMPLES[2].sample_id: [1]}


def test_closing_closes_every_judge_and_raises_what_one_raises() -> None:
    class Objecting(AsyncJudge):
        def close(self) -> None:
            super().close()
            raise RuntimeError("not now")

    judges = AsyncJudge(), Objecting(), AsyncJudge()
    jury = jury_of(*judges)

    with pytest.raises(RuntimeError, match="not now"):
        jury.close()

    assert [judge.events for judge in judges] == [["close"]] * 3


def test_a_judge_whose_connections_cannot_be_closed_holds_up_nothing() -> None:
    class Stubborn(AsyncJudge):
        async def aclose(self) -> None:
            raise ConnectionError("gone")

    judges = Stubborn(), AsyncJudge()
    jury = jury_of(*judges)
    assert begun(jury).wait(20)

    jury.close()

    assert judges[1].events == ["aclose in medgen-loop", "close"]
