"""Lines of a baseline: one sample of one model, with no more than its outcome and scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_mapping, read_optional_text, read_text, read_whole
from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, read_status
from medgen_pytest.domain.score import Score, dump_number, load_number
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.result import Status
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.metrics.contract import MetricSpec

SCORE_DIGITS = 6
"""Decimals of a score that are kept."""


def thinned(result: SampleResult, profile: Profile, *, conventions: Mapping[str, str]) -> SampleResult:
    """A result without its output, with rounded scores of the metrics that have a convention here."""
    scores = {
        name: replace(_rounded(score, profile), convention=conventions[name])
        for name, score in sorted(result.scores.items())
        if name in conventions
    }
    return SampleResult(
        model=result.model,
        sample_id=result.sample_id,
        repeat=result.repeat,
        task=result.task,
        modality=result.modality,
        subtask=result.subtask,
        # An answer without any score and an error come to the same, and need not be told apart.
        status="error" if result.status == "answered" and not scores else result.status,
        scores=scores,
    )


def dump_line(planned: PlannedSample, result: SampleResult | None, *, outcome: Outcome) -> dict[str, object]:
    """Plain values of a sample; `load_line` gives back its plan and result.

    Without what can be known otherwise: the task where the id names it, the first repeat, what is not there.
    """
    line = {
        "id": planned.sample_id,
        "repeat": planned.repeat or None,
        "task": planned.task.value if _named_task(planned.sample_id) is not planned.task else None,
        "modality": planned.modality.value,
        "subtask": planned.subtask,
        "cluster": planned.cluster,
        "outcome": outcome.value,
        "status": result.status if result is not None and result.status != _usual_status(outcome) else None,
        "scores": _dump_scores(result) if result is not None else None,
    }
    return {key: value for key, value in line.items() if value not in (None, {})}


def load_line(
    line: object, *, model: str, metrics: Mapping[str, MetricSpec], conventions: Mapping[str, str]
) -> tuple[PlannedSample, SampleResult | None]:
    """The sample of a line as it was planned, and its result. Raises KeyError, TypeError or ValueError for no line."""
    data = read_mapping(line)
    sample_id = read_text(data["id"])
    outcome = Outcome(data["outcome"])
    planned = PlannedSample(
        model=model,
        sample_id=sample_id,
        repeat=read_whole(data.get("repeat", 0)),
        task=Task(data["task"]) if "task" in data else _task_of(sample_id),
        modality=Modality(data["modality"]),
        subtask=read_optional_text(data.get("subtask")),
        cluster=read_optional_text(data.get("cluster")),
    )
    if outcome is Outcome.MISSING:
        return planned, None
    result = SampleResult(
        model=model,
        sample_id=sample_id,
        repeat=planned.repeat,
        task=planned.task,
        modality=planned.modality,
        subtask=planned.subtask,
        status=read_status(data.get("status", _usual_status(outcome))),
        scores={
            name: _score(name, value, metrics, conventions)
            for name, value in read_mapping(data.get("scores", {})).items()
        },
    )
    return planned, result


def _rounded(score: Score, profile: Profile) -> Score:
    """A score with fewer digits, unless that would take it to the other side of its threshold."""
    value, threshold = score.value, profile.thresholds.get(score.metric)
    kept = round(value, SCORE_DIGITS) if value is not None and score.is_scored else None
    short = replace(score, value=kept, reason=None, notes=())
    if threshold is None or kept is None or short.meets(threshold) == score.meets(threshold):
        return short
    return replace(short, value=value)


def _dump_scores(result: SampleResult) -> dict[str, object]:
    return {name: dump_number(score.value) for name, score in sorted(result.scores.items())}


def _score(name: str, value: object, metrics: Mapping[str, MetricSpec], conventions: Mapping[str, str]) -> Score:
    if name not in metrics or name not in conventions:
        raise ValueError(f"it holds scores of {name!r}, a metric that this version does not know")
    return Score(metric=name, value=load_number(value), direction=metrics[name].direction, convention=conventions[name])


def _usual_status(outcome: Outcome) -> Status:
    if outcome is Outcome.INVALID:
        return "invalid"
    return "error" if outcome is Outcome.ERROR else "answered"


def _task_of(sample_id: str) -> Task:
    task = _named_task(sample_id)
    if task is None:
        raise ValueError(f"sample {sample_id!r} has no task")
    return task


def _named_task(sample_id: str) -> Task | None:
    """The task that an id of ours names, `edit:noise-reconstruction:000017`."""
    name = f":{sample_id}".split(":")[-2]
    return _TASKS.get(name)


_TASKS = {task.value: task for task in Task}
