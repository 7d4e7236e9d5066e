"""Checking gates before a run: whether they can be decided at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.evaluation.baseline import Baseline
    from medgen_pytest.evaluation.conditions import Conditions
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.evaluation.run_result import GatePolicy


def check_gates(gates: Sequence[Gate], planned: Sequence[PlannedSample], profile: Profile) -> None:
    """Raises ConfigError for a gate on a metric without threshold, and for one whose slice has no samples."""
    check_gate_metrics(gates, profile)
    for gate in gates:
        if not any(gate.covers(sample) for sample in planned):
            raise ConfigError(
                f"gate {gate.text!r}: no sample of this run lies in its slice; correct it, or evaluate more"
            )


def check_gate_metrics(gates: Sequence[Gate], profile: Profile) -> None:
    """Raises ConfigError for a gate on outcomes of a metric that the profile has no threshold for."""
    for gate in gates:
        if gate.needs_threshold and gate.metric not in profile.thresholds:
            raise ConfigError(
                f"gate {gate.text!r}: profile {profile.name} has no threshold for {gate.metric};"
                f" give one with --medgen-threshold {gate.metric}=VALUE, to medgen rescore with --threshold"
            )


def check_baselines(policy: GatePolicy, conditions: Conditions) -> None:
    """Raises ConfigError for a gate against a baseline that was made under other conditions than a run."""
    for gate in policy.gates:
        if gate.baseline is None:
            continue
        baseline = policy.baselines.get(gate.baseline)
        if baseline is None:
            raise ConfigError(f"gate {gate.text!r}: baseline {gate.baseline} was not read")
        differences = baseline.conditions.differences(conditions, metrics=_metrics_of(gate, baseline))
        if differences:
            raise ConfigError(
                f"gate {gate.text!r}: baseline and run cannot be compared: other {'; other '.join(differences)};"
                f" save a run that shares them: medgen baseline save RUN {gate.baseline}"
            )


def check_baseline_samples(policy: GatePolicy, planned: Sequence[PlannedSample]) -> None:
    """Raises ConfigError where a baseline holds no model to compare with, or no sample of a gate's slice."""
    for gate in policy.gates:
        if gate.baseline is None:
            continue
        baseline = policy.baselines[gate.baseline]
        covered = [sample for sample in planned if gate.covers(sample)]
        for model in sorted({sample.model for sample in covered}):
            _check_model(gate, baseline, model, [sample for sample in covered if sample.model == model])


def _check_model(gate: Gate, baseline: Baseline, model: str, covered: Sequence[PlannedSample]) -> None:
    counterpart = baseline.model_for(model)
    if counterpart is None:
        held = ", ".join(baseline.models) or "no model"
        raise ConfigError(
            f"gate {gate.text!r}: baseline {gate.baseline} holds {held}, but not {model}; save one model alone to"
            f" compare every model with it: medgen baseline save RUN {gate.baseline} --model NAME"
        )
    known = {sample.sample_id for sample in baseline.planned if sample.model == counterpart}
    if not any(sample.sample_id in known for sample in covered):
        raise ConfigError(
            f"gate {gate.text!r}: of the samples that this run plans in its slice, baseline {gate.baseline} holds none;"
            f" save a run of these samples: medgen baseline save RUN {gate.baseline}"
        )


def _metrics_of(gate: Gate, baseline: Baseline) -> frozenset[str]:
    """The metrics whose scores the gate compares."""
    if gate.needs:
        return gate.needs
    tasks = {sample.task for sample in baseline.planned if gate.covers_in(sample)}
    return frozenset(name for task in tasks for name in baseline.profile.required_for(task))
