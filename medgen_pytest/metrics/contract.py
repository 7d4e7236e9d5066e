"""The contract of a metric: a batch of pairs in, a score each out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.score import Direction, Score
    from medgen_pytest.domain.taxonomy import Format, Task
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.need import Need

Convention = Literal["canonical", "upstream"]
"""How a metric is computed where its definition and the authors' scripts differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What a metric is, as data.

    `version` is raised whenever a number can change. `low` and `high` bound the value. `formats` and
    `tasks` say where it applies (`tasks` empty: every task of the formats). `kind` says what it compares.
    """

    name: str
    title: str
    version: int
    kind: Literal["image", "text"]
    direction: Direction
    low: float
    high: float
    units: str
    formats: frozenset[Format]
    tasks: frozenset[Task] = field(default_factory=frozenset)

    def applies_to(self, task: Task) -> bool:
        """Whether samples of this task have this metric."""
        return task in self.tasks if self.tasks else task.format in self.formats


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is compared: a prediction and its target, images already of one size.

    Images are uint8 (H, W, 3). `pred_text` is empty when the model said nothing. `notes` are facts
    about the making of the pair (a resize) that go into every score of its kind.
    """

    task: Task
    pred_image: NDArray[np.uint8] | None = None
    target_image: NDArray[np.uint8] | None = None
    pred_text: str | None = None
    target_text: str | None = None
    choices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Metric(Protocol):
    """A metric under one convention.

    A metric that holds a network also has a method `prepare()`, which loads it and raises ConfigError
    where that cannot be done; it is called before the first sample.
    """

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""

    @property
    def convention(self) -> str:
        """Name and version of the convention, and what else makes the number: see `convention_name`."""

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order. A pair that cannot be scored gets an unscored Score with the reason."""


class MetricDefinition(Protocol):
    """What makes a metric: what it is, what it needs, and how it is built under each convention."""

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""

    def needs(self, context: MetricContext) -> Sequence[Need]:
        """The packages and weights that it needs, found or not. Raises ConfigError for wrong settings."""

    def under(self, convention: Convention, context: MetricContext) -> Metric:
        """The metric under a convention. Raises ConfigError for wrong settings and needs that are not met."""


def convention_name(spec: MetricSpec, convention: Convention, *, variant: str = "") -> str:
    """The name under which scores are comparable: `ssim/upstream@1`, `lpips/canonical@1+alex-256-4a1f09c2`.

    The variant holds whatever else changes a number: a network, a layer, a digest of weights.
    """
    name = f"{spec.name}/{convention}@{spec.version}"
    return f"{name}+{variant}" if variant else name
