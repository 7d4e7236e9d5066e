"""Plain schemas: the JSON Schema of a request in the values that JSON is written from."""

from __future__ import annotations

from collections.abc import Mapping


def plain_schema(schema: Mapping[str, object]) -> dict[str, object]:
    """The schema as dicts and lists, whatever mappings and tuples it is made of; the order is kept."""
    return {name: _plain(value) for name, value in schema.items()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
