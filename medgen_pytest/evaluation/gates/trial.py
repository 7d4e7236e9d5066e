"""Trials of gates: whether the samples that a model has answered so far decide what the whole run would say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.random_order import random_place
from medgen_pytest.evaluation.gates.verdict import GateStatus
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.statistics.sequential import SequentialTest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.run_result import GatePolicy

_ENDS = {Outcome.ACCURATE: (1.0, 1.0), Outcome.INACCURATE: (0.0, 0.0), Outcome.INVALID: (0.0, 0.0)}
"""The least and the most that a sample adds to a rate; where nothing could be judged, that may be either."""
_NOT_KNOWN = (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyDecision:
    """A gate that was decided for a model after so many `samples` of the `planned` ones of its slice."""

    gate: str
    model: str
    status: GateStatus
    samples: int
    planned: int

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports."""
        return {
            "gate": self.gate,
            "model": self.model,
            "status": self.status.value,
            "samples": self.samples,
            "planned": self.planned,
        }


def is_decided_early(gate: Gate) -> bool:
    """Whether a part of the samples can tell what the whole run would say of a gate: it is on a rate itself."""
    return gate.measure == "rate" and gate.form == "value"


def is_of_what_was_asked(gate: Gate) -> bool:
    """Whether a gate is on the run as it was: samples that nobody asked cost nothing, and are no errors."""
    return gate.measure in {"errors", "cost"}


class GateTrial:
    """A gate on a rate of one model, on trial.

    Samples finish in any order, but only those count before which, in the random order, none is unfinished:
    slow samples would else be the last to count. A gate that holds also needs as many judged samples as the policy
    asks for, and no larger share of errors among those that count. What is decided once stays.
    """

    def __init__(self, gate: Gate, model: str, sample_ids: Iterable[str], policy: GatePolicy, *, level: float) -> None:
        self._gate, self._model, self._policy = gate, model, policy
        self._order = sorted(sample_ids, key=random_place)
        self._test = SequentialTest(population=len(self._order), bound=gate.bound, level=level)
        self._waiting: dict[str, Outcome | None] = {}
        self._errors = 0
        self._decision: EarlyDecision | None = None

    @property
    def gate(self) -> Gate:
        """The gate."""
        return self._gate

    @property
    def decision(self) -> EarlyDecision | None:
        """What was decided, if anything was."""
        return self._decision

    @property
    def is_over(self) -> bool:
        """Whether more samples can change nothing: the gate is decided, or no sample of its slice is left."""
        return self._decision is not None or self._test.drawn == len(self._order)

    def add(self, sample_id: str, outcome: Outcome | None) -> None:
        """Takes a finished sample of the slice; one without an outcome under the gate's metric is not known."""
        self._waiting.setdefault(sample_id, outcome)
        while self._test.drawn < len(self._order) and self._order[self._test.drawn] in self._waiting:
            self._draw(self._waiting[self._order[self._test.drawn]])

    def _draw(self, outcome: Outcome | None) -> None:
        low, high = _ENDS.get(outcome, _NOT_KNOWN) if outcome is not None else _NOT_KNOWN
        self._errors += low < high
        self._test.draw(low, high)
        status = self._status() if self._decision is None else None
        if status is not None:
            self._decision = EarlyDecision(
                gate=self._gate.text,
                model=self._model,
                status=status,
                samples=self._test.drawn,
                planned=len(self._order),
            )

    def _status(self) -> GateStatus | None:
        side, drawn = self._test.decision, self._test.drawn
        if side is None:
            return None
        if (side == "above") != (self._gate.sign in {">", ">="}):
            return GateStatus.BREACHED
        is_sound = (
            drawn - self._errors >= self._policy.min_samples and self._errors <= self._policy.max_error_rate * drawn
        )
        return GateStatus.HOLDS if is_sound else None
