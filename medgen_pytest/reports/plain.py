"""Plain values: what a report holds, in the types that strict JSON knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf

from medgen_pytest.domain.score import dump_number


def plain(data: Mapping[str, object]) -> dict[str, object]:
    """The mapping as JSON can say it: infinities as "inf" and "-inf", lone surrogates as escapes.

    What it holds is converted deeply; whatever else JSON does not know (a path, a date) becomes its text.
    """
    return {plain_text(str(key)): _plain(value) for key, value in data.items()}


def plain_json(data: Mapping[str, object]) -> str:
    """`plain` of the mapping as JSON in ASCII, on one line."""
    try:
        text = json.dumps(data, allow_nan=False)
    except (TypeError, ValueError):  # what JSON does not know, and infinities
        return json.dumps(plain(data), allow_nan=False)
    # A lone surrogate is an escape of this form; so is each half of a character beyond the first plane, which may stay.
    return json.dumps(plain(data), allow_nan=False) if "\\ud" in text else text


def text_json(text: str) -> str:
    """A text as JSON in ASCII, lone surrogates as escapes."""
    return json.dumps(plain_text(text))


def number_json(value: float | None) -> str:
    """A number as JSON, or null; infinities as "inf" and "-inf"."""
    # Of a number that JSON knows it makes what `repr` does, in many times the time.
    return repr(value) if type(value) is float and -inf < value < inf else json.dumps(_plain(value), allow_nan=False)


def plain_sorted(data: Mapping[str, object]) -> dict[str, object]:
    """The same with the keys of every mapping sorted: for values whose order means nothing."""
    return _sort_keys(plain(data))


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return dump_number(value)
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return plain_text(str(value))


def _sort_keys(data: dict[str, object]) -> dict[str, object]:
    return {key: _sort(data[key]) for key in sorted(data)}


def _sort(value: object) -> object:
    if isinstance(value, dict):
        return _sort_keys(value)
    return [_sort(item) for item in value] if isinstance(value, list) else value


def plain_text(text: str) -> str:
    """The text with lone surrogates as escapes, so that it can be written as UTF-8."""
    # Many parsers refuse a lone surrogate even as an escape, so it becomes ordinary characters.
    return text if text.isascii() else text.encode("utf-8", errors="backslashreplace").decode("utf-8")
