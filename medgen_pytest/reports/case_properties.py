"""Properties of test cases: what JUnit files say of a sample beside its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.score import dump_number
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.score import Score


def case_properties(case_result: SampleResult, outcome: str, *, is_repeated: bool = False) -> list[tuple[str, str]]:
    """Name and value of each property of a test: what it is of, its outcome and a `score_METRIC` for each score.

    Every text is visible and free of lone surrogates, so that it can cross processes and stand in XML.
    """
    scores = [(f"score_{visible(name)}", _score_text(score)) for name, score in sorted(case_result.scores.items())]
    return [*identity_properties(case_result, is_repeated=is_repeated), ("outcome", visible(outcome)), *scores]


def identity_properties(record: SampleResult | PlannedSample, *, is_repeated: bool) -> list[tuple[str, str]]:
    """The properties that say what a test is of."""
    repeat = [("repeat", str(record.repeat))] if is_repeated else []
    subtask = [("subtask", visible(record.subtask))] if record.subtask is not None else []
    return [
        ("model", visible(record.model)),
        ("format", record.format.value),
        ("task", record.task.value),
        *subtask,
        ("modality", record.modality.value),
        *repeat,
    ]


def _score_text(score: Score) -> str:
    if not score.is_scored:
        return f"unscored: {visible(score.reason or 'no reason was recorded')}"
    return str(dump_number(score.value))
