"""Faults: where what a model handed over is not what the contract of models asks for."""

from __future__ import annotations

from dataclasses import fields

from medgen_pytest.domain.output import ModelOutput, Stage, Timing, Usage

_FRACTIONS = ("cost", "first_try", "working", "waiting")


def find_fault(value: object) -> str | None:
    """What is wrong with the types of an answer, the image apart; None if nothing is.

    A model of the user's own may hand over anything, whatever its annotations say.
    """
    if not isinstance(value, ModelOutput):
        return f"the model's answer is a {type(value).__name__}, not a ModelOutput"
    fault = _part_fault(value, texts=("text", "raw", "reasoning", "finish_reason", "problem"))
    if fault is not None:
        return fault
    stages: object = value.stages
    if not isinstance(stages, tuple) or not all(isinstance(stage, Stage) for stage in stages):
        return _wrong("stages", stages, need="tuple of Stage")
    faults = (_stage_fault(stage) for stage in stages)
    return next((fault for fault in faults if fault is not None), None)


def _stage_fault(stage: Stage) -> str | None:
    if not isinstance(stage.name, str):
        return _wrong("stage.name", stage.name, need="str")
    return _part_fault(stage, texts=("prompt", "text", "raw", "reasoning", "finish_reason", "problem"))


def _part_fault(part: ModelOutput | Stage, *, texts: tuple[str, ...]) -> str | None:
    for name in texts:
        if not isinstance(getattr(part, name), str | None):
            return _wrong(name, getattr(part, name), need="str")
    if not _is_number(part.seconds):
        return _wrong("seconds", part.seconds, need="float")
    if not isinstance(part.usage, Usage | None):
        return _wrong("usage", part.usage, need="Usage")
    if not isinstance(part.timing, Timing | None):
        return _wrong("timing", part.timing, need="Timing")
    return _amounts_fault(part.usage, part.timing)


def _amounts_fault(*parts: Usage | Timing | None) -> str | None:
    for part in (part for part in parts if part is not None):
        for name in (field.name for field in fields(part)):
            amount, where = getattr(part, name), f"{type(part).__name__.lower()}.{name}"
            if name in _FRACTIONS and not _is_number(amount):
                return _wrong(where, amount, need="float")
            if name not in _FRACTIONS and (not _is_number(amount) or isinstance(amount, float)):
                return _wrong(where, amount, need="int")
            if amount is None and isinstance(part, Timing):
                return _wrong(where, amount, need="number")
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | None) and not isinstance(value, bool)


def _wrong(name: str, value: object, *, need: str) -> str:
    return f"the {name} of the model's answer is a {type(value).__name__}, not a {need}"
