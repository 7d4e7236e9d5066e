"""Gates on the cost of a run: what all of its answers and judgements took, as far as they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.verdict import GateStatus, GateVerdict
from medgen_pytest.evaluation.tally import counted

if TYPE_CHECKING:
    from medgen_pytest.evaluation.gates.gate import Gate
    from medgen_pytest.evaluation.spending import Spent
    from medgen_pytest.evaluation.tally import Tally


def decide_cost(gate: Gate, spent: Spent, tally: Tally) -> GateVerdict:
    """The verdict on the cost of a whole run, whose samples have this tally.

    What is known to be spent is the least that it cost. Where an answer does not say what it cost, or samples never
    finished, only a breach is certain.
    """
    cost = spent.cost
    status, more = _status(gate, cost, spent, tally)
    known = "cost unknown" if cost is None else f"{cost:.4f} spent"
    return GateVerdict(
        gate=gate.text,
        model=None,
        tier=gate.tier,
        status=status,
        tally=tally,
        reason=f"{known}; {more}" if more else known,
        measured=cost,
    )


def _status(gate: Gate, cost: float | None, spent: Spent, tally: Tally) -> tuple[GateStatus, str]:
    if not gate.met_by(cost or 0.0):
        return GateStatus.BREACHED, ""
    if tally.missing:
        return GateStatus.INCOMPLETE, f"{counted(tally.missing, 'planned sample')} never finished"
    if cost is None and not spent.silent:
        return GateStatus.INCONCLUSIVE, "nothing was asked"
    if spent.silent:
        of = ", ".join(f"{counted(number, 'answer')} of {name}" for name, number in spent.silent.items())
        return GateStatus.INCONCLUSIVE, f"{of} without a known cost; give each model a price (zeros if it is free)"
    return GateStatus.HOLDS, ""
