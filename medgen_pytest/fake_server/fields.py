"""Fields: the values of a JSON body or a form, read with the messages that providers give for wrong ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.message import JSON_TYPE, RequestError
from medgen_pytest.fake_server.multipart import read_form

if TYPE_CHECKING:
    from medgen_pytest.fake_server.message import HttpRequest

_SIZE = re.compile(r"(?P<width>\d{1,5})[xX*](?P<height>\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Values by name, and the files of a form."""

    values: Mapping[str, object]
    files: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)

    def text(self, name: str, *, longest: int | None = None) -> str:
        """A text that must be there. Raises RequestError."""
        value = self.values.get(name)
        if value is None:
            raise RequestError(
                400, f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter"
            )
        if not isinstance(value, str):
            raise _wrong(name, value, "a string")
        if not value or (longest is not None and len(value) > longest):
            wanted = f"a string of 1 to {longest} characters" if longest else "a string that is not empty"
            raise _wrong(name, value, wanted, code="string_above_max_length" if value else "empty_string")
        return value

    def optional_text(self, name: str) -> str | None:
        """A text that may be missing. Raises RequestError."""
        return None if self.values.get(name) is None else self.text(name)

    def one_of(self, name: str, allowed: Sequence[str], default: str) -> str:
        """A text out of a closed set. Raises RequestError."""
        value = self.values.get(name)
        if value is None:
            return default
        if value not in allowed:
            shown = ", ".join(f"'{option}'" for option in allowed)
            raise RequestError(
                400, f"Invalid value: {value!r}. Supported values are: {shown}.", param=name, code="invalid_value"
            )
        return str(value)

    def integer(self, name: str, *, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number within bounds; forms write it as text. Raises RequestError."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong(name, value, "an integer")
        if not low <= value <= high:
            raise _wrong(name, value, f"an integer from {low} to {high}", code="integer_out_of_range")
        return value

    def number(self, name: str, *, low: float, high: float) -> None:
        """Checks a number that this model does not use. Raises RequestError."""
        value = self.values.get(name)
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(name, value, "a number")
        if not low <= value <= high:
            raise _wrong(name, value, f"a number from {low:g} to {high:g}", code="decimal_out_of_range")

    def size(self, name: str = "size") -> tuple[int, int] | None:
        """Width and height of `WIDTHxHEIGHT`; None for `auto` and nothing. Raises RequestError."""
        value = self.values.get(name)
        if value is None or value == "auto":
            return None
        match = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if match is None or not int(match["width"]) or not int(match["height"]):
            raise _wrong(name, value, "WIDTHxHEIGHT", code="invalid_value")
        return int(match["width"]), int(match["height"])

    def mapping(self, name: str) -> Fields:
        """An object that must be there. Raises RequestError."""
        value = self.values.get(name)
        if not isinstance(value, Mapping):
            raise _wrong(name, value, "an object")
        return Fields(values=value)

    def items(self, name: str) -> Sequence[object]:
        """A list with something in it, that must be there. Raises RequestError."""
        value = self.values.get(name)
        if not isinstance(value, list) or not value:
            raise _wrong(name, value, "an array with at least one item")
        return value


def read_json(request: HttpRequest) -> Fields:
    """The fields of a JSON body. Raises RequestError."""
    if request.media_type != JSON_TYPE:
        given = request.media_type or "nothing"
        raise RequestError(400, f"Unsupported content type: {given}. This API takes 'application/json'.")
    try:
        value = request.parsed
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "We could not parse the JSON body of your request.") from error
    if not isinstance(value, dict):
        raise RequestError(400, "The JSON body of your request is not an object.")
    return Fields(values=value)


def read_multipart(request: HttpRequest) -> Fields:
    """The fields of a multipart form; `name[]` is `name`. Raises RequestError."""
    values, files = read_form(request)
    return Fields(values=values, files=files)


def _wrong(name: str, value: object, wanted: str, *, code: str = "invalid_type") -> RequestError:
    given = {str: "a string", bool: "a boolean", int: "an integer", float: "a number", list: "an array"}
    got = "nothing" if value is None else given.get(type(value), "an object")
    if code != "invalid_type" and isinstance(value, int | float):
        got = str(value)
    return RequestError(400, f"Invalid '{name}': expected {wanted}, but got {got} instead.", param=name, code=code)
