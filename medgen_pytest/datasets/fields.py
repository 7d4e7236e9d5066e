"""Fields: single values of a record, read with a complaint for each that is missing or of the wrong type."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.datasets.problem import shown
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.datasets.problem import Complaints

_NAME_LENGTH = 200
_TYPES: dict[type, str] = {bool: "a truth value", int: "a number", float: "a number", list: "a list", dict: "an object"}

_Name = TypeVar("_Name")


def type_name(value: object) -> str:
    """What kind of value this is, in words for a message."""
    if isinstance(value, str):
        return "a text"
    return _TYPES.get(type(value), type(value).__name__)


def optional_text(record: Mapping[str, object], name: str, *, log: Complaints) -> str | None:
    """The text of a field without surrounding white space; None when absent, null or blank."""
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        log.add(f"field {name!r} must be a text, not {type_name(value)}")
        return None
    return value.strip() or None


def required_text(record: Mapping[str, object], name: str, *, log: Complaints) -> str | None:
    """The text of a field that every record needs; None after a complaint."""
    value = record.get(name)
    if value is None:
        log.add(f"field {name!r} is missing")
        return None
    text = optional_text(record, name, log=log)
    if text is None and isinstance(value, str):
        log.add(f"field {name!r} is empty")
    return text


def known(parse: Callable[[str], _Name], text: str, *, field: str, log: Complaints) -> _Name | None:
    """What `parse` makes of a name; None after a complaint when nobody knows it."""
    # Looking for the nearest name costs time in its length, and a hostile one may have megabytes.
    if len(text) > _NAME_LENGTH:
        log.add(f"field {field!r} {shown(text)} is too long to be a name")
        return None
    try:
        return parse(text)
    except ConfigError as error:
        log.add(f"field {field!r}: {error}")
        return None


def parsed(parse: Callable[[str], _Name], text: str | None) -> _Name | None:
    """What `parse` makes of a name, None when nobody knows it: to ask what a text is, not to demand it."""
    if text is None or len(text) > _NAME_LENGTH:
        return None
    try:
        return parse(text)
    except ConfigError:
        return None
