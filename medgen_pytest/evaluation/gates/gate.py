"""Gates: what a release must reach, and which samples it is about."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.slices import lies_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.config.gate_entry import Tier
    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.score import Direction
    from medgen_pytest.domain.taxonomy import Task
    from medgen_pytest.evaluation.slices import Where

Measure = Literal["rate", "mean", "errors", "cost"]
"""What is bounded: the share of samples that meet a threshold, the mean score, the share of errors, or the cost."""

Form = Literal["value", "lower bound", "upper bound", "drop"]
"""What of it is held against the bound: itself, a confidence bound of it, or how far it fell from a baseline."""

COST = "cost"
"""What stands in the place of a metric in a gate on the cost of the run."""
LEVEL = 0.95
"""The one-sided confidence of bounds and drops whose gate names none."""

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A bound on what a metric says of the samples of a slice; each model must meet it.

    `tasks` are those that have the metric; empty for `accuracy`, which every sample has. `low` and `high` are the
    ends of the metric's range and `direction` says which is better; of `accuracy` 0, 1 and `higher`. `level` is the
    one-sided confidence of a bound or drop, `baseline` the file that a drop is from, as it is written.
    """

    text: str
    tier: Tier = "blocking"
    where: Where = ()
    metric: str = ACCURACY
    measure: Measure = "rate"
    form: Form = "value"
    sign: str
    bound: float
    level: float = LEVEL
    baseline: str | None = None
    tasks: frozenset[Task] = frozenset()
    low: float = 0.0
    high: float = 1.0
    direction: Direction = "higher"

    @property
    def is_blocking(self) -> bool:
        """Whether it decides the exit code."""
        return self.tier == "blocking"

    @property
    def needs(self) -> frozenset[str]:
        """The metric whose scores it needs, beside those that the profile requires."""
        return frozenset({self.metric} - {ACCURACY, COST})

    @property
    def needs_threshold(self) -> bool:
        """Whether it is about outcomes, which a metric has only with a threshold."""
        return bool(self.needs) and self.measure != "mean"

    def covers(self, planned: PlannedSample) -> bool:
        """Whether a planned sample belongs to the slice."""
        return lies_in(planned, self.where) and self._is_had_by(planned.task)

    def covers_in(self, planned: PlannedSample) -> bool:
        """Whether a sample of a baseline belongs to the slice, where the model may have another name."""
        where = [(name, value) for name, value in self.where if name != "model"]
        return lies_in(planned, where) and self._is_had_by(planned.task)

    def met_by(self, value: float) -> bool:
        """Whether a number is within the bound."""
        return _SIGNS[self.sign](value, self.bound)

    def _is_had_by(self, task: Task) -> bool:
        return not self.tasks or task in self.tasks
