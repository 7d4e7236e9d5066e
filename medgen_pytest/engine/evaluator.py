"""The evaluator: one sample and one model in, a stored result out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey, SampleResult, StoredOutput
from medgen_pytest.engine.answer import Answer, ask, broken_dataset
from medgen_pytest.engine.caller import Caller
from medgen_pytest.engine.scorer import ScoredAnswer, Scorer
from medgen_pytest.errors import ImageError, StoreError
from medgen_pytest.metrics.registry import conventions_digest
from medgen_pytest.models import close_model, is_immediate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.metrics.contract import Metric
    from medgen_pytest.metrics.pairing import SizeRule
    from medgen_pytest.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A result together with the output it speaks of. `reused` says that an earlier session had made it."""

    result: SampleResult
    output: ModelOutput
    reused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPolicy:
    """How samples are evaluated: the name of this process, the time limit in seconds, the rule for sizes.

    What `secrets` holds never stands in a result, whatever a model says.
    """

    worker: str
    timeout: float
    on_size_mismatch: SizeRule
    secrets: Secrets = field(default_factory=Secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A sample with a model's answer to it, not scored yet, and what the answer depends on."""

    sample: Sample
    model: str
    answer: Answer
    digests: Mapping[str, str]


def identity_digest(model: Model) -> str:
    """SHA-256 over what makes a model this model."""
    text = json.dumps(model.identity, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", errors="backslashreplace")).hexdigest()


def scoring_digest(conventions: Iterable[str], *, on_size_mismatch: SizeRule) -> str:
    """What makes two scores comparable: the names of the metrics' conventions and the rule for sizes."""
    return f"{conventions_digest(conventions)}:{on_size_mismatch}"


class Evaluator:
    """Asks models, scores outputs and stores each result before it is handed out.

    `finished` are results of earlier sessions of the run. One of them is used again only if it is no
    error and model, sample and metric conventions are the same as then.
    """

    def __init__(
        self,
        *,
        models: Mapping[str, Model],
        metrics: Sequence[Metric],
        store: RunDirectory,
        policy: EvaluationPolicy,
        finished: Mapping[ResultKey, SampleResult] | None = None,
    ) -> None:
        self._models = models
        self._scorer = Scorer(metrics, on_size_mismatch=policy.on_size_mismatch)
        self._store = store
        self._policy = policy
        self._finished = dict(finished or {})
        # Results of this session are read back from the store when another test wants them: memory stays bounded.
        self._positions: dict[ResultKey, int] = {}
        self._callers = {
            name: Caller(timeout=policy.timeout, immediate=is_immediate(model)) for name, model in models.items()
        }
        self._model_digests = {name: identity_digest(model) for name, model in models.items()}
        self._metrics_digest = scoring_digest(
            [metric.convention for metric in metrics], on_size_mismatch=policy.on_size_mismatch
        )

    def evaluate(self, sample: Sample, *, model: str) -> Evaluation:
        """The evaluation of a sample by a model; asked once, however many tests want it.

        Raises StoreError if the result cannot be stored.
        """
        (evaluation,) = self.evaluate_all([sample], model=model)
        return evaluation

    def evaluate_all(self, samples: Sequence[Sample], *, model: str) -> list[Evaluation]:
        """The evaluations of samples by a model, in order; new answers are scored as one batch.

        Raises StoreError if a result cannot be stored.
        """
        found = [self._evaluated(sample, model) or self._asked(sample, model) for sample in samples]
        fresh = iter(self._record([asked for asked in found if isinstance(asked, _Asked)]))
        return [next(fresh) if isinstance(one, _Asked) else one for one in found]

    def close(self) -> None:
        """Ends the threads that call models, lets models close and closes the store; once.

        Raises what a model raises, after everything else is closed.
        """
        with ExitStack() as stack:
            stack.callback(self._store.close)
            for model in self._models.values():
                stack.callback(close_model, model)
            for caller in self._callers.values():
                stack.callback(caller.close)
            self._models, self._callers = {}, {}

    def _evaluated(self, sample: Sample, model: str) -> Evaluation | None:
        """The evaluation that an earlier test of this session made."""
        position = self._positions.get(ResultKey(model, sample.sample_id))
        if position is None:
            return None
        return self._restore(self._store.read_result(position, worker=self._policy.worker))

    def _asked(self, sample: Sample, model: str) -> Evaluation | _Asked:
        """What an earlier session made of the same question, or the answer to it now."""
        try:
            digests = self._digests(sample, model)
        except ImageError as error:
            broken = Answer(output=ModelOutput(), status="error", reason=broken_dataset(error))
            return _Asked(sample=sample, model=model, answer=broken, digests={})
        known = self._finished.get(ResultKey(model, sample.sample_id))
        if known is not None and known.status != "error" and known.digests == digests:
            restored = self._try_restore(known)
            if restored is not None:
                return restored
        return _Asked(sample=sample, model=model, answer=self._ask(sample, model), digests=digests)

    def _ask(self, sample: Sample, model: str) -> Answer:
        answer = ask(self._models[model], sample, caller=self._callers[model])
        if not self._policy.secrets:
            return answer
        output = replace(
            answer.output,
            text=self._masked(answer.output.text),
            raw=self._masked(answer.output.raw),
            problem=self._masked(answer.output.problem),
        )
        return replace(answer, output=output, reason=self._masked(answer.reason))

    def _masked(self, text: str | None) -> str | None:
        return self._policy.secrets.mask(text) if text else text

    def _digests(self, sample: Sample, model: str) -> dict[str, str]:
        return {
            "model": self._model_digests[model],
            "sample": sample.content_digest(),
            "metrics": self._metrics_digest,
        }

    def _record(self, asked: Sequence[_Asked]) -> list[Evaluation]:
        scored = self._scorer.score([(one.sample, one.answer) for one in asked])
        return [self._store_result(one, made) for one, made in zip(asked, scored, strict=True)]

    def _store_result(self, asked: _Asked, scored: ScoredAnswer) -> Evaluation:
        sample = asked.sample
        result = SampleResult(
            model=asked.model,
            sample_id=sample.sample_id,
            task=sample.task,
            modality=sample.modality,
            subtask=sample.subtask,
            status=scored.answer.status,
            reason=scored.answer.reason,
            scores=scored.scores,
            output=store_output(scored.answer, self._store),
            digests=asked.digests,
            finished=dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds"),
            worker=self._policy.worker,
        )
        self._positions[result.key] = self._store.append(result, worker=self._policy.worker)
        return Evaluation(result=result, output=scored.answer.output)

    def _try_restore(self, result: SampleResult) -> Evaluation | None:
        try:
            return self._restore(result)
        except (StoreError, ImageError):  # its image is gone or damaged: ask again
            return None

    def _restore(self, result: SampleResult) -> Evaluation:
        return Evaluation(result=result, output=restore_output(result, self._store), reused=True)


def store_output(answer: Answer, store: RunDirectory) -> StoredOutput:
    """The output of an answer without its pixels, which are stored. Raises StoreError."""
    output = answer.output
    image = output.image
    return StoredOutput(
        text=output.text,
        image=store.save_image(image) if image is not None else None,
        size=(image.shape[1], image.shape[0]) if image is not None else None,
        raw=output.raw if output.raw != output.text else None,
        usage=output.usage,
        seconds=round(output.seconds, 6) if output.seconds is not None else None,
    )


def restore_output(result: SampleResult, store: RunDirectory) -> ModelOutput:
    """The output that a stored result speaks of. Raises StoreError or ImageError if its image is gone or damaged."""
    stored = result.output
    return ModelOutput(
        text=stored.text,
        image=store.load_image(stored.image) if stored.image else None,
        raw=stored.raw if stored.raw is not None else stored.text,
        problem=result.reason if result.status == "invalid" else None,
        usage=stored.usage,
        seconds=stored.seconds,
    )
