"""Deciding gates: the verdict of each gate on each model, from the cases of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.bounds import find_bound, find_drop
from medgen_pytest.evaluation.gates.costs import decide_cost
from medgen_pytest.evaluation.gates.finding import Finding, settle, undecided
from medgen_pytest.evaluation.gates.means import find_mean
from medgen_pytest.evaluation.gates.rates import find_errors, find_rate
from medgen_pytest.evaluation.gates.sample_value import has_value
from medgen_pytest.evaluation.repeats import tally_of
from medgen_pytest.evaluation.spending import Spent
from medgen_pytest.evaluation.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.evaluation.baseline import Baseline
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates.gate import Gate, Measure
    from medgen_pytest.evaluation.gates.verdict import GateVerdict
    from medgen_pytest.evaluation.run_result import GatePolicy

_FINDERS: Mapping[Measure, Callable[[Gate, Sequence[Case], Aggregation], Finding]] = {
    "rate": find_rate,
    "mean": find_mean,
    "errors": find_errors,
}
_NOTHING = Spent()


def decide_gates(policy: GatePolicy, cases: Sequence[Case], *, spent: Spent = _NOTHING) -> list[GateVerdict]:
    """The verdict of each gate on each model that has samples in its slice; the repeats of a sample count as one.

    A gate whose slice nobody has samples in, because they were deselected, is inconclusive for all models. One on the
    cost has one verdict, on all that was `spent`. The baselines of the policy must be comparable: `check_baselines`.
    """
    return [verdict for gate in policy.gates for verdict in _decide(gate, policy, cases, spent)]


def _decide(gate: Gate, policy: GatePolicy, cases: Sequence[Case], spent: Spent) -> list[GateVerdict]:
    if gate.measure == "cost":
        return [decide_cost(gate, spent, tally_of(cases, aggregate=policy.aggregate))]
    covered = _covered(gate, cases)
    if not covered:
        models = sorted({case.planned.model for case in cases})
        return [undecided(gate, model, Tally(), reason="no samples") for model in models]
    if gate.baseline is not None:
        return _decide_drop(gate, policy, covered, policy.baselines[gate.baseline])
    find = _FINDERS[gate.measure] if gate.form == "value" else find_bound
    return [settle(gate, model, find(gate, covered[model], policy.aggregate), policy) for model in sorted(covered)]


def _decide_drop(
    gate: Gate, policy: GatePolicy, covered: Mapping[str, Sequence[Case]], baseline: Baseline
) -> list[GateVerdict]:
    earlier: dict[str | None, list[Case]] = {}
    for case in baseline.cases():
        earlier.setdefault(case.planned.model, []).append(case)
    verdicts = []
    for model in sorted(covered):
        counterpart = baseline.model_for(model)
        found = find_drop(gate, covered[model], earlier.get(counterpart, []), policy.aggregate)
        if found is None:
            verdicts.append(undecided(gate, model, Tally(), reason=f"baseline {gate.baseline} has none of its samples"))
        else:
            verdicts.append(settle(gate, model, found, policy))
    return verdicts


def _covered(gate: Gate, cases: Iterable[Case]) -> dict[str, list[Case]]:
    """The cases of the slice by model; for a mean also those of a metric that has no threshold."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        if gate.covers(case.planned) and has_value(case, gate):
            found.setdefault(case.planned.model, []).append(case)
    return found
