"""The adapter `catalog`: an entry of the catalogue as a model, with whatever the settings change of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.models.catalogue.systems import Catalogue, load_catalogue
from medgen_pytest.models.settings import AdapterSettings, parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.models.contract import ModelContext


class EntrySettings(AdapterSettings):
    """Which entry, and what is different from the catalogue."""

    entry: str = Field(min_length=1, description="a system, or a pair TEXT+IMAGE")
    endpoints: dict[str, str] = Field(default_factory=dict, description="other addresses, by provider")
    keys: dict[str, str | None] = Field(
        default_factory=dict, description="other variables that hold keys, by provider; null for no key"
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="settings of a single system that are different")
    text: dict[str, Any] = Field(default_factory=dict, description="the same for the text model of a pair")
    image: dict[str, Any] = Field(default_factory=dict, description="the same for the image model of a pair")
    pair: dict[str, Any] = Field(default_factory=dict, description="settings of the pair: prompts, image_sees_inputs")


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> Model:
    """The model of an entry, built by the adapter that it names. Raises ConfigError."""
    described = describe(name, settings)
    adapter = str(described.pop("adapter"))
    # The table of adapters names this module.
    from medgen_pytest.models.registry import build_model, embedded_adapters

    return build_model(name, adapter=adapter, settings=described, context=context, adapters=embedded_adapters())


def describe(name: str, settings: Mapping[str, object]) -> dict[str, object]:
    """The adapter that an entry names and its settings, those of the user in them. Raises ConfigError."""
    parsed = parse_settings(EntrySettings, settings, name=name, adapter="catalog")
    catalogue = load_catalogue()
    _check_providers(parsed, catalogue, name=name)
    try:
        members = catalogue.members(parsed.entry)
    except ConfigError as error:
        raise ConfigError(f"model {name!r}: {error}") from error
    if len(members) == 1:
        _refuse(parsed, ("text", "image", "pair"), name=name, why="is no pair")
        return _described(members[0], parsed, catalogue, parsed.settings, name=name)
    _refuse(parsed, ("settings",), name=name, why="is a pair: give 'text' and 'image'")
    text, image = members
    return {
        "adapter": "compositional",
        **parsed.pair,
        "text": _described(text, parsed, catalogue, parsed.text, name=name),
        "image": _described(image, parsed, catalogue, parsed.image, name=name),
    }


def _described(
    member: str, parsed: EntrySettings, catalogue: Catalogue, changes: Mapping[str, object], *, name: str
) -> dict[str, object]:
    system = catalogue.systems[member]
    described: dict[str, object] = {"adapter": system.adapter}
    if system.provider is not None:
        provider = catalogue.providers[system.provider]
        described["base_url"] = parsed.endpoints.get(system.provider, provider.base_url)
        described["api_key_env"] = parsed.keys.get(system.provider, provider.api_key_env)
    described |= {**system.settings, **changes}
    if system.needs is not None and system.needs not in described:
        raise ConfigError(
            f"model {name!r}: the entry {member!r} needs {system.needs!r} in its settings:"
            f" it is reached by the adapter {system.adapter!r}, and only you know how"
        )
    return described


def _check_providers(parsed: EntrySettings, catalogue: Catalogue, *, name: str) -> None:
    for provider in (*parsed.endpoints, *parsed.keys):
        if provider not in catalogue.providers:
            raise ConfigError(f"model {name!r}: {unknown_name('provider', provider, catalogue.providers)}")


def _refuse(parsed: EntrySettings, keys: tuple[str, ...], *, name: str, why: str) -> None:
    for key in keys:
        if getattr(parsed, key):
            raise ConfigError(f"model {name!r}: the key {key!r} means nothing here: {parsed.entry!r} {why}")
