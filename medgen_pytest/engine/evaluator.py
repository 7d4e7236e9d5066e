"""The evaluator: one sample and one model in, a stored result out."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.engine.claims import OwnClaims, settle_claim
from medgen_pytest.engine.digests import scoring_digest
from medgen_pytest.engine.inquiry import Asked, Inquirer, Question, is_answer_to
from medgen_pytest.engine.recorder import Evaluation, Recorder, restore_output, store_output
from medgen_pytest.engine.scorer import Scorer
from medgen_pytest.errors import ImageError, StoreError
from medgen_pytest.models.contract import concurrency_of, keep_log
from medgen_pytest.models.meter import OwnMeter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.claims import Claims, Place
    from medgen_pytest.engine.jury import Jury
    from medgen_pytest.engine.look_ahead import LookAhead
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.metrics.contract import Metric
    from medgen_pytest.metrics.pairing import SizeRule
    from medgen_pytest.models.meter import Meter
    from medgen_pytest.store import RunDirectory

__all__ = [
    "Evaluation",
    "EvaluationPolicy",
    "Evaluator",
    "Schedule",
    "restore_output",
    "store_output",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPolicy:
    """How samples are evaluated: the name of this process, the time limit in seconds, the rule for sizes.

    What `secrets` holds never stands in a result, whatever a model says. A model is asked no more after
    `max_consecutive_errors` in a row; 0 lets it go on for ever. `meter` is that of the run, `bench` its judges.
    """

    worker: str
    timeout: float
    on_size_mismatch: SizeRule
    secrets: Secrets = field(default_factory=Secrets)
    max_consecutive_errors: int = 0
    meter: Meter = field(default_factory=OwnMeter)
    bench: Bench | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a process knows of the tests of its session, and what it may make of that.

    `order` is what each test wants, in the order of the tests, the same in all processes; a test is known
    by its number in it. `find` gives samples by their id. `window` is this process's share of the requests
    that may be on their way or waiting for their test, for each model; 1 in all, `ahead` false, asks for
    nothing ahead. `claims` are those of the session.
    """

    order: Sequence[ResultKey]
    find: Callable[[str], Sample]
    window: int
    ahead: bool = True
    claims: Claims = field(default_factory=OwnClaims)


class Evaluator:
    """Asks models, scores outputs and stores each result before it is handed out.

    `finished` are results of earlier sessions of the run. One of them is used again only if it is no
    error and model, sample and metric conventions are the same as then. With a `schedule`, models that
    can answer several requests at once are asked ahead.
    """

    def __init__(
        self,
        *,
        models: Mapping[str, Model],
        metrics: Sequence[Metric],
        store: RunDirectory,
        policy: EvaluationPolicy,
        finished: Mapping[ResultKey, SampleResult] | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        scoring = scoring_digest([metric.convention for metric in metrics], on_size_mismatch=policy.on_size_mismatch)
        self._inquirer = Inquirer(
            models,
            scoring=scoring,
            timeout=policy.timeout,
            secrets=policy.secrets,
            meter=policy.meter,
            most_errors=policy.max_consecutive_errors,
        )
        scorer = Scorer(metrics, on_size_mismatch=policy.on_size_mismatch)
        self._recorder = Recorder(scorer, store, worker=policy.worker)
        self._store = store
        self._finished = dict(finished or {})
        self._own = OwnClaims()
        self._tried: set[ResultKey] = set()
        self._schedule = schedule or Schedule(order=(), find=_no_sample, window=1)
        self._jury = _jury(policy.bench, policy) if policy.bench is not None else None
        self._limits = _limits(models, self._schedule, judged=policy.bench is not None)
        self._shared = {
            key for key, tests in Counter(self._schedule.order).items() if tests > 1 and key.model not in self._limits
        }
        self._ahead: LookAhead | None = None
        if self._jury is not None:
            self._jury.keep_logs(store, worker=policy.worker)
        for name, model in models.items():
            keep_log(model, store.log_path(name, worker=policy.worker), secrets=policy.secrets)

    def evaluate(self, sample: Sample, *, model: str, position: int | None = None, repeat: int = 0) -> Evaluation:
        """The evaluation of a sample by a model; each repeat is asked once, however many tests want it.

        `position` is the number of the running test in the schedule. Raises StoreError if the result
        cannot be stored.
        """
        key = ResultKey(model, sample.sample_id, repeat)
        scheduled = position is not None and (model in self._limits or key in self._shared)
        if not scheduled or position is None:
            (evaluation,) = self.evaluate_all([(sample, repeat)], model=model)
            return evaluation
        known = self._reused(self._question(sample, key)) if key in self._finished else None
        if known is not None and not self._is_due(known):
            return known
        if key in self._shared:
            return self._evaluate_shared(sample, key)
        return self._look_ahead().obtain(sample, model=model, position=position, repeat=repeat)

    def evaluate_all(self, samples: Sequence[tuple[Sample, int]], *, model: str) -> list[Evaluation]:
        """The evaluations of samples, each with the number of its repeat, by a model, in order.

        New answers are scored as one batch. Raises StoreError if a result cannot be stored.
        """
        wanted = [(sample, ResultKey(model, sample.sample_id, repeat)) for sample, repeat in samples]
        found = [self._evaluated(key) or self._asked(sample, key) for sample, key in wanted]
        asked = [one for one in found if isinstance(one, Asked)]
        made = self._recorder.record(asked)
        self._own.record({one.key: place for one, (_, place) in zip(asked, made, strict=True)})
        fresh = iter(evaluation for evaluation, _ in made)
        evaluations = [next(fresh) if isinstance(one, Asked) else one for one in found]
        return self._judged(evaluations, [sample for sample, _ in wanted])

    def finish(self) -> None:
        """Waits for requests that are on their way: other workers may want what comes of them."""
        if self._ahead is not None:
            self._ahead.finish()

    def stop(self) -> None:
        """Cancels requests that are on their way; what has arrived is stored, though no test wanted it yet."""
        if self._ahead is not None:
            self._ahead.stop()
        if self._jury is not None:
            self._jury.stop()

    def close(self) -> None:
        """Stops, ends threads, lets models close and closes the store; once.

        Raises what a model raises, after everything else is closed.
        """
        with ExitStack() as stack:
            stack.callback(self._store.close)
            stack.callback(self._inquirer.close)
            if self._jury is not None:
                stack.callback(self._jury.close)
            stack.callback(self._schedule.claims.close)
            stack.callback(self.stop)

    def _question(self, sample: Sample, key: ResultKey) -> Question | Asked:
        return self._inquirer.question(sample, model=key.model, repeat=key.repeat)

    def _evaluated(self, key: ResultKey) -> Evaluation | None:
        """The evaluation that an earlier test of this session made."""
        claim = self._own.look(key)
        return self._recorder.read(claim.place) if claim is not None and claim.place is not None else None

    def _asked(self, sample: Sample, key: ResultKey) -> Evaluation | Asked:
        """What an earlier session made of the same question, or the answer to it now."""
        question = self._question(sample, key)
        return self._reused(question) or self._answered(question)

    def _is_due(self, evaluation: Evaluation) -> bool:
        """Whether an output has still to be judged."""
        return self._jury is not None and self._jury.is_due(evaluation)

    def _judged(self, evaluations: Sequence[Evaluation], samples: Sequence[Sample]) -> list[Evaluation]:
        """The evaluations with what judges say of their outputs; those that are judged already as they are."""
        due = [
            (sample, one)
            for sample, one in zip(samples, evaluations, strict=True)
            if one.result.key not in self._tried  # what a judge could not judge is not tried again
        ]
        judged = {evaluation.result.key: (evaluation, place) for evaluation, place in self._judge(due)}
        self._tried.update(judged)
        self._own.record({key: place for key, (_, place) in judged.items()})
        return [judged.get(one.result.key, (one, None))[0] for one in evaluations]

    def _judge(self, evaluations: Sequence[tuple[Sample, Evaluation]]) -> list[tuple[Evaluation, Place]]:
        """Those of some evaluations that were due to be judged, judged and stored."""
        jury = self._jury
        if jury is None:
            return []
        due = [(sample, one) for sample, one in evaluations if jury.is_due(one)]
        made = jury.judge_all(due, window=self._schedule.window)
        return [self._recorder.judged(evaluation, said, bench=jury.bench) for evaluation, said in made]

    def _answered(self, question: Question | Asked) -> Asked:
        return question if isinstance(question, Asked) else self._inquirer.ask(question)

    def _reused(self, question: Question | Asked) -> Evaluation | None:
        known = self._known(question)
        if known is None:
            return None
        try:
            return self._recorder.restore(known)
        except (StoreError, ImageError):  # its image is gone or damaged: ask again
            self._finished.pop(known.key, None)
            return None

    def _known(self, question: Question | Asked) -> SampleResult | None:
        """What an earlier session of the run made of the same question."""
        known = self._finished.get(question.key)
        return known if known is not None and is_answer_to(known, question) else None

    def _evaluate_shared(self, sample: Sample, key: ResultKey) -> Evaluation:
        """The evaluation of a sample that several tests want, whichever worker asks for it."""
        claims = self._schedule.claims
        claim = settle_claim(claims, key)
        if claim is not None and claim.place is not None:
            return self._recorder.read(claim.place)
        try:
            asked = self._answered(self._question(sample, key))
            ((evaluation, place),) = self._recorder.record([asked])
            ((evaluation, place),) = self._judge([(sample, evaluation)]) or [(evaluation, place)]
            claims.record({key: place})
        except BaseException:
            claims.release([key])
            raise
        return evaluation

    def _look_ahead(self) -> LookAhead:
        if self._ahead is None:
            from medgen_pytest.engine.look_ahead import LookAhead, Parts
            from medgen_pytest.engine.window import Window

            schedule = self._schedule
            parts = Parts(
                inquirer=self._inquirer,
                recorder=self._recorder,
                claims=schedule.claims,
                find=schedule.find,
                is_finished=self._is_finished,
                reused=self._reused,
                jury=self._jury,
            )
            room = dict.fromkeys(self._limits, schedule.window) if self._jury is not None else None
            self._ahead = LookAhead(parts, Window(schedule.order, self._limits, room=room))
        return self._ahead

    def _is_finished(self, key: ResultKey) -> bool:
        known = self._finished.get(key)
        if known is None or known.status == "error":
            return False
        if self._jury is not None and self._jury.bench.due(known):
            return False
        return self._known(self._question(self._schedule.find(key.sample_id), key)) is not None


def _jury(bench: Bench, policy: EvaluationPolicy) -> Jury:
    from medgen_pytest.engine.jury import Jury

    return Jury(bench, secrets=policy.secrets, meter=policy.meter, most_errors=policy.max_consecutive_errors)


def _limits(models: Mapping[str, Model], schedule: Schedule, *, judged: bool) -> dict[str, int]:
    """How many requests of this process each model may have, for those that are asked ahead.

    Where outputs are judged, that is every model: one that answers at once is judged ahead of its tests.
    """
    if not schedule.ahead or not schedule.order:
        return {}
    able = {name: concurrency_of(model) for name, model in models.items()}
    return {
        name: schedule.window if most is None else min(most, schedule.window)
        for name, most in able.items()
        if judged or most != 1
    }


def _no_sample(sample_id: str) -> Sample:
    raise KeyError(sample_id)
