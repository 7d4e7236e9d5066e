"""JSON by schema: a value that fits a JSON Schema, the same for the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medgen_pytest.fake_server.chance import pick, unit

_DEEPEST = 12
_SPAN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReply:
    """Fills schemas: `texts` are the values of properties by name, `default` that of other texts."""

    seed: str
    texts: Mapping[str, str]
    default: str

    def fill(self, schema: Mapping[str, object]) -> object:
        """A value that fits the schema, as far as these words reach.

        Taken are type, properties, items, enum, const, the bounds of numbers, lengths and counts,
        anyOf, oneOf, allOf (its first part) and local `$ref`. Every property is given. What recurs
        without end is cut off with null.
        """
        return self._fill(schema, schema, "$")

    def _fill(self, schema: object, root: Mapping[str, object], path: str) -> object:
        if not isinstance(schema, Mapping) or path.count(".") > _DEEPEST:
            return None
        if "const" in schema:
            return schema["const"]
        if isinstance(options := schema.get("enum"), Sequence) and options:
            return pick(options, self.seed, path)
        inner = _inner(schema, root)
        if inner is not None:
            return self._fill(inner, root, f"{path}.")
        return self._typed(schema, root, path)

    def _typed(self, schema: Mapping[str, object], root: Mapping[str, object], path: str) -> object:
        kind = _type_of(schema)
        if kind == "object":
            properties = schema.get("properties")
            named = properties if isinstance(properties, Mapping) else {}
            return {name: self._fill(part, root, f"{path}.{name}") for name, part in named.items()}
        if kind == "array":
            count = max(1, _integer(schema, "minItems", 1)) if _integer(schema, "maxItems", 1) else 0
            return [self._fill(schema.get("items", {}), root, f"{path}.{index}") for index in range(count)]
        if kind in ("integer", "number"):
            return self._number(schema, path, whole=kind == "integer")
        if kind == "boolean":
            return unit(self.seed, path) < 1 / 2
        return None if kind == "null" else self._text(schema, path)

    def _number(self, schema: Mapping[str, object], path: str, *, whole: bool) -> float:
        low = _number(schema, "minimum", _number(schema, "exclusiveMinimum", -1 if whole else 0) + int(whole))
        high = _number(schema, "maximum", _number(schema, "exclusiveMaximum", low + _SPAN + int(whole)) - int(whole))
        # A maximum alone may lie below the low end that is usual.
        low = min(low, high)
        if not whole:
            # Away from both ends: either may be excluded.
            return low + (high - low) * (1 + unit(self.seed, path)) / 4
        return min(int(high), int(low) + int(unit(self.seed, path) * (high - low + 1)))

    def _text(self, schema: Mapping[str, object], path: str) -> str:
        text = self.texts.get(path.rpartition(".")[2], self.default)
        longest = _integer(schema, "maxLength", len(text))
        return text[:longest].ljust(_integer(schema, "minLength", 0), ".")


def _inner(schema: Mapping[str, object], root: Mapping[str, object]) -> object:
    """The schema that this one stands for, if it stands for another."""
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(parts := schema.get(word), Sequence) and parts:
            return parts[0]
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found: object = root
    for name in reference.lstrip("#").strip("/").split("/"):
        found = found.get(name) if isinstance(found, Mapping) and name else found
    return found


def _type_of(schema: Mapping[str, object]) -> str:
    kind = schema.get("type")
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        kind = next((name for name in kind if name != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    # Some providers write the names of types in capitals.
    return str(kind).lower()


def _integer(schema: Mapping[str, object], name: str, default: int) -> int:
    return int(_number(schema, name, default))


def _number(schema: Mapping[str, object], name: str, default: float) -> float:
    value = schema.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else default
