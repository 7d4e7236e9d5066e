"""Settings of an adapter: checked by a pydantic model, with messages of one line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails


class AdapterSettings(BaseModel):
    """Base of the settings of every adapter: frozen, and a key that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NoSettings(AdapterSettings):
    """The settings of an adapter that has none."""


_S = TypeVar("_S", bound=AdapterSettings)


def parse_settings(kind: type[_S], settings: Mapping[str, object], *, name: str, adapter: str) -> _S:
    """The settings of the model `name` as values of `kind`.

    Raises ConfigError naming the model, each wrong key, and the nearest known key. Values are not
    shown: they may be secrets.
    """
    try:
        return kind.model_validate(dict(settings))
    except ValidationError as error:
        known = list(kind.model_fields)
        lines = [_explain(detail, known) for detail in error.errors(include_url=False, include_context=False)]
        raise ConfigError(f"model {name!r} (adapter {adapter}): {'; '.join(lines)}") from error


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
