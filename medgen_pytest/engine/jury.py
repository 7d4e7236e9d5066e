"""The jury: outputs in, judgements out; many at once, in an event loop of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.engine.answer import Answer, broken_dataset, describe, shorten
from medgen_pytest.engine.breaker import Breaker
from medgen_pytest.engine.loop import LoopThread
from medgen_pytest.engine.payment import Payments
from medgen_pytest.engine.threads import Outcome
from medgen_pytest.errors import ImageError, NoReferenceError
from medgen_pytest.judge.questioning import make_question
from medgen_pytest.models.contract import keep_log
from medgen_pytest.models.deadline import Deadline, current_deadline
from medgen_pytest.models.meter import BudgetError, current_bill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from medgen_pytest.config.secrets import Secrets
    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.result import Status
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.recorder import Evaluation
    from medgen_pytest.judge.bench import Bench, Seat
    from medgen_pytest.judge.questioning import JudgeQuestion
    from medgen_pytest.models.meter import Meter
    from medgen_pytest.store import RunDirectory


_LOOK_AGAIN = 1.0
"""Seconds after which who waits for judgements looks again."""


class Jury:
    """Puts outputs to the judges of a bench.

    What `secrets` holds never stands in a judgement. `meter` hears what judgements cost. A judge is asked no more
    after `most_errors` in a row (0: never), and when the budget has no room for it. May be used from any thread.
    """

    def __init__(self, bench: Bench, *, secrets: Secrets, meter: Meter, most_errors: int) -> None:
        self.bench = bench
        self._secrets = secrets
        self._payments = Payments(meter)
        self._breaker = Breaker(most_errors, role="judge")
        self._loop: LoopThread | None = None

    def keep_logs(self, store: RunDirectory, *, worker: str) -> None:
        """Lets judges that are programs keep what these write to stderr beside the results."""
        for name, judge in self.bench.judges.items():
            keep_log(judge.model, store.log_path(f"judge-{name}", worker=worker), secrets=self._secrets)

    def is_due(self, evaluation: Evaluation) -> bool:
        """Whether an output lacks a judgement."""
        return bool(self.bench.due(evaluation.result))

    def start(self, sample: Sample, evaluation: Evaluation, *, notify: Callable[[], None] | None = None) -> Outcome:
        """Begins to judge an output; the judgements that it lacks come as a tuple.

        `notify` is called, in some thread, when they are there.
        """
        if self._loop is None:
            self._loop = LoopThread()
        outcome = Outcome(notify)
        self._loop.submit(lambda: self._judge_all(sample, evaluation), outcome)
        return outcome

    def judge_all(
        self, due: Iterable[tuple[Sample, Evaluation]], *, window: int
    ) -> Iterator[tuple[Evaluation, tuple[Judgement, ...]]]:
        """The judgements that outputs lack, as they come, so many outputs at once.

        Raises KeyboardInterrupt only after all that was said by then.
        """
        settled: SimpleQueue[int] = SimpleQueue()
        judging: dict[int, tuple[Evaluation, Outcome]] = {}
        try:
            for number, (sample, evaluation) in enumerate(due):
                judging[number] = evaluation, self.start(sample, evaluation, notify=partial(settled.put, number))
                if len(judging) >= window:
                    yield self._next(settled, judging)
            while judging:
                yield self._next(settled, judging)
        except KeyboardInterrupt:
            self.stop()
            yield from [(evaluation, self.judgements(one)) for evaluation, one in judging.values() if one.has_value]
            raise

    def _next(
        self, settled: SimpleQueue[int], judging: dict[int, tuple[Evaluation, Outcome]]
    ) -> tuple[Evaluation, tuple[Judgement, ...]]:
        number = None
        while number is None:
            with suppress(Empty):  # looked at again and again, so that Ctrl-C is heard on every platform
                number = settled.get(timeout=_LOOK_AGAIN)
        evaluation, outcome = judging.pop(number)
        return evaluation, self.judgements(outcome)

    @staticmethod
    def judgements(outcome: Outcome) -> tuple[Judgement, ...]:
        """What came of judging an output. Raises what broke."""
        made = outcome.result()
        if not isinstance(made, tuple):
            raise TypeError(f"judging gave a {type(made).__name__}")
        return made

    def stop(self) -> None:
        """Cancels what is being judged and lets the judges close their connections.

        An output of which some judgements are there is settled with these: they are paid for.
        """
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.stop(self._farewell)

    def close(self) -> None:
        """Stops, and lets the judges close; raises what one of them raises, after all are closed."""
        with ExitStack() as stack:
            for judge in self.bench.judges.values():
                stack.callback(judge.close)
            stack.callback(self.stop)

    async def _farewell(self) -> None:
        for judge in self.bench.judges.values():
            with suppress(Exception):  # connections that cannot be closed any more
                await judge.aclose()

    async def _judge_all(self, sample: Sample, evaluation: Evaluation) -> tuple[Judgement, ...]:
        questions = _Questions(self.bench, sample, evaluation.output)
        due = self.bench.due(evaluation.result)
        asked = [asyncio.ensure_future(self._judge(seat, evaluation, questions)) for seat in due]
        try:
            return tuple(await asyncio.gather(*asked))
        except asyncio.CancelledError:
            made = tuple(one.result() for one in asked if one.done() and not one.cancelled() and not one.exception())
            if not made:
                raise
            return made

    async def _judge(self, seat: Seat, evaluation: Evaluation, questions: _Questions) -> Judgement:
        blank = Judgement(**seat._asdict(), digests=self.bench.digests(seat, evaluation.result), finished=_now())
        stop = self._breaker.stop_of(seat.judge)
        if stop is not None:
            return replace(blank, reason=stop.reason)
        try:
            question = await questions.get(seat.tier, swapped=seat.swapped)
            bill = self._payments.begin(seat.judge)
        except NoReferenceError as error:
            return replace(blank, reason=str(error))
        except ImageError as error:
            return replace(blank, reason=broken_dataset(error))
        except BudgetError as error:
            self._breaker.note(
                seat.judge, Answer(output=ModelOutput(), status="error", reason=str(error), not_asked="budget")
            )
            return replace(blank, reason=str(error))
        current_bill.set(bill)
        made = await self._in_time(seat, question, blank)
        self._payments.settle(seat.judge, bill, made.usage)
        masked = mask_judgement(replace(made, finished=_now()), self._secrets)
        status: Status = "error" if masked.is_error else "answered"
        self._breaker.note(seat.judge, Answer(output=ModelOutput(), status=status, reason=masked.reason))
        return masked

    async def _in_time(self, seat: Seat, question: JudgeQuestion, blank: Judgement) -> Judgement:
        """The judgement, or that there was none in time or the judge broke; whatever a model does."""
        seconds = self.bench.timeout
        deadline = Deadline(seconds, name=f"the time of a judgement (judge.timeout: {seconds:g} s)")
        current_deadline.set(deadline)
        judge = self.bench.judges[seat.judge]
        asked = asyncio.ensure_future(
            judge.judge(question, tier=seat.tier, replicate=seat.replicate, swapped=seat.swapped, digests=blank.digests)
        )
        try:
            while not (await asyncio.wait({asked}, timeout=deadline.patience()))[0]:
                if deadline.is_over:
                    return replace(blank, reason=f"no judgement within {seconds:g} s (judge.timeout)")
            return asked.result()
        except Exception as error:  # noqa: BLE001 - whatever a judge does is an error of this judgement alone
            return replace(blank, reason=shorten(f"the judge failed: {describe(error)}"))
        finally:
            asked.cancel()


class _Questions:
    """What judges are asked about one output: made once for all of them, off the loop."""

    def __init__(self, bench: Bench, sample: Sample, output: ModelOutput) -> None:
        self._bench = bench
        self._sample = sample
        self._output = output
        self._made: dict[tuple[Tier, bool], asyncio.Future[JudgeQuestion]] = {}

    async def get(self, tier: Tier, *, swapped: bool) -> JudgeQuestion:
        """The question of a tier. Raises ImageError or NoReferenceError."""
        key = (tier, swapped)
        if key not in self._made:
            self._made[key] = asyncio.ensure_future(asyncio.to_thread(self._make, tier, swapped))
        return await asyncio.shield(self._made[key])

    def _make(self, tier: Tier, swapped: bool) -> JudgeQuestion:  # noqa: FBT001 - called by the executor
        return make_question(self._sample, self._output, rubric=self._bench.rubric, tier=tier, swapped=swapped)


def mask_judgement(judgement: Judgement, secrets: Secrets) -> Judgement:
    """The judgement with every text in it masked."""
    if not secrets:
        return judgement
    return replace(
        judgement,
        reason=_mask(judgement.reason, secrets),
        analysis=_mask(judgement.analysis, secrets),
        raw=_mask(judgement.raw, secrets),
        notes=tuple(secrets.mask(note) for note in judgement.notes),
    )


def _mask(text: str | None, secrets: Secrets) -> str | None:
    return secrets.mask(text) if text else text


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
