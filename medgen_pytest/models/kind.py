"""The kind of a model: what the catalogue knows, what its adapter is, or what it can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.system_kind import SystemKind, kind_by_formats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.naming import ModelSpec


def kind_of(spec: ModelSpec, formats: Iterable[Format]) -> SystemKind:
    """The kind of a model that is described so and answers these formats.

    Raises ConfigError for an entry that the catalogue does not have.
    """
    if spec.adapter == "compositional":
        return "compositional"
    if spec.adapter == "catalog":
        from medgen_pytest.models.catalogue.systems import load_catalogue

        return load_catalogue().kind(str(spec.settings.get("entry")))
    return kind_by_formats(formats)
