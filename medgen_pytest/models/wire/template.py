"""Templates: plain values of the settings with placeholders, filled with the values of one request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_DEEPEST = 40


class TemplateError(ValueError):
    """A template that cannot be filled, whatever the request."""


@dataclass(frozen=True, slots=True)
class _Hole:
    """The place of a value."""

    name: str


_Pieces = tuple["str | _Hole", ...]


class Template:
    """A value with placeholders `{name}` in its strings; the keys of objects are taken as they are.

    A string that is one placeholder becomes the value itself, a list or a number too. Within a longer string a
    value is written as text: the items of a list on lines of their own, anything else that is no text as
    JSON. `{{` and `}}` are literal braces. A member of an object, or an item of a list, that is one placeholder
    whose value is None is left out; within a longer string None is nothing.

    Raises TemplateError for placeholders that are not `known`, and for a brace that stands alone.
    """

    def __init__(self, value: object, *, known: Collection[str]) -> None:
        self._value = _parsed(value, depth=_DEEPEST, known=known)
        self.names = frozenset(_names(self._value))

    def fill(self, values: Mapping[str, object]) -> object:
        """The value with its placeholders replaced; `values` holds all that occur. None where nothing is left."""
        return _filled(self._value, values)


def _parsed(value: object, *, depth: int, known: Collection[str]) -> object:
    if not depth:
        raise TemplateError(f"it is nested deeper than {_DEEPEST} levels")
    if isinstance(value, str):
        return _pieces(value, known=known)
    if isinstance(value, Mapping):
        return {str(key): _parsed(item, depth=depth - 1, known=known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_parsed(item, depth=depth - 1, known=known) for item in value]
    if value is not None and not isinstance(value, bool | int | float):
        raise TemplateError(f"{value!r} is no value of JSON: put it in quotes")
    return value


def _pieces(text: str, *, known: Collection[str]) -> _Pieces:
    pieces: list[str | _Hole] = []
    literal: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        literal.append(text[end : match.start()])
        end = match.end()
        if match[0] in ("{{", "}}"):
            literal.append(match[0][0])
        elif match[1] is None:
            raise TemplateError(f"a brace stands alone in {text[:80]!r}; write {{{{ or }}}} for a literal one")
        elif match[1] not in known:
            raise TemplateError(f"unknown placeholder {{{match[1][:80]}}}; known: {', '.join(sorted(known))}")
        else:
            pieces += ["".join(literal), _Hole(match[1])]
            literal.clear()
    return tuple(piece for piece in (*pieces, "".join(literal) + text[end:]) if piece != "")


def _names(value: object) -> Iterator[str]:
    if isinstance(value, tuple):
        yield from (piece.name for piece in value if isinstance(piece, _Hole))
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _names(item)


def _filled(value: object, values: Mapping[str, object]) -> object:
    if isinstance(value, tuple):
        return _text(value, values) if not _is_hole(value) else values[value[0].name]
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items() if not _is_absent(item, values)}
    if isinstance(value, list):
        return [_filled(item, values) for item in value if not _is_absent(item, values)]
    return value


def _is_hole(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], _Hole)


def _is_absent(value: object, values: Mapping[str, object]) -> bool:
    return _is_hole(value) and isinstance(value, tuple) and values[value[0].name] is None


def _text(pieces: _Pieces, values: Mapping[str, object]) -> str:
    return "".join(piece if isinstance(piece, str) else written(values[piece.name]) for piece in pieces)


def written(value: object) -> str:
    """A value as text: a list on lines of its own, what is no text as JSON, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return "\n".join(written(item) for item in value)
    return json.dumps(value, ensure_ascii=False)
