"""The contract of a metric: a batch of pairs in, a score each out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, get_args, runtime_checkable

from medgen_pytest.domain.plain import read_list, read_text, read_whole
from medgen_pytest.domain.score import dump_number, load_number
from medgen_pytest.domain.taxonomy import Format, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.score import Direction, Score
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.need import Need

MetricKind = Literal["image", "text", "judge"]
"""What a metric compares: two images, two texts, or what a judge makes of the whole output."""

Convention = Literal["canonical", "upstream"]
"""How a metric is computed where its definition and the authors' scripts differ."""


_KINDS: tuple[MetricKind, ...] = get_args(MetricKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What a metric is, as data.

    `version` is raised whenever a number can change. `low` and `high` bound the value. `formats` and
    `tasks` say where it applies (`tasks` empty: every task of the formats). `kind` says what it compares.
    """

    name: str
    title: str
    version: int
    kind: MetricKind
    direction: Direction
    low: float
    high: float
    units: str
    formats: frozenset[Format]
    tasks: frozenset[Task] = field(default_factory=frozenset)

    def applies_to(self, task: Task) -> bool:
        """Whether samples of this task have this metric."""
        return task in self.tasks if self.tasks else task.format in self.formats

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; `from_dict` gives back an equal spec."""
        return {
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "kind": self.kind,
            "direction": self.direction,
            "low": dump_number(self.low),
            "high": dump_number(self.high),
            "units": self.units,
            "formats": sorted(form.value for form in self.formats),
            "tasks": sorted(task.value for task in self.tasks),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> MetricSpec:
        """The spec that `to_dict` wrote. Raises TypeError, ValueError or KeyError for anything else."""
        direction = data["direction"]
        low, high = load_number(data["low"]), load_number(data["high"])
        if direction not in {"higher", "lower"} or low is None or high is None:
            raise ValueError(f"not a metric: {data!r}")
        return cls(
            name=read_text(data["name"]),
            title=read_text(data["title"]),
            version=read_whole(data["version"]),
            kind=_kind(data["kind"]),
            direction="higher" if direction == "higher" else "lower",
            low=low,
            high=high,
            units=read_text(data["units"]),
            formats=frozenset(Format(value) for value in read_list(data["formats"])),
            tasks=frozenset(Task(value) for value in read_list(data["tasks"])),
        )


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
        """Name and version of the convention, and what else makes the number: see `convention_name`."""

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order. A pair that cannot be scored gets an unscored Score with the reason."""


def load_metric(metric: Metric) -> None:
    """Loads what a metric needs, if anything. Raises ConfigError where that cannot be used."""
    if isinstance(metric, LoadingMetric):
        metric.prepare()


@runtime_checkable
class LoadingMetric(Protocol):
    """A metric that loads something, like a network, before it can score."""

    def prepare(self) -> None:
        """Loads it, once. Raises ConfigError where it cannot be used."""


class MetricDefinition(Protocol):
    """What makes a metric: what it is, what it needs, and how it is built under each convention."""

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""

    def needs(self, context: MetricContext) -> Sequence[Need]:
        """The packages and weights that it needs, found or not. Raises ConfigError for wrong settings."""

    def under(self, convention: Convention, context: MetricContext) -> Metric:
        """The metric under a convention. Raises ConfigError for wrong settings and needs that are not met."""


def _kind(value: object) -> MetricKind:
    for kind in _KINDS:
        if value == kind:
            return kind
    raise ValueError(f"not a kind of metric: {value!r}")


def convention_name(spec: MetricSpec, convention: Convention, *, variant: str = "") -> str:
    """The name under which scores are comparable: `ssim/upstream@1`, `lpips/canonical@1+alex-256-4a1f09c2`.

    The variant holds whatever else changes a number: a network, a layer, a digest of weights.
    """
    name = f"{spec.name}/{convention}@{spec.version}"
    return f"{name}+{variant}" if variant else name
