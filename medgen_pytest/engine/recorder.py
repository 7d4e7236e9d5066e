"""The recorder: answers in, scored and stored results out."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.engine.claims import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.judgement import Judgement
    from medgen_pytest.engine.answer import Answer
    from medgen_pytest.engine.inquiry import Asked
    from medgen_pytest.engine.scorer import ScoredAnswer, Scorer
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A result together with the output it speaks of. `reused` says that it was made earlier, or elsewhere."""

    result: SampleResult
    output: ModelOutput
    reused: bool = False


class Recorder:
    """Scores answers in batches and stores each result before it is handed out; one thread at a time."""

    def __init__(self, scorer: Scorer, store: RunDirectory, *, worker: str) -> None:
        self._scorer = scorer
        self._store = store
        self._worker = worker
        self._lock = threading.Lock()

    def record(self, asked: Sequence[Asked]) -> list[tuple[Evaluation, Place]]:
        """The evaluations of answers, in order, and where their results lie. Raises StoreError."""
        with self._lock:
            scored = self._scorer.score([(one.question.sample, one.answer) for one in asked])
            return [self._store_result(one, made) for one, made in zip(asked, scored, strict=True)]

    def judged(
        self, evaluation: Evaluation, judgements: Sequence[Judgement], *, bench: Bench
    ) -> tuple[Evaluation, Place]:
        """An evaluation with what judges said of its output, and where that lies. Raises StoreError."""
        merged = bench.merge(evaluation.result, judgements)
        result = replace(
            evaluation.result,
            judgements=merged,
            scores={**evaluation.result.scores, **bench.scores(merged)},
            finished=_now(),
            worker=self._worker,
        )
        with self._lock:
            position = self._store.append(result, worker=self._worker)
        return replace(evaluation, result=result), Place(self._worker, position)

    def read(self, place: Place) -> Evaluation:
        """The evaluation whose result lies at a place, of any worker. Raises StoreError or ImageError."""
        return self.restore(self._store.read_result(place.position, worker=place.worker))

    def restore(self, result: SampleResult) -> Evaluation:
        """The evaluation that a stored result speaks of. Raises StoreError or ImageError."""
        return Evaluation(result=result, output=restore_output(result, self._store), reused=True)

    def _store_result(self, asked: Asked, scored: ScoredAnswer) -> tuple[Evaluation, Place]:
        sample = asked.question.sample
        result = SampleResult(
            model=asked.question.model,
            sample_id=sample.sample_id,
            repeat=asked.question.repeat,
            task=sample.task,
            modality=sample.modality,
            subtask=sample.subtask,
            status=scored.answer.status,
            reason=scored.answer.reason,
            not_asked=scored.answer.not_asked,
            scores=scored.scores,
            output=store_output(scored.answer, self._store),
            digests=asked.question.digests,
            first_input=asked.question.first_input,
            finished=_now(),
            worker=self._worker,
        )
        position = self._store.append(result, worker=self._worker)
        return Evaluation(result=result, output=scored.answer.output), Place(self._worker, position)


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")


def store_output(answer: Answer, store: RunDirectory) -> StoredOutput:
    """The output of an answer without its pixels, which are stored. Raises StoreError."""
    output = answer.output
    image = output.image
    return StoredOutput(
        text=output.text,
        image=store.save_image(image) if image is not None else None,
        size=(image.shape[1], image.shape[0]) if image is not None else None,
        raw=output.raw if output.raw != output.text else None,
        reasoning=output.reasoning,
        finish_reason=output.finish_reason,
        usage=output.usage,
        timing=output.timing,
        stages=output.stages,
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
        reasoning=stored.reasoning,
        finish_reason=stored.finish_reason,
        usage=stored.usage,
        timing=stored.timing,
        stages=stored.stages,
        seconds=stored.seconds,
    )
