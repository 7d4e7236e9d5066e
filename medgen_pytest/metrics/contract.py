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
    """A metric under one convention."""

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""

    @property
    def convention(self) -> str:
        """Name and version of the convention, like `ssim/upstream@1`."""

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order. A pair that cannot be scored gets an unscored Score with the reason."""
