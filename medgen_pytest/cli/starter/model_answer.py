"""Models of answers: an embedded one, a python target, or a model behind an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.cli.starter.answer_text import printable
from medgen_pytest.errors import ConfigError, check_names
from medgen_pytest.models.naming import check_name, parse_model_spec
from medgen_pytest.models.settings import parse_settings
from medgen_pytest.models.target import match_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.models.remote.settings import EndpointSettings

USUAL_ADAPTER = "openai_chat"
ENDPOINT_ADAPTERS = ("openai_chat", "openai_images", "gemini")
"""Adapters for which address, name and key are enough; the others are described in medgen.yaml."""
_LOCAL_ADAPTERS = ("copy-input", "classical", "oracle", "python")


class ModelAnswer(NamedTuple):
    """A model as `medgen.yaml` is to have it: its name, its adapter, and the settings of that."""

    name: str
    adapter: str
    settings: Mapping[str, str]


class Access(NamedTuple):
    """How an endpoint is reached: its address and, by the name of its variable, its key."""

    base_url: str | None = None
    key_env: str | None = None
    adapter: str | None = None


NOWHERE = Access()
"""No endpoint."""


def model_of(text: str, access: Access, *, flag: str = "--model") -> ModelAnswer:
    """The model that a text names, behind an endpoint if an address is given.

    There it is NAME=ID or ID, what the endpoint calls it; else what `--model` of pytest takes, of the models that need
    no more than their name. Raises ConfigError.
    """
    text = printable(text, what=flag)
    if access.base_url is not None:
        return _behind_endpoint(text, access, flag=flag)
    if access.adapter is not None or access.key_env is not None:
        raise ConfigError(f"{flag} {text!r}: an adapter or key without an address; give the base_url of its endpoint")
    try:
        spec = parse_model_spec(text, known=_LOCAL_ADAPTERS)
    except ConfigError as error:
        raise ConfigError(
            f"{flag}: {error}; a model behind an endpoint needs its base_url, others are written into medgen.yaml"
        ) from error
    settings = {key: str(value) for key, value in spec.settings.items()}
    if "target" in settings:
        match_target(settings["target"], name=spec.name)
    return ModelAnswer(spec.name, spec.adapter, settings)


def judge_of(text: str, access: Access) -> Mapping[str, str]:
    """The section `judge` for a model behind an endpoint, or a python target. Raises ConfigError."""
    model = model_of(text, access, flag="--judge")
    if model.adapter not in (*ENDPOINT_ADAPTERS, "python"):
        raise ConfigError(f"--judge: {model.adapter!r} cannot judge; give an endpoint, or python:MODULE:ATTR")
    return {"adapter": model.adapter, **model.settings}


def _behind_endpoint(text: str, access: Access, *, flag: str) -> ModelAnswer:
    adapter = access.adapter or USUAL_ADAPTER
    check_names("adapter of an endpoint", [adapter], ENDPOINT_ADAPTERS)
    given, equals, rest = text.partition("=")
    identifier = rest if equals else text
    # Servers call models by their path in a hub: the last part of it can stand in test ids.
    name = check_name(given.strip() if equals else text.rstrip("/").rpartition("/")[2])
    settings = {"base_url": str(access.base_url), "model": identifier.strip()}
    if access.key_env is not None:
        settings["api_key_env"] = access.key_env
    parse_settings(_settings_of(adapter), settings, name=name, adapter=f"{adapter}, {flag}")
    return ModelAnswer(name, adapter, settings)


def _settings_of(adapter: str) -> type[EndpointSettings]:
    from medgen_pytest.models.openai_endpoint.chat_settings import ChatSettings
    from medgen_pytest.models.openai_endpoint.images_settings import ImagesSettings
    from medgen_pytest.models.wire.gemini_settings import GeminiSettings

    kinds: dict[str, type[EndpointSettings]] = {
        "openai_chat": ChatSettings,
        "openai_images": ImagesSettings,
        "gemini": GeminiSettings,
    }
    return kinds[adapter]
