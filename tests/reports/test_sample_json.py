"""Samples as JSON: whatever was encoded before, each says what its record and its verdict say."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case
from medgen_pytest.evaluation.outcome import Miss, Outcome, Verdict
from medgen_pytest.reports.sample_json import SampleEncoder

TEXT = st.text(max_size=8)
WHOLE = TEXT.filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text))
SCORES = st.builds(
    Score,
    metric=st.just("ssim"),
    value=st.none() | st.floats(),
    direction=st.sampled_from(["higher", "lower"]),
    convention=st.sampled_from(["ssim/upstream@1", "ssim/canonical@2"]),
    reason=st.none() | WHOLE,
    notes=st.lists(WHOLE, max_size=2).map(tuple),
)
MISSES = st.builds(
    Miss,
    metric=st.just("psnr"),
    value=st.floats(),
    threshold=st.sampled_from([20.0, 30.0]),
    sign=st.sampled_from([">=", "<="]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    task, modality = draw(st.sampled_from(Task)), draw(st.sampled_from(Modality))
    subtask, sample_id = draw(st.none() | WHOLE), draw(WHOLE)
    outcomes = draw(st.dictionaries(st.sampled_from(["ssim", "psnr"]), st.sampled_from(Outcome)))
    result = SampleResult(
        model="m",
        sample_id=sample_id,
        task=task,
        modality=modality,
        status="answered",
        scores=draw(st.dictionaries(st.sampled_from(["ssim", "psnr", "lpips"]), SCORES)),
        output=StoredOutput(image=draw(st.none() | WHOLE), seconds=draw(st.none() | st.floats())),
    )
    return Case(
        planned=PlannedSample(model="m", sample_id=sample_id, task=task, modality=modality, subtask=subtask, repeat=3),
        result=draw(st.none() | st.just(result)),
        verdict=Verdict(
            outcome=draw(st.sampled_from(Outcome)),
            misses=tuple(draw(st.lists(MISSES, max_size=2))),
            reason=draw(st.none() | WHOLE),
        ),
        metrics=outcomes,
    )


def number(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)


def told_of(case: Case) -> dict[str, Any]:
    """A sample as the schema has it, written out by hand."""
    planned, result = case.planned, case.result
    scores: dict[str, dict[str, Any]] = {}
    for name, score in sorted(result.scores.items()) if result is not None else ():
        scores[name] = {
            "value": number(score.value),
            "direction": score.direction,
            "convention": score.convention,
            **({} if score.reason is None else {"reason": score.reason}),
            **({"notes": list(score.notes)} if score.notes else {}),
            "outcome": case.metrics[name].value if name in case.metrics else None,
        }
    misses = [
        {"metric": miss.metric, "value": number(miss.value), "sign": miss.sign, "threshold": miss.threshold}
        for miss in case.verdict.misses
    ]
    return {
        "model": planned.model,
        "sample_id": planned.sample_id,
        "repeat": planned.repeat,
        "format": planned.format.value,
        "task": planned.task.value,
        "subtask": planned.subtask,
        "modality": planned.modality.value,
        "outcome": case.verdict.outcome.value,
        "reason": case.verdict.reason,
        "misses": misses,
        "scores": scores,
        "image": result.output.image if result is not None else None,
        "seconds": number(result.output.seconds) if result is not None else None,
    }


@settings(max_examples=100, deadline=None)
@given(some=st.lists(cases(), max_size=6))
def test_a_line_is_what_the_json_encoder_makes_of_the_sample(some: list[Case]) -> None:
    encoder = SampleEncoder()

    lines = [encoder.encode(case, {}) for case in some]

    assert lines == [json.dumps(told_of(case), allow_nan=False) for case in some]


@given(subtask=TEXT, reason=TEXT)
def test_half_a_character_is_told_as_an_escape_anywhere(subtask: str, reason: str) -> None:
    planned = PlannedSample(model="m", sample_id="s", task=Task.BLANK_FILLING, modality=Modality.CT, subtask=subtask)
    case = Case(planned=planned, result=None, verdict=Verdict(outcome=Outcome.ERROR, reason=reason), metrics={})

    told = json.loads(SampleEncoder().encode(case, {"notes": [reason]}))

    escaped = [text.encode("utf-8", "backslashreplace").decode() for text in (subtask, reason, reason)]
    assert [told["subtask"], told["reason"], *told["notes"]] == escaped
