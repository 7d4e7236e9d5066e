"""Models under evaluation: the adapters that come with the package, and how a model is built from settings."""

from medgen_pytest.models.contract import (
    CheckedModel,
    ClosableModel,
    ImmediateModel,
    LimitedModel,
    ModelContext,
    ModelFactory,
    close_model,
    formats_of,
    is_immediate,
    problems_of,
    secrets_of,
)
from medgen_pytest.models.kind import kind_of
from medgen_pytest.models.naming import ModelSpec, check_name
from medgen_pytest.models.registry import ADAPTERS, build_model, embedded_adapters, parse_model_spec

__all__ = [
    "ADAPTERS",
    "CheckedModel",
    "ClosableModel",
    "ImmediateModel",
    "LimitedModel",
    "ModelContext",
    "ModelFactory",
    "ModelSpec",
    "build_model",
    "check_name",
    "close_model",
    "embedded_adapters",
    "formats_of",
    "is_immediate",
    "kind_of",
    "parse_model_spec",
    "problems_of",
    "secrets_of",
]
