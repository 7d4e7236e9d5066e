"""The trials of a run: which models need no more samples, because all their blocking gates are decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.trial import EarlyDecision, GateTrial, is_decided_early

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.evaluation.outcome import Outcome
    from medgen_pytest.evaluation.run_result import GatePolicy


class Trials:
    """Every gate on a rate, on every model that has samples in its slice; each sample is asked once."""

    def __init__(self, planned: Iterable[PlannedSample], policy: GatePolicy, *, level: float) -> None:
        self._planned = {(sample.model, sample.sample_id): sample for sample in planned}
        self._trials: dict[str, list[GateTrial]] = {}
        for gate in filter(is_decided_early, policy.gates):
            covered: dict[str, list[str]] = {}
            for sample in self._planned.values():
                if gate.covers(sample):
                    covered.setdefault(sample.model, []).append(sample.sample_id)
            for model, sample_ids in sorted(covered.items()):
                self._trials.setdefault(model, []).append(GateTrial(gate, model, sample_ids, policy, level=level))

    def add(self, model: str, sample_id: str, outcomes: Mapping[str, Outcome]) -> None:
        """Takes a finished sample with its outcome under each metric that gates are on, and under `accuracy`."""
        sample = self._planned.get((model, sample_id))
        if sample is None:
            return
        for trial in self._trials.get(model, ()):
            if trial.gate.covers(sample):
                trial.add(sample_id, outcomes.get(trial.gate.metric))

    def needs_no_more(self, model: str) -> bool:
        """Whether all blocking gates on a model are over; a model without any is asked for all its samples."""
        blocking = [trial for trial in self._trials.get(model, ()) if trial.gate.is_blocking]
        return bool(blocking) and all(trial.is_over for trial in blocking)

    @property
    def models(self) -> Sequence[str]:
        """The models that gates are on, sorted."""
        return sorted(self._trials)

    @property
    def decisions(self) -> list[EarlyDecision]:
        """What is decided, by model, and by gate in the order of the policy."""
        return [trial.decision for model in self.models for trial in self._trials[model] if trial.decision is not None]
