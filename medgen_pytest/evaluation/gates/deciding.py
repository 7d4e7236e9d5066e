"""Deciding gates: the verdict of each gate on each model, from the cases of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates.bounds import find_bound, find_drop
from medgen_pytest.evaluation.gates.costs import decide_cost
from medgen_pytest.evaluation.gates.finding import Finding, settle, undecided
from medgen_pytest.evaluation.gates.means import find_mean
from medgen_pytest.evaluation.gates.rates import find_errors, find_rate
from medgen_pytest.evaluation.gates.sample_value import has_value
from medgen_pytest.evaluation.repeats import tally_of
from medgen_pytest.evaluation.slices import cells_of
from medgen_pytest.evaluation.spending import Spent
from medgen_pytest.evaluation.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
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
    earlier = {name: _by_model(baseline.cases()) for name, baseline in policy.baselines.items()}
    cells, firsts = cells_of(case.planned for case in cases)
    celled = _Celled(cases=cases, cells=cells, firsts=firsts)
    return [verdict for gate in policy.gates for verdict in _decide(gate, policy, celled, spent, earlier)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Celled:
    """The cases of a run, the cell that each lies in, and the first sample of each cell; see `cells_of`."""

    cases: Sequence[Case]
    cells: Sequence[int]
    firsts: Sequence[PlannedSample]

    def covered(self, gate: Gate) -> dict[str, list[Case]]:
        """The cases of a gate's slice by model; for a mean also those of a metric that has no threshold."""
        inside = [gate.covers(first) for first in self.firsts]
        pairs = zip(self.cases, self.cells, strict=True)
        return _by_model(case for case, cell in pairs if inside[cell] and has_value(case, gate))


def _decide(
    gate: Gate,
    policy: GatePolicy,
    celled: _Celled,
    spent: Spent,
    earlier: Mapping[str, Mapping[str, Sequence[Case]]],
) -> list[GateVerdict]:
    if gate.measure == "cost":
        return [decide_cost(gate, spent, tally_of(celled.cases, aggregate=policy.aggregate))]
    covered = celled.covered(gate)
    if not covered:
        models = sorted({case.planned.model for case in celled.cases})
        return [undecided(gate, model, Tally(), reason="no samples") for model in models]
    if gate.baseline is not None:
        before = {model: _counterpart(model, gate.baseline, policy, earlier) for model in covered}
        return [_decide_drop(gate, model, covered[model], before[model], policy) for model in sorted(covered)]
    find = _FINDERS[gate.measure] if gate.form == "value" else find_bound
    return [settle(gate, model, find(gate, covered[model], policy.aggregate), policy) for model in sorted(covered)]


def _decide_drop(
    gate: Gate, model: str, cases: Sequence[Case], before: Sequence[Case], policy: GatePolicy
) -> GateVerdict:
    found = find_drop(gate, cases, before, policy.aggregate)
    if found is None:
        return undecided(gate, model, Tally(), reason=f"baseline {gate.baseline} has none of its samples")
    return settle(gate, model, found, policy)


def _counterpart(
    model: str, name: str, policy: GatePolicy, earlier: Mapping[str, Mapping[str, Sequence[Case]]]
) -> Sequence[Case]:
    """The cases of a baseline that a model is compared with; none where it holds no such model."""
    counterpart = policy.baselines[name].model_for(model)
    return earlier[name].get(counterpart, ()) if counterpart is not None else ()


def _by_model(cases: Iterable[Case]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.planned.model, []).append(case)
    return found
