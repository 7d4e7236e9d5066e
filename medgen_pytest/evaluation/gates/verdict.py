"""Verdicts on gates: whether they hold, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from medgen_pytest.domain.score import dump_number

if TYPE_CHECKING:
    from medgen_pytest.config.gate_entry import Tier
    from medgen_pytest.evaluation.statistics import Interval
    from medgen_pytest.evaluation.tally import Tally

WHOLE_RUN = "the whole run"
"""What a gate is about that is on no single model."""


class GateStatus(str, Enum):
    """Whether a gate holds. `inconclusive` and `incomplete` say that the evidence does not decide."""

    HOLDS = "holds"
    BREACHED = "breached"
    INCONCLUSIVE = "inconclusive"
    INCOMPLETE = "incomplete"

    __str__ = str.__str__


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """A gate on one model, or on the whole run (`model` None): the tally it was decided on, and why.

    `measured` is the number of the gate: a rate, a mean, a drop, a cost; None where it could not be measured.
    `interval` is about it: of a bound or a drop with the bounds as ends. `needed` is how many more samples would
    decide an inconclusive gate, if they are like those there are, and `detectable` the smallest drop that so many
    samples show in 80 of 100 cases; None where that cannot be said.
    """

    gate: str
    model: str | None
    status: GateStatus
    tally: Tally
    reason: str
    tier: Tier = "blocking"
    measured: float | None = None
    interval: Interval | None = None
    needed: int | None = None
    detectable: float | None = None

    @property
    def subject(self) -> str:
        """What the gate was decided for, in words."""
        return WHOLE_RUN if self.model is None else self.model

    @property
    def is_blocking(self) -> bool:
        """Whether the verdict decides the exit code."""
        return self.tier == "blocking"

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports."""
        return {
            "gate": self.gate,
            "model": self.model,
            "tier": self.tier,
            "status": self.status.value,
            "reason": self.reason,
            "measured": dump_number(self.measured),
            "interval": self.interval.to_dict() if self.interval is not None else None,
            "needed": self.needed,
            "detectable": self.detectable,
            "tally": self.tally.to_dict(),
        }
