"""Findings: what was measured for a gate on one model, and the verdict that this leads to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.verdict import GateStatus, GateVerdict
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.tally import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.gates.sample_value import SampleValue
    from medgen_pytest.evaluation.run_result import GatePolicy
    from medgen_pytest.evaluation.statistics import Interval
    from medgen_pytest.evaluation.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much evidence there is: of the `planned` samples some are `judged`, `errors` or `missing`."""

    planned: int
    judged: int
    errors: int
    missing: int

    @classmethod
    def of(cls, values: Sequence[SampleValue]) -> Counts:
        """Those of the values of samples."""
        lacks = Counter(value.lack for value in values)
        errors, missing = lacks[Outcome.ERROR], lacks[Outcome.MISSING]
        return cls(planned=len(values), judged=len(values) - errors - missing, errors=errors, missing=missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was measured, looked at from both ends: whatever the lost samples may have been.

    `breached` says that no end meets the gate, `holds` that both do, `doubt` in words why neither, and `needed` how
    many more samples would settle it. `said` is what was measured in words, `counts` the evidence.
    """

    tally: Tally
    counts: Counts
    said: str
    breached: bool
    holds: bool
    doubt: str = ""
    measured: float | None = None
    interval: Interval | None = None
    needed: int | None = None
    detectable: float | None = None


def settle(gate: Gate, model: str, finding: Finding, policy: GatePolicy) -> GateVerdict:
    """The verdict on a gate, for what was found.

    It is breached if nothing that is lost could have saved it, else left open by what is lost or by too few samples,
    and else what both ends say.
    """
    status, more, needed = _status(gate, finding, policy)
    return GateVerdict(
        gate=gate.text,
        model=model,
        tier=gate.tier,
        status=status,
        reason=f"{finding.said}; {more}" if more else finding.said,
        tally=finding.tally,
        measured=finding.measured,
        interval=finding.interval,
        needed=needed,
        detectable=finding.detectable,
    )


def undecided(gate: Gate, model: str | None, tally: Tally, *, reason: str) -> GateVerdict:
    """The verdict where there is nothing to measure."""
    return GateVerdict(
        gate=gate.text, model=model, tier=gate.tier, status=GateStatus.INCONCLUSIVE, reason=reason, tally=tally
    )


def number_text(value: float) -> str:
    """A number as verdicts say it; what rounds to 0 has no sign.

    >>> number_text(0.61234), number_text(-0.00001)
    ('0.6123', '0.0000')
    """
    return f"{round(value, 4) + 0.0:.4f}"


def _status(gate: Gate, finding: Finding, policy: GatePolicy) -> tuple[GateStatus, str, int | None]:
    """The status, why it is no other, and how many more samples would decide it."""
    counts = finding.counts
    if finding.breached:
        return GateStatus.BREACHED, "", None
    if counts.missing:
        return GateStatus.INCOMPLETE, f"{counted(counts.missing, 'planned sample')} never finished", None
    is_of_errors = gate.measure == "errors"
    if not is_of_errors and counts.errors / max(1, counts.planned) > policy.max_error_rate:
        allowed = f"more than the {policy.max_error_rate:.2%} allowed"
        return GateStatus.INCONCLUSIVE, f"{counted(counts.errors, 'error')}, {allowed}", None
    if counts.judged < policy.min_samples:
        least = f"fewer than {counted(policy.min_samples, 'sample' if is_of_errors else 'judged sample')}"
        return GateStatus.INCONCLUSIVE, least, policy.min_samples - counts.judged
    if not finding.holds:
        return GateStatus.INCONCLUSIVE, finding.doubt, finding.needed
    return GateStatus.HOLDS, counted(counts.errors, "error") if counts.errors and not is_of_errors else "", None
