"""A sample of an inspect_ai log: the question, the answer, and a score a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.reports.plain import plain

if TYPE_CHECKING:
    from medgen_pytest.domain.output import Usage
    from medgen_pytest.domain.result import SampleResult, StoredOutput
    from medgen_pytest.evaluation.case import Case

_JUDGED = {Outcome.ACCURATE: 1.0, Outcome.INACCURATE: 0.0, Outcome.INVALID: 0.0}
_STOPS = frozenset({"stop", "max_tokens", "model_length", "tool_calls", "content_filter"})
_LENGTH = "length"
"""What OpenAI's endpoints call `max_tokens`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a sample asks, its options, and the text of its reference."""

    instruction: str
    choices: tuple[str, ...] = ()
    target: str | None = None


def inspect_sample(case: Case, question: Question | None) -> dict[str, object]:
    """The sample of a case that has a result; without its question the id stands in its place.

    A metric that is unscored has no score, and stands with its reason in `metadata`: it is never 0.
    """
    planned, result = case.planned, case.result
    output = result.output if result is not None else None
    asked = question.instruction if question is not None else f"[not exported: {planned.sample_id}]"
    sample = plain(
        {
            "id": planned.sample_id,
            "epoch": planned.repeat + 1,
            "input": asked,
            "choices": list(question.choices) if question is not None and question.choices else None,
            "target": (question.target or "") if question is not None else "",
            "messages": _messages(asked, output, model=planned.model),
            "output": _output(output, model=planned.model),
            "metadata": _metadata(case),
            "error": _error(case),
            "total_time": output.seconds if output is not None else None,
            "completed_at": result.finished if result is not None else None,
        }
    )
    # Infinite scores stay numbers, which `plain` would make texts of.
    return {**sample, "scores": _scores(case)}


def _messages(asked: str, output: StoredOutput | None, *, model: str) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = [{"role": "user", "content": asked}]
    if output is not None and output.text is not None:
        messages.append({"role": "assistant", "content": output.text, "source": "generate", "model": model})
    return messages


def _output(output: StoredOutput | None, *, model: str) -> dict[str, object]:
    if output is None or output.text is None:
        return {"model": model, "choices": []}
    message = {"role": "assistant", "content": output.text, "source": "generate"}
    return {
        "model": model,
        "choices": [{"message": message, "stop_reason": _stop_reason(output.finish_reason)}],
        "completion": output.text,
        "usage": _usage(output.usage),
        "time": output.seconds,
    }


def _stop_reason(reason: str | None) -> str:
    if reason == _LENGTH:
        return "max_tokens"
    return reason if reason in _STOPS else "unknown"


def _usage(usage: Usage | None) -> dict[str, object] | None:
    # It has no word for what is unknown, so there is none unless both are known.
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "total_cost": usage.cost,
    }


def _metadata(case: Case) -> dict[str, object]:
    planned, result = case.planned, case.result
    return {
        "format": planned.format.value,
        "task": planned.task.value,
        "subtask": planned.subtask,
        "modality": planned.modality.value,
        "cluster": case.cluster,
        "outcome": case.verdict.outcome.value,
        "reason": case.verdict.reason,
        "image": f"outputs/{result.output.image}" if result is not None and result.output.image else None,
        "unscored": _unscored(result),
    }


def _unscored(result: SampleResult | None) -> dict[str, str]:
    scores = result.scores if result is not None else {}
    return {name: score.reason or "" for name, score in sorted(scores.items()) if not score.is_scored}


def _error(case: Case) -> dict[str, str] | None:
    if case.verdict.outcome is not Outcome.ERROR:
        return None
    return {"message": case.verdict.reason or "no reason was recorded", "traceback": "", "traceback_ansi": ""}


def _scores(case: Case) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    judged = _JUDGED.get(case.verdict.outcome)
    if judged is not None:
        found[ACCURACY] = {"value": judged, **plain({"explanation": case.verdict.reason})}
    for name, score in sorted(case.result.scores.items() if case.result is not None else ()):
        if score.is_scored:
            outcome = case.metrics.get(name)
            facts = {"convention": score.convention, "outcome": outcome and outcome.value, "notes": score.notes}
            [key] = plain({name: None})
            found[key] = {"value": score.value, **plain({"metadata": facts})}
    return found
