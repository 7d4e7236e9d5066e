"""The scorer: outputs and their samples in, scores out, in batches; the one place where outputs become scores."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medgen_pytest.domain.score import Score
from medgen_pytest.engine.answer import Answer, broken_dataset, describe, shorten
from medgen_pytest.errors import ImageError, OutputError
from medgen_pytest.metrics.pairing import make_pair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.metrics.contract import Metric, Pair
    from medgen_pytest.metrics.pairing import SizeRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredAnswer:
    """An answer, whose status its pairing with the reference may have changed, with its scores by metric."""

    answer: Answer
    scores: Mapping[str, Score] = field(default_factory=dict)


class Scorer:
    """Scores answers with the metrics of a run; a metric that fails leaves its own score out, nothing else."""

    def __init__(self, metrics: Sequence[Metric], *, on_size_mismatch: SizeRule) -> None:
        self._metrics = metrics
        self._on_size_mismatch: SizeRule = on_size_mismatch

    def score(self, answers: Sequence[tuple[Sample, Answer]]) -> list[ScoredAnswer]:
        """The answers with their scores, in order; each metric sees all pairs it applies to at once."""
        made = [self._pair(sample, answer) for sample, answer in answers]
        scores: list[dict[str, Score]] = [{} for _ in answers]
        for metric in self._metrics:
            due = [
                (place, pair)
                for place, (_, pair) in enumerate(made)
                if pair is not None and metric.spec.applies_to(pair.task)
            ]
            found = score_pairs(metric, [pair for _, pair in due])
            for (place, _), score in zip(due, found, strict=True):
                scores[place][metric.spec.name] = score
        return [ScoredAnswer(answer=answer, scores=found) for (answer, _), found in zip(made, scores, strict=True)]

    def _pair(self, sample: Sample, answer: Answer) -> tuple[Answer, Pair | None]:
        if answer.status == "error":
            return answer, None
        try:
            return answer, make_pair(answer.output, sample, on_size_mismatch=self._on_size_mismatch)
        except ImageError as error:
            return replace(answer, status="error", reason=broken_dataset(error)), None
        except OutputError as error:
            reason = shorten(str(error))
            output = replace(answer.output, problem=reason)
            return replace(answer, output=output, status="invalid", reason=reason), None


def score_pairs(metric: Metric, pairs: Sequence[Pair]) -> list[Score]:
    """One score a pair, in order, whatever the metric does; of a batch that breaks each pair is tried alone."""
    if not pairs:
        return []
    try:
        found = metric.score(pairs)
        problem = _misfit(found, len(pairs))
    except Exception as error:  # noqa: BLE001 - a metric that breaks leaves its own score out, nothing else
        problem = describe(error)
    if problem is None:
        return found
    if len(pairs) > 1:
        return [score for pair in pairs for score in score_pairs(metric, [pair])]
    return [
        Score(
            metric=metric.spec.name,
            value=None,
            direction=metric.spec.direction,
            convention=metric.convention,
            reason=shorten(f"the metric failed: {problem}"),
        )
    ]


def _misfit(found: object, count: int) -> str | None:
    """What is wrong with what a metric returned; metrics may be a user's own, whatever they promise."""
    if not isinstance(found, list | tuple):
        return f"it returned a {type(found).__name__}, not a list of scores"
    if len(found) != count:
        return f"it returned {len(found)} scores, not {count}"
    strange = [type(value).__name__ for value in found if not isinstance(value, Score)]
    return f"it returned a {strange[0]}, not a Score" if strange else None
