"""Checking gates before a run: whether they can be decided at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.profile import Profile


def check_gates(gates: Sequence[Gate], planned: Sequence[PlannedSample], profile: Profile) -> None:
    """Raises ConfigError for a gate on a metric without threshold, and for one whose slice has no samples."""
    check_gate_metrics(gates, profile)
    for gate in gates:
        if not any(gate.covers(sample) for sample in planned):
            raise ConfigError(f"gate {gate.text!r}: no sample of this run lies in its slice")


def check_gate_metrics(gates: Sequence[Gate], profile: Profile) -> None:
    """Raises ConfigError for a gate on outcomes of a metric that the profile has no threshold for."""
    for gate in gates:
        if gate.needs_threshold and gate.metric not in profile.thresholds:
            raise ConfigError(
                f"gate {gate.text!r}: profile {profile.name} has no threshold for {gate.metric};"
                f" give one with --medgen-threshold {gate.metric}=VALUE"
            )
