"""Index data: what the page must know of every result to filter and order them, a column for each fact."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.domain.plain import section_of
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.judging import is_uncertain, margin_of
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.metrics.pairing import is_resize
from medgen_pytest.reports.page.json_block import shown_text
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult

FLAGS = ("uncertain", "steering", "resized", "not asked")
"""What may be remarkable about a result, each a bit of its flags from the lowest on."""

_TASKS = [task.value for task in Task]
_MODALITIES = [modality.value for modality in Modality]
_OUTCOMES = [outcome.value for outcome in Outcome]
_LONGEST_NAME = 400
"""Longer names, of models and subtasks, are cut where they stand for themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCase:
    """A case with the run that it is of, and the place of its model in the list of names."""

    case: Case
    run: RunResult
    place: int


def name_text(name: str) -> str:
    """A name of a user as the page shows it: on one line, and not without end."""
    return visible(shown_text(name, longest=_LONGEST_NAME))


def index_data(run: RunResult, cases: Sequence[Case], drawn: Sequence[Case], sample_ids: Sequence[str]) -> object:
    """The index of all `cases`, which stand in the order in which they are shown first; `drawn` is another order.

    Numbers that stand for a name are its place in the list of names. A score that is not finite is a text.
    """
    models = {model: place for place, model in enumerate(run.models)}
    first = {case.planned.sample_id: case.planned for case in reversed(cases)}
    numbers = {case.planned.key: place for place, case in enumerate(cases)}
    placed = [PlacedCase(case=case, run=run, place=models[case.planned.model]) for case in cases]
    return {
        **name_lists(run.metrics, [run]),
        "models": [name_text(model) for model in models],
        "samples": sample_columns([first[sample_id] for sample_id in sample_ids]),
        "results": result_columns(placed, sample_ids=sample_ids, metrics=run.metrics),
        "drawn": [numbers[case.planned.key] for case in drawn],
        "repeated": not run.repeats.is_one,
    }


def name_lists(metrics: Sequence[str], runs: Sequence[RunResult]) -> dict[str, object]:
    """The lists of names that columns refer to, but for those of models; `runs` are all under one profile."""
    return {
        "tasks": _TASKS,
        "formats": [task.format.value for task in Task],
        "modalities": _MODALITIES,
        "outcomes": _OUTCOMES,
        "flags": FLAGS,
        "metrics": [_metric(runs[0], name) for name in metrics],
        "dimensions": {name: title for run in runs for name, title in _dimensions(run).items()},
    }


def sample_columns(planned: Sequence[PlannedSample]) -> dict[str, object]:
    """What is known of samples beforehand."""
    return {
        "id": [visible(one.sample_id) for one in planned],
        "task": [_TASKS.index(one.task.value) for one in planned],
        "modality": [_MODALITIES.index(one.modality.value) for one in planned],
        "subtask": [one.subtask and name_text(one.subtask) for one in planned],
    }


def result_columns(
    placed: Sequence[PlacedCase], *, sample_ids: Sequence[str], metrics: Sequence[str]
) -> dict[str, object]:
    """What is known of results, the scores of each metric in a column of its own."""
    samples = {sample_id: place for place, sample_id in enumerate(sample_ids)}
    cases = [one.case for one in placed]
    return {
        "sample": [samples[case.planned.sample_id] for case in cases],
        "model": [one.place for one in placed],
        "repeat": [case.planned.repeat for case in cases],
        "outcome": [_OUTCOMES.index(case.verdict.outcome.value) for case in cases],
        "flags": [_flags(one.case, one.run) for one in placed],
        "scores": [[_score(case, name) for case in cases] for name in metrics],
    }


def _metric(run: RunResult, name: str) -> dict[str, object]:
    spec = run.profile.metrics.get(name)
    return {
        "name": visible(name),
        "title": spec.title if spec is not None else visible(name),
        "direction": run.profile.direction_of(name),
        "threshold": run.profile.thresholds.get(name),
    }


def _dimensions(run: RunResult) -> dict[str, str]:
    """The titles of what the rubric asks for, by name."""
    asked = section_of(section_of(run.facts, "judge"), "rubric").get("dimensions")
    return {
        name_text(str(one.get("name"))): name_text(str(one.get("title")))
        for one in (asked if isinstance(asked, list | tuple) else ())
        if isinstance(one, Mapping)
    }


def _flags(case: Case, run: RunResult) -> int:
    if case.result is None:
        return 0
    return sum(1 << FLAGS.index(name) for name in _remarks(case.result, run))


def _remarks(result: SampleResult, run: RunResult) -> Iterator[str]:
    if result.judgements:
        thresholds, margin = run.profile.thresholds, margin_of(run.facts)
        judged = JUDGED & result.scores.keys()
        if any(is_uncertain(result, name, threshold=thresholds.get(name), margin=margin) for name in judged):
            yield "uncertain"
        if any(judgement.steering for judgement in result.judgements):
            yield "steering"
    if any(is_resize(note) for score in result.scores.values() for note in score.notes):
        yield "resized"
    if result.not_asked is not None:
        yield "not asked"


def _score(case: Case, name: str) -> float | str | None:
    score = case.result.scores.get(name) if case.result is not None else None
    return None if score is None or score.value is None else plain_number(score.value)


def plain_number(value: float) -> float | str:
    """A number with six digits, which are more than anybody compares; a text where it is not finite."""
    return float(f"{value:.6g}") if math.isfinite(value) else str(value)
