"""Settings of an adapter: checked by a pydantic model, with messages of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import BeforeValidator

from medgen_pytest.config.sections import Section, parse_section
from medgen_pytest.domain.taxonomy import Format, parse_format
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def _any_spelling(value: object) -> object:
    if not isinstance(value, list | tuple):
        return value
    try:
        return [parse_format(str(part)) for part in value]
    except ConfigError as error:
        raise ValueError(str(error)) from error  # so that pydantic tells where it stands


Formats = Annotated[tuple[Format, ...], BeforeValidator(_any_spelling)]
"""Formats of the benchmark, each in any of its spellings."""


class AdapterSettings(Section):
    """Base of the settings of every adapter."""


class NoSettings(AdapterSettings):
    """The settings of an adapter that has none."""


_S = TypeVar("_S", bound=AdapterSettings)


def parse_settings(kind: type[_S], settings: Mapping[str, object], *, name: str, adapter: str) -> _S:
    """The settings of the model `name` as values of `kind`. Raises ConfigError naming model and key."""
    return parse_section(kind, settings, owner=f"model {name!r} (adapter {adapter})")
