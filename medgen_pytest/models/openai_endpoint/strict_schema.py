"""Strict schemas: a JSON Schema in the words that every server with structured output can enforce."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from medgen_pytest.models.plain_schema import plain_schema

_NAME = "answer"
_NESTED = ("properties", "$defs", "definitions")
_STRICT = frozenset({"type", "description", "title", "enum", "const", "anyOf", "items", "$ref", "$defs", "definitions"})
_OF_OBJECTS = frozenset({"properties", "required", "additionalProperties"})
# Azure and others refuse these, OpenAI takes some of them since 2025: a word for the model hurts nowhere.
_SAID = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
)
_UNSAID = frozenset({"$schema", "$id", "$comment", "default", "examples"})


def schema_format(schema: Mapping[str, object]) -> dict[str, object]:
    """The `response_format` that asks for JSON of a schema; its properties keep their order.

    Objects are closed. Bounds, lengths, counts and patterns, which not every server takes, stand in the
    description instead. `strict` is true unless a part of the schema cannot be said in strict mode (a
    property that may be absent, an open object, `allOf` and the like): that schema is sent as it is.
    """
    plain = plain_schema(schema)
    strict = plain.get("type") == "object" and all(_is_strict(part) for part in _parts(plain))
    sent = _portable(plain) if strict else plain
    return {"type": "json_schema", "json_schema": {"name": _NAME, "strict": strict, "schema": sent}}


def _parts(schema: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """A schema and all schemas within it."""
    yield schema
    for name in _NESTED:
        named = schema.get(name)
        for part in named.values() if isinstance(named, Mapping) else ():
            yield from _parts(part) if isinstance(part, Mapping) else ()
    options = schema.get("anyOf")
    for part in (schema.get("items"), *(options if isinstance(options, list) else ())):
        yield from _parts(part) if isinstance(part, Mapping) else ()


def _is_strict(schema: Mapping[str, object]) -> bool:
    if set(schema) - _STRICT - _OF_OBJECTS - set(_SAID) - _UNSAID:
        return False
    properties, required = schema.get("properties", {}), schema.get("required", ())
    if schema.get("type") != "object":
        return not _OF_OBJECTS & set(schema)
    named = set(properties) if isinstance(properties, Mapping) else set()
    needed = set(required) if isinstance(required, list) else set()
    return bool(named) and named == needed and schema.get("additionalProperties", False) is False


def _portable(schema: Mapping[str, object]) -> dict[str, object]:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # no other word may stand beside it
    sent = {name: _within(name, value) for name, value in schema.items() if name in _STRICT | _OF_OBJECTS}
    bounds = ", ".join(f"{name} {json.dumps(schema[name])}" for name in _SAID if name in schema)
    if bounds:
        said = schema.get("description")
        sent["description"] = f"{said} ({bounds})" if said else bounds
    if schema.get("type") == "object":
        sent["additionalProperties"] = False
    return sent


def _within(name: str, value: object) -> object:
    if name in _NESTED and isinstance(value, Mapping):
        return {key: _portable(part) if isinstance(part, Mapping) else part for key, part in value.items()}
    if name == "items" and isinstance(value, Mapping):
        return _portable(value)
    if name == "anyOf" and isinstance(value, list):
        return [_portable(part) if isinstance(part, Mapping) else part for part in value]
    return value
