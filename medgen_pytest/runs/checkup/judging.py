"""Looking at judges: who judges by what, and what keeps outputs from being judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.checkup import Finding, problem, warning, well

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.judge.diagnosis import JudgeState, JudgingDiagnosis

_JUDGE = "correct it under `judge:` in medgen.yaml, start its endpoint, or leave endpoints alone by --offline"


def judging_findings(judging: JudgingDiagnosis) -> Iterator[Finding]:
    """Each judge, the rubric, the captions, and what speaks against a judge."""
    for judge in judging.judges:
        yield from _of_judge(judge)
    rubric = judging.rubric
    if rubric.problem is not None:
        yield problem(rubric.problem, todo="name a rubric of the package or a YAML file: `judge.rubric`, --rubric")
    else:
        yield well(f"rubric {rubric.name}@{rubric.version}", f"SHA-256 {rubric.digest}")
    if judging.captions.problem is not None:
        yield problem(judging.captions.problem, todo=judging.captions.remedy or "install another Pillow")
    else:
        yield well("captions below images can be drawn")
    for text in judging.warnings:
        yield warning(text, todo="name a judge of another family, or judge by several: `judge.panel`")


def _of_judge(judge: JudgeState) -> Iterator[Finding]:
    who = f"judge {judge.name!r}"
    for key in judge.keys:
        if not key.is_set:
            yield problem(
                f"{who}: the environment variable {key.variable} is not set",
                todo=f"export {key.variable}=... (its key)",
            )
    if any(not key.is_set for key in judge.keys):
        return
    for text in judge.problems:
        yield problem(f"{who}: {text}", todo=_JUDGE)
    if not judge.problems:
        keys = [f"key in {key.variable}" for key in judge.keys]
        yield well(f"{who}: {', '.join([judge.adapter or 'known', *keys])}")
