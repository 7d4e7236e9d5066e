"""Entries of `gates:` in settings: a gate's text, or a mapping that says its tier as well."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from medgen_pytest.errors import unknown_name

Tier = Literal["blocking", "advisory"]
"""Whether a gate decides the exit code, or is only told."""

_TIERS: tuple[Tier, ...] = get_args(Tier)


class TieredGate(BaseModel):
    """A gate and its tier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gate: str = Field(description="The gate, as text.")
    tier: Tier = Field(default="blocking", description="Whether it decides the exit code, or is only told.")


def _text(value: object) -> object:
    """An entry as text: `advisory: GATE` for a gate that is only told."""
    if not isinstance(value, dict):
        return value
    # An `advisory: GATE` that was not quoted is a mapping for YAML.
    short = len(value) == 1 and set(value) <= set(_TIERS)
    entry = _entry({"tier": next(iter(value)), "gate": next(iter(value.values()))} if short else value)
    return f"{entry.tier}: {entry.gate}" if entry.tier == "advisory" else entry.gate


def _entry(value: dict[object, object]) -> TieredGate:
    try:
        return TieredGate.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ValueError(unknown_name("key", name, TieredGate.model_fields)) from error
        raise ValueError(f"{name}: {first['msg'][:1].lower()}{first['msg'][1:]}") from error


GateText = Annotated[str, BeforeValidator(_text)]
"""The text of a gate, with `advisory: ` before it where it is only told."""


def gate_entry_schema() -> dict[str, object]:
    """The JSON Schema of an entry: the text, `{gate: TEXT, tier: TIER}` or `{TIER: TEXT}`."""
    short = [
        {"type": "object", "properties": {tier: {"type": "string"}}, "required": [tier], "additionalProperties": False}
        for tier in _TIERS
    ]
    return {"anyOf": [{"type": "string"}, TieredGate.model_json_schema(), *short]}
