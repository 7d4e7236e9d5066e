"""The table of model adapters, and the building of a model from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, MedgenError
from medgen_pytest.models.contract import ModelContext, ModelFactory
from medgen_pytest.models.naming import ModelSpec, check_name, unknown_adapter
from medgen_pytest.models.naming import parse_model_spec as _parse_model_spec
from medgen_pytest.models.reason import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.domain.contracts import Model

__all__ = [
    "ADAPTERS",
    "ModelContext",
    "ModelFactory",
    "ModelSpec",
    "build_model",
    "embedded_adapters",
    "parse_model_spec",
    "with_more",
]


def _lazily(module: str) -> ModelFactory:
    """The function `build` of a module that is imported when the first model is built."""

    def build(name: str, settings: Mapping[str, object], context: ModelContext) -> Model:
        factory: ModelFactory = import_module(module).build
        return factory(name, settings, context)

    return build


ADAPTERS: Mapping[str, ModelFactory] = MappingProxyType(
    {
        "catalog": _lazily("medgen_pytest.models.catalogue.entry"),
        "classical": _lazily("medgen_pytest.models.classical.model"),
        "compositional": _lazily("medgen_pytest.models.compositional.model"),
        "copy-input": _lazily("medgen_pytest.models.copy_input"),
        "diffusers": _lazily("medgen_pytest.models.local.diffusers_pipeline"),
        "gemini": _lazily("medgen_pytest.models.wire.gemini"),
        "http": _lazily("medgen_pytest.models.wire.http"),
        "imagen": _lazily("medgen_pytest.models.wire.imagen"),
        "openai_chat": _lazily("medgen_pytest.models.openai_endpoint.chat"),
        "openai_images": _lazily("medgen_pytest.models.openai_endpoint.images"),
        "oracle": _lazily("medgen_pytest.models.oracle"),
        "predictions": _lazily("medgen_pytest.models.wire.predictions"),
        "process": _lazily("medgen_pytest.models.process.model"),
        "python": _lazily("medgen_pytest.models.python"),
        "replay": _lazily("medgen_pytest.models.replay"),
        "transformers": _lazily("medgen_pytest.models.local.transformers_model"),
    }
)
"""The adapters that come with the package; importing this table imports none of them."""


def embedded_adapters() -> Mapping[str, ModelFactory]:
    """The adapters that come with the package, by name."""
    return ADAPTERS


def with_more(more: Iterable[object]) -> Mapping[str, ModelFactory]:
    """The adapters of the package and those of a user, each of whose hooks gives some by name.

    Raises ConfigError for what is no table of adapters, and for a name that is taken.
    """
    adapters = dict(ADAPTERS)
    for some in more:
        if not isinstance(some, Mapping):
            raise ConfigError(f"pytest_medgen_models must return a mapping of names to factories, not {some!r}")
        for name, factory in some.items():
            if not callable(factory):
                raise ConfigError(f"pytest_medgen_models: the adapter {name!r} is {factory!r}, which cannot be called")
            if name in adapters:
                raise ConfigError(f"pytest_medgen_models: the name {name!r} is taken; give the adapter another")
            adapters[name] = factory
    return adapters


def parse_model_spec(text: str, *, known: Iterable[str] = ADAPTERS) -> ModelSpec:
    """Name, adapter and settings of a model described on the command line; see `naming.parse_model_spec`."""
    return _parse_model_spec(text, known=known)


def build_model(
    name: str,
    *,
    adapter: str,
    settings: Mapping[str, object],
    context: ModelContext,
    adapters: Mapping[str, ModelFactory],
) -> Model:
    """The model of that name. Raises ConfigError for anything that keeps it from being built."""
    check_name(name)
    if adapter not in adapters:
        raise ConfigError(f"model {name!r}: {unknown_adapter('adapter', adapter, adapters)}")
    try:
        model = adapters[adapter](name, settings, context)
    except MedgenError:
        raise
    except Exception as error:  # a factory of somebody else's plugin may raise anything
        raise ConfigError(f"model {name!r}: the adapter {adapter!r} failed: {reason_of(error)}") from error
    for part in ("identity", "answer"):
        # dir() looks without evaluating: `identity` may be costly.
        if part not in dir(model):
            raise ConfigError(f"model {name!r}: what the adapter {adapter!r} built has no {part!r}, so it is no model")
    return model
