"""What outputs are made of, as plain values for JSON and back; unknown stays None."""

from __future__ import annotations

from medgen_pytest.domain.output import Stage, Timing, Usage
from medgen_pytest.domain.plain import (
    read_mapping,
    read_optional_text,
    read_optional_whole,
    read_text,
    read_whole,
)
from medgen_pytest.domain.score import dump_number, load_number


def dump_usage(usage: Usage) -> dict[str, object]:
    """Plain values; `load_usage` gives back an equal usage."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "images": usage.images,
        "cost": dump_number(usage.cost),
    }


def load_usage(value: object) -> Usage:
    """The usage that `dump_usage` wrote. Raises TypeError or ValueError for anything else."""
    data = read_mapping(value)
    return Usage(
        input_tokens=read_optional_whole(data.get("input_tokens")),
        output_tokens=read_optional_whole(data.get("output_tokens")),
        images=read_optional_whole(data.get("images")),
        cost=load_number(data.get("cost")),
    )


def dump_timing(timing: Timing) -> dict[str, object]:
    """Plain values; `load_timing` gives back an equal timing."""
    return {
        "requests": timing.requests,
        "first_try": dump_number(timing.first_try),
        "working": dump_number(timing.working),
        "waiting": dump_number(timing.waiting),
    }


def load_timing(value: object) -> Timing:
    """The timing that `dump_timing` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    data = read_mapping(value)
    return Timing(
        requests=read_whole(data["requests"]),
        first_try=_seconds(data["first_try"]),
        working=_seconds(data["working"]),
        waiting=_seconds(data["waiting"]),
    )


def dump_stage(stage: Stage) -> dict[str, object]:
    """Plain values, without the fields that are None."""
    data: dict[str, object] = {
        "name": stage.name,
        "prompt": stage.prompt,
        "text": stage.text,
        "raw": stage.raw,
        "reasoning": stage.reasoning,
        "finish_reason": stage.finish_reason,
        "problem": stage.problem,
        "usage": dump_usage(stage.usage) if stage.usage else None,
        "timing": dump_timing(stage.timing) if stage.timing else None,
        "seconds": dump_number(stage.seconds),
    }
    return {key: value for key, value in data.items() if value is not None}


def load_stage(value: object) -> Stage:
    """The stage that `dump_stage` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    data = read_mapping(value)
    usage, timing = data.get("usage"), data.get("timing")
    return Stage(
        name=read_text(data["name"]),
        prompt=read_optional_text(data.get("prompt")),
        text=read_optional_text(data.get("text")),
        raw=read_optional_text(data.get("raw")),
        reasoning=read_optional_text(data.get("reasoning")),
        finish_reason=read_optional_text(data.get("finish_reason")),
        problem=read_optional_text(data.get("problem")),
        usage=load_usage(usage) if usage is not None else None,
        timing=load_timing(timing) if timing is not None else None,
        seconds=load_number(data.get("seconds")),
    )


def _seconds(value: object) -> float:
    number = load_number(value)
    if number is None:
        raise TypeError("seconds are missing")
    return number
