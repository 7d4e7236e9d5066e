"""The look-ahead: requests on their way for the tests that come next, while a test runs.

Two threads of its own: one asks and watches the time, one scores and stores what arrives. Models run in
threads of theirs, so that one that blocks holds up neither.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.answer import Answer, describe, shorten
from medgen_pytest.engine.claims import settle_claim
from medgen_pytest.engine.inquiry import Asked, Question
from medgen_pytest.engine.recorder import Evaluation
from medgen_pytest.errors import MedgenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.caller import Call
    from medgen_pytest.engine.claims import Claims, Place
    from medgen_pytest.engine.inquiry import Inquirer
    from medgen_pytest.engine.jury import Jury
    from medgen_pytest.engine.recorder import Recorder
    from medgen_pytest.engine.threads import Outcome
    from medgen_pytest.engine.window import Window

_BATCH = 32
"""Most answers that are scored together."""
_LOOK_AGAIN = 1.0
"""Seconds after which a test that waits looks whether its sample is still on its way."""


class Parts(NamedTuple):
    """What a look-ahead works with.

    `find` gives samples by their id, `is_finished` knows those that need nothing more, `reused` the answers of
    earlier sessions, which may have to be judged all the same.
    """

    inquirer: Inquirer
    recorder: Recorder
    claims: Claims
    find: Callable[[str], Sample]
    is_finished: Callable[[ResultKey], bool]
    reused: Callable[[Question | Asked], Evaluation | None] = lambda _: None
    jury: Jury | None = None


class _Flight(NamedTuple):
    question: Question
    call: Call


class _Judged(NamedTuple):
    evaluation: Evaluation
    judging: Outcome


class LookAhead:
    """Asks for samples before their tests run, in the order of the tests, as far as the window reaches.

    Nothing starts before the first test wants a result. The window and the requests on their way belong to
    the asking thread; others post what it is to do.
    """

    def __init__(self, parts: Parts, window: Window) -> None:
        self._parts = parts
        self._window = window
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._arrived: SimpleQueue[Callable[[], Asked | Evaluation | _Judged] | None] = SimpleQueue()
        self._flights: dict[ResultKey, _Flight] = {}
        self._judging: dict[ResultKey, _Judged] = {}
        self._unrecorded: set[ResultKey] = set()
        self._wanted: list[tuple[ResultKey, int]] = []
        self._threads: list[threading.Thread] = []
        self._asks_more = self._goes_on = True
        # What tests wait for, under the lock of the condition.
        self._changed = threading.Condition()
        self._evaluations: dict[ResultKey, Evaluation] = {}
        self._awaited: ResultKey | None = None
        self._most_kept = window.width
        self._failures: dict[ResultKey, Exception] = {}
        self._broken: BaseException | None = None

    def obtain(self, sample: Sample, *, model: str, position: int, repeat: int = 0) -> Evaluation:
        """The evaluation of a sample for the test at a position, which is running.

        Waits for this sample alone. Raises StoreError if its result cannot be stored or read back.
        """
        self._start()
        key = ResultKey(model, sample.sample_id, repeat)
        evaluation = self._wait(key, seconds=0)
        if evaluation is None:
            # Its own sample first: with the window moved alone, others would be asked for meanwhile.
            turn = partial(self._want, key) if self._claim(key) else self._window.move
            self._posted.put(partial(turn, position))
            evaluation = self._obtain_later(sample, key, position)
        self._posted.put(partial(self._let_go, key, position))
        return evaluation

    def finish(self) -> None:
        """Waits for what is on its way, because other workers may want it, and asks for nothing more."""
        self._posted.put(self._ask_no_more)
        self._end_threads()

    def stop(self) -> None:
        """Cancels what is on its way; what has arrived is scored and stored. Does nothing the second time."""
        stopped_at = time.perf_counter()
        self._posted.put(self._go_no_further)
        if self._threads:
            self._threads[0].join()
        self._parts.inquirer.stop()
        for question, call in self._flights.values():
            settled_at = call.outcome.settled_at
            if settled_at is not None and (settled_at <= stopped_at or not call.outcome.failed):
                self._arrived.put(partial(self._parts.inquirer.conclude, question, call))
        self._flights.clear()
        self._stop_judging()
        self._end_threads()

    def _start(self) -> None:
        if self._threads:
            return
        for name, target in (("medgen-asking", self._ask_on), ("medgen-recording", self._record_on)):
            self._threads.append(threading.Thread(target=target, name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    def _end_threads(self) -> None:
        if not self._threads:
            return
        asking, recording = self._threads
        asking.join()
        self._arrived.put(None)
        recording.join()
        self._threads = []

    # What tests do.

    def _wait(self, key: ResultKey, *, seconds: float) -> Evaluation | None:
        with self._changed:
            self._awaited = key
            if seconds:
                self._changed.wait_for(lambda: self._knows(key), timeout=seconds)
            if key in self._failures:
                raise self._failures.pop(key)
            return self._evaluations.pop(key, None)

    def _knows(self, key: ResultKey) -> bool:
        return key in self._evaluations or key in self._failures or self._broken is not None

    def _claim(self, key: ResultKey) -> bool:
        """Whether nobody had claimed a sample, and it is ours now."""
        claims = self._parts.claims
        return claims.look(key) is None and bool(claims.claim([key], most=1)[0])

    def _obtain_later(self, sample: Sample, key: ResultKey, position: int) -> Evaluation:
        evaluation = None
        while evaluation is None:
            claim = settle_claim(self._parts.claims, key)
            if claim is None:
                self._posted.put(partial(self._want, key, position))
            elif claim.place is not None:
                # Ours may have been stored between the last look and this one.
                return self._wait(key, seconds=0) or self._parts.recorder.read(claim.place)
            evaluation = self._wait(key, seconds=_LOOK_AGAIN)
            if evaluation is None and self._broken is not None:
                return self._failed(sample, key, self._broken)
        return evaluation

    def _failed(self, sample: Sample, key: ResultKey, error: BaseException) -> Evaluation:
        """The evaluation of a sample that the look-ahead itself could not see to: an error, so a resume asks again."""
        reason = shorten(f"the look-ahead failed: {describe(error)}")
        answer = Answer(output=ModelOutput(), status="error", reason=reason)
        question = Question(sample=sample, model=key.model, digests={}, repeat=key.repeat)
        ((evaluation, place),) = self._parts.recorder.record([Asked(question=question, answer=answer)])
        self._parts.claims.record({key: place})
        return evaluation

    # What the asking thread does.

    def _ask_on(self) -> None:
        try:
            while self._goes_on and (self._asks_more or self._is_busy):
                self._do_what_was_posted()
                self._give_up_late_ones()
                self._ask_for_wanted()
                if self._asks_more and self._goes_on:
                    self._ask_ahead()
        except BaseException as error:  # noqa: BLE001 - told by the tests that wait
            self._break(error)

    @property
    def _is_busy(self) -> bool:
        return bool(self._flights or self._wanted or self._unrecorded or self._judging)

    def _ask_no_more(self) -> None:
        self._asks_more = False

    def _go_no_further(self) -> None:
        self._goes_on = False

    def _do_what_was_posted(self) -> None:
        try:
            self._posted.get(timeout=self._time_left())()
            while True:
                self._posted.get_nowait()()
        except Empty:
            return

    def _time_left(self) -> float | None:
        return min((flight.call.deadline.patience() for flight in self._flights.values()), default=None)

    def _give_up_late_ones(self) -> None:
        late = [key for key, flight in self._flights.items() if flight.call.deadline.is_over]
        for key in late:
            question, call = self._flights.pop(key)
            asked = self._parts.inquirer.give_up(question, call)
            self._hand_over(key, lambda asked=asked: asked)  # type: ignore[misc]  # mypy does not infer lambdas with defaults

    def _want(self, key: ResultKey, position: int) -> None:
        self._window.move(position)
        self._wanted.append((key, position))

    def _ask_for_wanted(self) -> None:
        for key, position in self._wanted[:]:
            if self._window.may_ask(key.model):
                self._wanted.remove((key, position))
                self._ask(key, position)

    def _ask_ahead(self) -> None:
        while (run := self._window.run()).room:
            if self._parts.inquirer.is_stopped(run.planned[0].key.model):
                # Each goes to the process whose test wants it: that one may still ask.
                self._window.pass_over(len(run.planned))
                continue
            fresh = [at for at, planned in enumerate(run.planned) if not self._parts.is_finished(planned.key)]
            claimed, looked = self._parts.claims.claim([run.planned[at].key for at in fresh], most=run.room)
            self._window.pass_over(fresh[looked] if looked < len(fresh) else len(run.planned))
            positions = {planned.key: planned.position for planned in reversed(run.planned)}
            for key in claimed:
                self._ask(key, positions[key])

    def _ask(self, key: ResultKey, position: int) -> None:
        self._window.ask(key, position=position)
        sample = self._parts.find(key.sample_id)
        question = self._parts.inquirer.question(sample, model=key.model, repeat=key.repeat)
        known = self._parts.reused(question)
        if known is not None or isinstance(question, Asked):
            self._hand_over(key, lambda: known or question)  # type: ignore[arg-type,return-value]  # one of both is there
            return
        settled = partial(self._posted.put, partial(self._settled, key))
        begun = self._parts.inquirer.start(question, notify=settled)
        if isinstance(begun, Asked):
            self._hand_over(key, lambda: begun)
        else:
            self._flights[key] = _Flight(question, begun)

    def _settled(self, key: ResultKey) -> None:
        flight = self._flights.pop(key, None)
        if flight is not None:  # else it was given up
            self._hand_over(key, partial(self._parts.inquirer.conclude, *flight))

    def _hand_over(self, key: ResultKey, conclude: Callable[[], Asked | Evaluation | _Judged]) -> None:
        """Lets the recording thread have what came of a sample; it says so when that is stored."""
        self._unrecorded.add(key)
        self._arrived.put(conclude)

    def _recorded(self, key: ResultKey, due: Evaluation | None) -> None:
        """Goes on with a sample that is stored: its output is judged if that is due."""
        self._unrecorded.discard(key)
        self._window.arrive(key)
        if due is None or self._parts.jury is None or not self._goes_on:
            return
        sample = self._parts.find(key.sample_id)
        notify = partial(self._posted.put, partial(self._judging_settled, key))
        self._judging[key] = _Judged(due, self._parts.jury.start(sample, due, notify=notify))

    def _judging_settled(self, key: ResultKey) -> None:
        judged = self._judging.pop(key, None)
        if judged is not None:
            self._hand_over(key, lambda: judged)

    def _stop_judging(self) -> None:
        """Cancels what is being judged; what is settled is stored. Only once the asking thread has ended."""
        if self._parts.jury is None:
            return
        self._parts.jury.stop()
        for judged in self._judging.values():
            if judged.judging.has_value:
                self._arrived.put(lambda judged=judged: judged)  # type: ignore[misc]  # see above
        self._judging.clear()

    def _let_go(self, key: ResultKey, position: int) -> None:
        self._window.move(position)
        self._window.forget(key)

    def _drop_unwanted(self) -> None:
        with self._changed:
            self._evaluations = {key: made for key, made in self._evaluations.items() if self._window.holds(key)}

    # What the recording thread does.

    def _record_on(self) -> None:
        try:
            goes_on = True
            while goes_on:
                batch = [self._arrived.get()]
                while len(batch) < _BATCH and not self._arrived.empty():
                    batch.append(self._arrived.get())
                self._record([conclude() for conclude in batch if conclude is not None])
                goes_on = None not in batch
        except BaseException as error:  # noqa: BLE001 - told by the tests that wait
            self._break(error)

    def _record(self, arrived: list[Asked | Evaluation | _Judged]) -> None:
        if not arrived:
            return
        asked = [one for one in arrived if isinstance(one, Asked)]
        known = [one for one in arrived if isinstance(one, Evaluation)]
        self._store([one.key for one in asked], lambda: self._parts.recorder.record(asked))
        self._hand_out([(one.result.key, one, None) for one in known])
        for judged in (one for one in arrived if isinstance(one, _Judged)):
            store = partial(self._judged, judged)
            self._store([judged.evaluation.result.key], store, judged=True)
        self._posted.put(self._drop_unwanted)

    def _judged(self, judged: _Judged) -> list[tuple[Evaluation, Place]]:
        jury = self._parts.jury
        if jury is None:
            raise RuntimeError("something was judged without a jury")
        made = jury.judgements(judged.judging)
        return [self._parts.recorder.judged(judged.evaluation, made, bench=jury.bench)]

    def _store(
        self, keys: list[ResultKey], store: Callable[[], list[tuple[Evaluation, Place]]], *, judged: bool = False
    ) -> None:
        """Stores what came of samples and hands it out; a failure is told by the tests of these samples."""
        if not keys:
            return
        try:
            made = store()
            self._hand_out([(key, *one) for key, one in zip(keys, made, strict=True)], judged=judged)
        except Exception as error:  # noqa: BLE001 - told by the tests of these samples
            with suppress(MedgenError):
                self._parts.claims.release(keys)
            with self._changed:
                self._failures.update(dict.fromkeys(keys, error))
                self._changed.notify_all()
            for key in keys:
                self._posted.put(partial(self._recorded, key, None))

    def _hand_out(self, made: list[tuple[ResultKey, Evaluation, Place | None]], *, judged: bool = False) -> None:
        """Lets tests have what needs nothing more, and says what is stored.

        Only then others may be asked for: a kill must not lose more than a window of what was paid for.
        """
        jury = None if judged else self._parts.jury  # what a judge could not judge is not tried again
        due = {key: one for key, one, _ in made if jury is not None and jury.is_due(one)}
        done = [(key, one, place) for key, one, place in made if key not in due]
        self._parts.claims.record({key: place for key, _, place in done if place is not None})
        for key, _, _ in made:
            self._posted.put(partial(self._recorded, key, due.get(key)))
        with self._changed:
            for key, evaluation, _ in done:
                # More than that is read back from the run directory when its test comes.
                if key == self._awaited or len(self._evaluations) < self._most_kept:
                    self._evaluations[key] = evaluation
            self._changed.notify_all()

    def _break(self, error: BaseException) -> None:
        with self._changed:
            self._broken = error
            self._changed.notify_all()
        self._posted.put(self._go_no_further)
        with suppress(MedgenError):  # else other workers would wait for what never comes
            self._parts.claims.release()
