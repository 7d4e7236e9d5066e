"""The evaluator: one sample and one model in, a stored result out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import ResultKey, SampleResult, StoredOutput
from medgen_pytest.domain.score import Score
from medgen_pytest.engine.answer import Answer, ask, describe, shorten
from medgen_pytest.engine.caller import Caller
from medgen_pytest.errors import ImageError, MedgenError, StoreError
from medgen_pytest.metrics.pairing import make_pair
from medgen_pytest.metrics.registry import conventions_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.metrics.contract import Metric, Pair
    from medgen_pytest.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A result together with the output it speaks of. `reused` says that an earlier session had made it."""

    result: SampleResult
    output: ModelOutput
    reused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPolicy:
    """How samples are evaluated: the name of this process, the time limit in seconds, the rule for sizes."""

    worker: str
    timeout: float
    on_size_mismatch: Literal["resize", "invalid"]


def identity_digest(model: Model) -> str:
    """SHA-256 over what makes a model this model."""
    text = json.dumps(model.identity, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", errors="backslashreplace")).hexdigest()


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
        self._metrics = metrics
        self._store = store
        self._policy = policy
        self._known = dict(finished or {})
        self._here: set[ResultKey] = set()
        self._callers = {name: Caller(timeout=policy.timeout) for name in models}
        self._model_digests = {name: identity_digest(model) for name, model in models.items()}
        self._metrics_digest = f"{conventions_digest(metrics)}:{policy.on_size_mismatch}"

    def evaluate(self, sample: Sample, *, model: str) -> Evaluation:
        """The evaluation of a sample by a model; asked once, however many tests want it.

        Raises StoreError if the result cannot be stored.
        """
        key = ResultKey(model, sample.sample_id)
        known = self._known.get(key)
        if known is not None and key in self._here:
            return self._restore(known)
        try:
            digests = self._digests(sample, model)
        except ImageError as error:
            return self._record(sample, model, _broken(error), digests={})
        if known is not None and known.status != "error" and known.digests == digests:
            restored = self._try_restore(known)
            if restored is not None:
                self._here.add(key)
                return restored
        return self._record(sample, model, self._ask(sample, model), digests=digests)

    def close(self) -> None:
        """Ends the threads that call models, lets models close and closes the store."""
        for caller in self._callers.values():
            caller.close()
        for model in self._models.values():
            close = getattr(model, "close", None)
            if callable(close):
                close()
        self._store.close()

    def _ask(self, sample: Sample, model: str) -> Answer:
        return ask(self._models[model], sample, caller=self._callers[model])

    def _digests(self, sample: Sample, model: str) -> dict[str, str]:
        return {
            "model": self._model_digests[model],
            "sample": sample.content_digest(),
            "metrics": self._metrics_digest,
        }

    def _record(self, sample: Sample, model: str, answer: Answer, *, digests: Mapping[str, str]) -> Evaluation:
        scored, scores = self._score(sample, answer)
        result = SampleResult(
            model=model,
            sample_id=sample.sample_id,
            task=sample.task,
            modality=sample.modality,
            subtask=sample.subtask,
            status=scored.status,
            reason=scored.reason,
            scores=scores,
            output=self._store_output(scored),
            digests=digests,
            finished=dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds"),
            worker=self._policy.worker,
        )
        self._store.append(result, worker=self._policy.worker)
        self._known[result.key] = result
        self._here.add(result.key)
        return Evaluation(result=result, output=scored.output)

    def _score(self, sample: Sample, answer: Answer) -> tuple[Answer, dict[str, Score]]:
        if answer.status == "error":
            return answer, {}
        usable = _usable(answer)
        try:
            pair = make_pair(usable.output, sample, on_size_mismatch=self._policy.on_size_mismatch)
        except ImageError as error:
            return replace(answer, status="error", reason=shorten(str(error))), {}
        except MedgenError as error:
            return replace(answer, status="invalid", reason=shorten(str(error))), {}
        metrics = [metric for metric in self._metrics if metric.spec.applies_to(sample.task)]
        return usable, {metric.spec.name: _score(metric, pair) for metric in metrics}

    def _store_output(self, answer: Answer) -> StoredOutput:
        output = answer.output
        image = output.image
        return StoredOutput(
            text=output.text,
            image=self._store.save_image(image) if image is not None else None,
            size=(image.shape[1], image.shape[0]) if image is not None else None,
            raw=output.raw if output.raw != output.text else None,
            usage=output.usage,
            seconds=round(output.seconds, 6) if output.seconds is not None else None,
        )

    def _try_restore(self, result: SampleResult) -> Evaluation | None:
        try:
            return self._restore(result)
        except (StoreError, ImageError):  # its image is gone or damaged: ask again
            return None

    def _restore(self, result: SampleResult) -> Evaluation:
        stored = result.output
        output = ModelOutput(
            text=stored.text,
            image=self._store.load_image(stored.image) if stored.image else None,
            raw=stored.raw if stored.raw is not None else stored.text,
            problem=result.reason if result.status == "invalid" else None,
            usage=stored.usage,
            seconds=stored.seconds,
        )
        return Evaluation(result=result, output=output, reused=True)


def _broken(error: ImageError) -> Answer:
    reason = f"an image of the dataset cannot be used: {error}"
    return Answer(output=ModelOutput(), status="error", reason=shorten(reason))


def _usable(answer: Answer) -> Answer:
    """The answer without an image that no metric could take; the reason is in the answer already."""
    image = answer.output.image
    if answer.status == "invalid" and image is not None and (image.ndim != 3 or not image.size):  # noqa: PLR2004 - (H, W, 3)
        return replace(answer, output=replace(answer.output, image=None))
    return answer


def _score(metric: Metric, pair: Pair) -> Score:
    try:
        (score,) = metric.score([pair])
    except Exception as error:  # noqa: BLE001 - a metric that breaks the contract leaves its score out, nothing else
        return Score(
            metric=metric.spec.name,
            value=None,
            direction=metric.spec.direction,
            convention=metric.convention,
            reason=shorten(f"the metric failed: {describe(error)}"),
        )
    return score
