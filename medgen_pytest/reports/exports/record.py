"""Flat records: a planned sample of a run with its verdict, scores and answer as one row of plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.result import StoredOutput
from medgen_pytest.reports.plain import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult

Kind = Literal["text", "whole", "number"]
"""What the values of a field are, where they are not None."""
Value = str | int | float | None

_IDENTITY: dict[str, Kind] = {
    "run_id": "text",
    "model": "text",
    "sample_id": "text",
    "repeat": "whole",
    "format": "text",
    "task": "text",
    "subtask": "text",
    "modality": "text",
    "cluster": "text",
    "outcome": "text",
    "reason": "text",
}
_ANSWER: dict[str, Kind] = {
    "text": "text",
    "image": "text",
    "image_width": "whole",
    "image_height": "whole",
    "seconds": "number",
    "finish_reason": "text",
    "input_tokens": "whole",
    "output_tokens": "whole",
    "cost": "number",
    "finished": "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of the records."""

    name: str
    kind: Kind


def fields_of(run: RunResult) -> list[Field]:
    """The columns: what a sample is, `score_`, `outcome_` and `unscored_METRIC` of each metric, and the answer."""
    found = {**_IDENTITY}
    for name in map(plain_text, sorted(run.metrics)):
        found |= {f"score_{name}": "number", f"outcome_{name}": "text", f"unscored_{name}": "text"}
    return [Field(name=name, kind=kind) for name, kind in {**found, **_ANSWER}.items()]


def records_of(run: RunResult) -> Iterator[dict[str, Value]]:
    """A record of every planned sample, model and repeat, sorted, with every field; texts can be written as UTF-8."""
    run_id, metrics = _text(run.facts.get("run_id")), sorted(run.metrics)
    for case in sorted(run.cases, key=lambda case: case.planned.key):
        yield {**_identity(case, run_id), **_scores(case, metrics), **_answer(case.result)}


def _identity(case: Case, run_id: str | None) -> dict[str, Value]:
    planned = case.planned
    return {
        "run_id": run_id,
        "model": plain_text(planned.model),
        "sample_id": plain_text(planned.sample_id),
        "repeat": planned.repeat,
        "format": planned.format.value,
        "task": planned.task.value,
        "subtask": _text(planned.subtask),
        "modality": planned.modality.value,
        "cluster": _text(case.cluster),
        "outcome": case.verdict.outcome.value,
        "reason": _text(case.verdict.reason),
    }


def _scores(case: Case, metrics: Sequence[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    scores = case.result.scores if case.result is not None else {}
    for name in metrics:
        score, outcome = scores.get(name), case.metrics.get(name)
        is_scored = score is not None and score.is_scored
        unscored = None if score is None or is_scored else _text(score.reason) or "no reason was given"
        column = plain_text(name)
        found[f"score_{column}"] = score.value if score is not None and is_scored else None
        found[f"outcome_{column}"] = outcome.value if outcome is not None else None
        found[f"unscored_{column}"] = unscored
    return found


def _answer(result: SampleResult | None) -> dict[str, Value]:
    output = result.output if result is not None else StoredOutput()
    width, height = output.size or (None, None)
    usage = output.usage or Usage()
    return {
        "text": _text(output.text),
        "image": f"outputs/{output.image}" if output.image is not None else None,
        "image_width": width,
        "image_height": height,
        "seconds": output.seconds,
        "finish_reason": _text(output.finish_reason),
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost": usage.cost,
        "finished": result.finished if result is not None else None,
    }


def _text(value: object) -> str | None:
    return None if value is None else plain_text(str(value))
