"""Gemini schemas: a JSON Schema in the words of the API's own, a part of those of OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping

from medgen_pytest.models.plain_schema import plain_schema

_DEEPEST = 20
_TYPES = ("string", "number", "integer", "boolean", "array", "object")
_SAME = (
    "title",
    "description",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
)


def gemini_schema(schema: Mapping[str, object] | None) -> dict[str, object] | None:
    """The `responseSchema` of a JSON Schema; None for none, and for one with a part that has no word at all.

    Properties are answered in the order of the schema (`propertyOrdering`). References are put in place. What the
    API has no word for (`additionalProperties`, `allOf`, exclusive bounds, values that are no texts) is left
    out: the reply may then be less exact than the schema.
    """
    if schema is None:
        return None
    plain = plain_schema(schema)
    return _Translation(plain).of(plain, depth=_DEEPEST)


class _Translation:
    """Translates the parts of one schema, whose definitions they may refer to."""

    def __init__(self, root: Mapping[str, object]) -> None:
        self._root = root

    def of(self, schema: object, *, depth: int) -> dict[str, object] | None:
        """A part of the schema; None where it cannot be said, or is nested without end."""
        if not isinstance(schema, Mapping) or not depth:
            return None
        if "$ref" in schema:
            return self.of(self._target(schema["$ref"]), depth=depth - 1)
        options = schema.get("anyOf", schema.get("oneOf"))
        if isinstance(options, list):
            return self._one_of(schema, options, depth=depth - 1)
        types = _types_of(schema)
        known = [name for name in types if name in _TYPES]
        if len(known) > 1:
            parts: list[object] = [{**schema, "type": name} for name in types]
            return self._one_of({}, parts, depth=depth - 1)
        return self._typed(schema, known[0], is_optional="null" in types, depth=depth - 1) if known else None

    def _target(self, reference: object) -> object:
        found: object = self._root
        for name in str(reference).removeprefix("#").strip("/").split("/"):
            found = found.get(name) if isinstance(found, Mapping) and name else found
        return found

    def _one_of(self, schema: Mapping[str, object], options: list[object], *, depth: int) -> dict[str, object] | None:
        is_optional = any(isinstance(option, Mapping) and option.get("type") == "null" for option in options)
        parts = [part for option in options if (part := self.of(option, depth=depth)) is not None]
        if not parts:
            return None
        said = {name: schema[name] for name in ("title", "description") if name in schema}
        both = {**parts[0], **said} if len(parts) == 1 else {**said, "anyOf": parts}
        return {**both, "nullable": True} if is_optional else both

    def _typed(
        self, schema: Mapping[str, object], kind: str, *, is_optional: bool, depth: int
    ) -> dict[str, object] | None:
        sent: dict[str, object] = {"type": kind.upper(), **{name: schema[name] for name in _SAME if name in schema}}
        if is_optional:
            sent["nullable"] = True
        if kind == "string" and (values := _texts(schema)):
            sent |= {"format": "enum", "enum": values}
        if kind == "array":
            items = self.of(schema.get("items"), depth=depth)
            return {**sent, "items": items} if items is not None else None
        return self._object(schema, sent, depth=depth) if kind == "object" else sent

    def _object(self, schema: Mapping[str, object], sent: dict[str, object], *, depth: int) -> dict[str, object] | None:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            return None  # the API takes no object of unknown keys
        parts = {name: self.of(part, depth=depth) for name, part in properties.items()}
        if None in parts.values():
            return None
        required = schema.get("required")
        needed = [name for name in parts if isinstance(required, list) and name in required]
        return {**sent, "properties": parts, "required": needed, "propertyOrdering": list(parts)}


def _types_of(schema: Mapping[str, object]) -> list[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return [kind]
    if isinstance(kind, list):
        return [str(name) for name in kind]
    if "properties" in schema:
        return ["object"]
    return ["string"] if _texts(schema) else []


def _texts(schema: Mapping[str, object]) -> list[str]:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    texts = list(values) if isinstance(values, list) else []
    return texts if all(isinstance(text, str) for text in texts) else []
