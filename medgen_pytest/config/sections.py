"""Sections: settings that a part of the package defines for itself, checked with messages of one line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails


class Section(BaseModel):
    """Base of such settings: frozen, and a key that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


_S = TypeVar("_S", bound=Section)


def parse_section(kind: type[_S], settings: Mapping[str, object], *, owner: str) -> _S:
    """The settings of an owner, like `metric 'lpips'`, as values of `kind`.

    Raises ConfigError naming the owner, each wrong key, and the nearest known key. Values are not
    shown: they may be secrets.
    """
    try:
        return kind.model_validate(dict(settings))
    except ValidationError as error:
        known = list(kind.model_fields)
        lines = [_explain(detail, known) for detail in error.errors(include_url=False, include_context=False)]
        raise ConfigError(f"{owner}: {'; '.join(lines)}") from error


def _explain(detail: ErrorDetails, known: list[str]) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
        return f"unknown key {key!r}; {hint}"
    if detail["type"] == "missing":
        return f"the key {key!r} is missing"
    message = " ".join(detail["msg"].removeprefix("Value error, ").split())
    return f"{key!r}: {message}"
