"""Faults: where what a model handed over is not what the contract of models asks for."""

from __future__ import annotations

from dataclasses import fields

from medgen_pytest.domain.output import ModelOutput, Usage


def find_fault(value: object) -> str | None:
    """What is wrong with the types of an answer, the image apart; None if nothing is.

    A model of the user's own may hand over anything, whatever its annotations say.
    """
    if not isinstance(value, ModelOutput):
        return f"the model's answer is a {type(value).__name__}, not a ModelOutput"
    for name in ("text", "raw", "problem"):
        if not isinstance(getattr(value, name), str | None):
            return _wrong(name, getattr(value, name), need="str")
    if not _is_number(value.seconds):
        return _wrong("seconds", value.seconds, need="float")
    if not isinstance(value.usage, Usage | None):
        return _wrong("usage", value.usage, need="Usage")
    return _usage_fault(value.usage) if value.usage is not None else None


def _usage_fault(usage: Usage) -> str | None:
    for name in (field.name for field in fields(usage)):
        amount = getattr(usage, name)
        if not _is_number(amount) or (isinstance(amount, float) and name != "cost"):
            return _wrong(f"usage.{name}", amount, need="float" if name == "cost" else "int")
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | None) and not isinstance(value, bool)


def _wrong(name: str, value: object, *, need: str) -> str:
    return f"the {name} of the model's answer is a {type(value).__name__}, not a {need}"
