"""Findings: what was measured for a gate on one model, and the verdict that this leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.verdict import GateStatus, GateVerdict

if TYPE_CHECKING:
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.run_result import GatePolicy
    from medgen_pytest.evaluation.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was measured, looked at from both ends: whatever the lost samples may have been.

    `breached` says that no end meets the gate, `holds` that both do, `doubt` in words why neither. `said` is what was
    measured in words. `judged` are the samples that count as evidence, of which `least` asks for enough; `errors` are
    those that could not be judged, `missing` those that never finished, `planned` all of them.
    """

    tally: Tally
    said: str
    breached: bool
    holds: bool
    doubt: str = ""
    measured: float | None = None
    planned: int
    judged: int
    errors: int
    missing: int

    @property
    def error_rate(self) -> float:
        """The share of errors."""
        return self.errors / self.planned if self.planned else 0.0


def settle(gate: Gate, model: str | None, finding: Finding, policy: GatePolicy) -> GateVerdict:
    """The verdict on a gate, for what was found.

    It is breached if nothing that is lost could have saved it, else left open by what is lost or by too few samples,
    and else what both ends say.
    """
    status, more = _status(gate, finding, policy)
    return GateVerdict(
        gate=gate.text,
        model=model,
        tier=gate.tier,
        status=status,
        reason=f"{finding.said}; {more}" if more else finding.said,
        tally=finding.tally,
        measured=finding.measured,
    )


def no_samples(gate: Gate, model: str | None, tally: Tally) -> GateVerdict:
    """The verdict on a slice without samples."""
    return GateVerdict(
        gate=gate.text,
        model=model,
        tier=gate.tier,
        status=GateStatus.INCONCLUSIVE,
        reason="no samples",
        tally=tally,
    )


def some(number: int, noun: str) -> str:
    """A number of things: `1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _status(gate: Gate, finding: Finding, policy: GatePolicy) -> tuple[GateStatus, str]:
    if finding.breached:
        return GateStatus.BREACHED, ""
    if finding.missing:
        return GateStatus.INCOMPLETE, f"{some(finding.missing, 'planned sample')} never finished"
    is_of_errors = gate.measure == "errors"
    if finding.error_rate > policy.max_error_rate and not is_of_errors:
        allowed = f"more than the {policy.max_error_rate:.2%} allowed"
        return GateStatus.INCONCLUSIVE, f"{some(finding.errors, 'error')}, {allowed}"
    if finding.judged < policy.min_samples:
        noun = "sample" if is_of_errors else "judged sample"
        return GateStatus.INCONCLUSIVE, f"fewer than {some(policy.min_samples, noun)}"
    if not finding.holds:
        return GateStatus.INCONCLUSIVE, finding.doubt
    return GateStatus.HOLDS, some(finding.errors, "error") if finding.errors and not is_of_errors else ""
