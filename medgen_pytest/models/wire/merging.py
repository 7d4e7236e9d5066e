"""Merging: what the settings add to the body of a request."""

from __future__ import annotations

from collections.abc import Mapping


def merged(body: Mapping[str, object], extra: Mapping[str, object]) -> dict[str, object]:
    """A body with more in it: objects are merged, anything else is replaced by what `extra` says."""
    result = dict(body)
    for key, value in extra.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result


def without_none(values: Mapping[str, object]) -> dict[str, object]:
    """The members that are set."""
    return {key: value for key, value in values.items() if value is not None}
