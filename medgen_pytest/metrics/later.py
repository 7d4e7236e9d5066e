"""Definitions of metrics whose code is imported when somebody asks for them, which most runs never do."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Metric, MetricDefinition, MetricSpec
    from medgen_pytest.metrics.need import Need


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterDefinition:
    """A definition that lies in a module under a name; its spec is known without that module."""

    spec: MetricSpec
    module: str
    name: str

    def needs(self, context: MetricContext) -> Sequence[Need]:
        """What the definition itself says."""
        return self.load().needs(context)

    def under(self, convention: Convention, context: MetricContext) -> Metric:
        """The metric that the definition itself builds."""
        return self.load().under(convention, context)

    def load(self) -> MetricDefinition:
        """The definition itself; imports its module the first time."""
        definition: MetricDefinition = getattr(import_module(self.module), self.name)
        return definition
