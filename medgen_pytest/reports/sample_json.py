"""Samples in the JSON report: the text of each, of which most is encoded once for all samples of a run."""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

from medgen_pytest.domain.score import Score
from medgen_pytest.reports.plain import number_json, plain_json, text_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.score import Direction
    from medgen_pytest.domain.taxonomy import Modality, Task
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.outcome import Miss, Outcome

_KEPT = 10_000
"""More models, slices and ways in which scores differ no run has; a reason may be of one sample alone."""


class SampleEncoder:
    """Makes strict JSON in ASCII of samples, each on one line.

    A full run has more than a million scores: ids, numbers and reasons aside, each says what thousands of others say.
    """

    def __init__(self) -> None:
        self._text = lru_cache(_KEPT)(_optional_text)
        self._part = lru_cache(_KEPT)(_part)
        self._around_score = lru_cache(_KEPT)(_around_score)
        self._around_miss = lru_cache(_KEPT)(_around_miss)

    def encode(self, case: Case, more: Mapping[str, object]) -> str:
        """The text of a sample; `more` is what is said of it beside."""
        planned, result, verdict = case.planned, case.result, case.verdict
        misses = ", ".join([self._miss(miss) for miss in verdict.misses])
        scores = self._scores(case.metrics, result.scores) if result is not None else ""
        image, seconds = (result.output.image, result.output.seconds) if result is not None else (None, None)
        return (
            f'{{"model": {self._text(planned.model)}, "sample_id": {text_json(planned.sample_id)},'
            f' "repeat": {planned.repeat}, {self._part(planned.task, planned.subtask, planned.modality)},'
            f' "outcome": {self._text(verdict.outcome)}, "reason": {_optional_text(verdict.reason)},'
            f' "misses": [{misses}], "scores": {{{scores}}},'
            f' "image": {_optional_text(image)}, "seconds": {number_json(seconds)}'
            f"{', ' + plain_json(more)[1:-1] if more else ''}}}"
        )

    def _scores(self, outcomes: Mapping[str, Outcome], scores: Mapping[str, Score]) -> str:
        around_score, parts = self._around_score, []
        for name in sorted(scores):
            score = scores[name]
            value, outcome = score.value, outcomes.get(name)
            before, after = around_score(name, score.direction, score.convention, score.reason, score.notes, outcome)
            # As `number_json` of the usual number, without the call: a full run has a million of them.
            is_usual = type(value) is float and -inf < value < inf
            parts.append(f"{before}{value!r}{after}" if is_usual else f"{before}{number_json(value)}{after}")
        return ", ".join(parts)

    def _miss(self, miss: Miss) -> str:
        before, after = self._around_miss(miss.metric, miss.sign, miss.threshold)
        return f"{before}{number_json(miss.value)}{after}"


def _optional_text(text: str | None) -> str:
    return "null" if text is None else text_json(text)


def _part(task: Task, subtask: str | None, modality: Modality) -> str:
    """What says in which slices a sample lies, without braces."""
    values = {"format": task.format.value, "task": task.value, "subtask": subtask, "modality": modality.value}
    return plain_json(values)[1:-1]


def _around_score(
    name: str,
    direction: Direction,
    convention: str,
    reason: str | None,
    notes: tuple[str, ...],
    outcome: Outcome | None,
) -> tuple[str, str]:
    """What stands before the value of a score and behind it."""
    score = Score(metric=name, value=None, direction=direction, convention=convention, reason=reason, notes=notes)
    said = {**score.to_dict(), "outcome": outcome}
    del said["metric"], said["value"]  # the one is the key, the other stands between
    return f'{text_json(name)}: {{"value": ', f", {plain_json(said)[1:]}"


def _around_miss(metric: str, sign: str, threshold: float) -> tuple[str, str]:
    """What stands before the value of a miss and behind it."""
    rest = plain_json({"sign": sign, "threshold": threshold})
    return f'{{"metric": {text_json(metric)}, "value": ', f", {rest[1:]}"
