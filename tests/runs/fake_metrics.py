"""Metrics with needs, for tests of what a run does about them: one number for each pair, weights or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.batchwise import BatchMetric
from medgen_pytest.metrics.contract import MetricSpec, convention_name
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.need import Need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Pair

FOUND = Need(kind="weights", name="weights of depth", found="/weights/depth.pth")
MISSING = Need(kind="weights", name="weights of depth", problem="depth.pth is missing", remedy="fetch it")


@dataclass(frozen=True)
class NeedyDefinition:
    """A metric of images, lower is better, whose weights are where `need` says; `fault` is what loading raises."""

    need: Need = FOUND
    name: str = "depth"
    fault: str | None = None
    value: float = 0.25
    batches: list[int] = field(default_factory=list)

    @property
    def spec(self) -> MetricSpec:
        """What it is."""
        return MetricSpec(
            name=self.name,
            title=self.name.capitalize(),
            version=1,
            kind="image",
            direction="lower",
            low=0.0,
            high=1.0,
            units="",
            formats=frozenset({Format.IMAGE_EDITING, Format.MULTIMODAL_GENERATION}),
        )

    def needs(self, _context: MetricContext) -> Sequence[Need]:
        """Its weights."""
        return (self.need,)

    def under(self, convention: Convention, _context: MetricContext) -> BatchMetric:
        """The metric, whose name holds its value as a variant."""

        def measure(pairs: Sequence[Pair]) -> list[Measured]:
            self.batches.append(len(pairs))
            return [Measured(value=self.value) for _ in pairs]

        def prepare() -> None:
            if self.fault is not None:
                raise ConfigError(self.fault)

        name = convention_name(self.spec, convention, variant=f"{self.value:g}")
        return BatchMetric(spec=self.spec, convention=name, measure=measure, prepare=prepare)
