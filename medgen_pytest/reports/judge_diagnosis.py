"""The diagnosis of judging as text: who judges by what, and every problem with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.judge.diagnosis import JudgeState, JudgingDiagnosis

_RUBRIC, _CAPTIONS = "rubric", "captions"


def judging_facts(judging: JudgingDiagnosis) -> Iterator[str]:
    """A line for each judge, the rubric and the captions, and the warnings; keys are told by the names of variables."""
    width = max(len(name) for name in (_RUBRIC, _CAPTIONS, *(f"judge {judge.name}" for judge in judging.judges)))
    for judge in judging.judges:
        yield f"  {f'judge {judge.name}':<{width}}  {_judge(judge)}"
    rubric = judging.rubric
    known = f"{rubric.name}@{rubric.version}, SHA-256 {rubric.digest}"
    yield f"  {_RUBRIC:<{width}}  {known if rubric.problem is None else f'NOT READY: {rubric.name}'}"
    yield f"  {_CAPTIONS:<{width}}  {'can be drawn' if judging.captions.problem is None else 'NOT READY'}"
    for warning in judging.warnings:
        yield f"  warning: {warning}"


def judging_problems(judging: JudgingDiagnosis) -> Iterator[str]:
    """What keeps outputs from being judged, and what to do about it."""
    for judge in judging.judges:
        for problem in judge.problems:
            yield f"  judge {judge.name!r}: {problem}"
    if judging.rubric.problem is not None:
        yield f"  {judging.rubric.problem}"
    if judging.captions.problem is not None:
        yield f"  {judging.captions.problem}"
        yield f"    to do: {judging.captions.remedy}"


def _judge(judge: JudgeState) -> str:
    keys = [f"key in {key.variable}" if key.is_set else f"{key.variable} is not set" for key in judge.keys]
    known = ", ".join(part for part in (judge.adapter, *keys) if part is not None)
    if judge.problems:
        return f"NOT READY: {known}" if known else "NOT READY"
    return f"ready: {known}"
