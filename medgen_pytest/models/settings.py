"""Settings of an adapter: checked by a pydantic model, with messages of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.config.sections import Section, parse_section

if TYPE_CHECKING:
    from collections.abc import Mapping


class AdapterSettings(Section):
    """Base of the settings of every adapter."""


class NoSettings(AdapterSettings):
    """The settings of an adapter that has none."""


_S = TypeVar("_S", bound=AdapterSettings)


def parse_settings(kind: type[_S], settings: Mapping[str, object], *, name: str, adapter: str) -> _S:
    """The settings of the model `name` as values of `kind`. Raises ConfigError naming model and key."""
    return parse_section(kind, settings, owner=f"model {name!r} (adapter {adapter})")
