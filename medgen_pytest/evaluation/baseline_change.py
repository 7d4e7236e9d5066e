"""Changes against baselines: how the accuracy rate of each model moved from those that the gates of a run name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.comparison import Side, compare_runs

if TYPE_CHECKING:
    from medgen_pytest.evaluation.comparison import RunComparison
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.statistics import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineChange:
    """A model of a run against a baseline, on the samples that both have: `numbers` are of its accuracy rate."""

    baseline: str
    comparison: RunComparison
    numbers: Comparison


def changes_of(run: RunResult) -> list[BaselineChange]:
    """The change of each model against each baseline of the policy that has a model for it; none for other runs."""
    found = []
    for name, baseline in sorted(run.policy.baselines.items()):
        earlier = baseline.to_run()
        for model in run.models:
            counterpart = baseline.model_for(model)
            if counterpart is None:
                continue
            before = Side(letter="A", name=name, model=counterpart, run=earlier)
            now = Side(letter="B", name="this run", model=model, run=run)
            comparison = compare_runs(before, now, metrics=(ACCURACY,), by=())
            found += [
                BaselineChange(baseline=name, comparison=comparison, numbers=metric.whole)
                for metric in comparison.metrics
                if metric.metric == ACCURACY and metric.kind == "rate"
            ]
    return found
