"""Records by hand: planned samples and results for tests of the evaluation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult
from medgen_pytest.domain.sample import make_sample_id
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case
from medgen_pytest.evaluation.outcome import Outcome, Verdict
from medgen_pytest.evaluation.profile import load_profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.domain.result import ResultKey, Status

_MEASURED = {"ssim", "psnr", "bleu", "exact_match"}
_WHOLE = load_profile("medgen-2026.08", root=Path())
PROFILE = replace(_WHOLE, thresholds={name: value for name, value in _WHOLE.thresholds.items() if name in _MEASURED})
"""The profile as a run has it that measures nothing that needs a network."""


def plan(
    task: Task = Task.STYLE_TRANSFER,
    *,
    number: int = 1,
    model: str = "my-model",
    modality: Modality = Modality.CT,
    subtask: str | None = None,
    repeat: int = 0,
) -> PlannedSample:
    """A planned sample."""
    return PlannedSample(
        model=model,
        sample_id=make_sample_id(task, number),
        repeat=repeat,
        task=task,
        modality=modality,
        subtask=subtask,
    )


def record(
    planned: PlannedSample, *, status: Status = "answered", reason: str | None = None, **values: float | None
) -> SampleResult:
    """The result of a planned sample with these scores; None is an unscored one."""
    scores = {
        name: Score(
            metric=name,
            value=value,
            direction="higher",
            convention=f"{name}/upstream@1",
            reason="it broke" if value is None else None,
        )
        for name, value in values.items()
    }
    return SampleResult(
        model=planned.model,
        sample_id=planned.sample_id,
        repeat=planned.repeat,
        task=planned.task,
        modality=planned.modality,
        subtask=planned.subtask,
        status=status,
        reason=reason,
        scores=scores,
    )


def by_key(results: Iterable[SampleResult]) -> dict[ResultKey, SampleResult]:
    """Results by what identifies them."""
    return {result.key: result for result in results}


def cases_of(outcomes: Iterable[Outcome], *, task: Task = Task.STYLE_TRANSFER, model: str = "my-model") -> list[Case]:
    """A case for each outcome, of one model and one task."""
    return [
        Case(
            planned=plan(task, number=number, model=model),
            result=None,
            verdict=Verdict(outcome=outcome),
            metrics={"ssim": outcome},
        )
        for number, outcome in enumerate(outcomes, start=1)
    ]
