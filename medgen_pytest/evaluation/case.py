"""Cases: each planned sample of a run with its record and its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.evaluation.outcome import Outcome, Verdict, decide, decide_metrics

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.evaluation.profile import Profile

ACCURACY = "accuracy"
"""The name, beside the metrics, of the rate at which all required metrics are met."""


class Case(NamedTuple):  # as full runs have a hundred thousand of them, in a third of the time of a data class
    """A planned sample, its record if it finished, and its verdict.

    `metrics` holds the outcome of each metric that applies and has a threshold. Cases of one `cluster` belong together:
    by the field of their records that the plan knows, else by their first input image. None is known of nothing.
    """

    planned: PlannedSample
    result: SampleResult | None
    verdict: Verdict
    metrics: Mapping[str, Outcome]
    cluster: str | None = None

    def outcome_of(self, metric: str) -> Outcome | None:
        """The outcome under one metric, or under `accuracy`; None where the metric does not apply."""
        return self.verdict.outcome if metric == ACCURACY else self.metrics.get(metric)


def judge_cases(
    planned: Iterable[PlannedSample],
    results: Mapping[ResultKey, SampleResult],
    profile: Profile,
    *,
    measured: Container[str] | None = None,
) -> list[Case]:
    """Every planned sample with its verdict, in the order of the plan; one without a record is `missing`.

    `measured` are the metrics that the run computes (None: all that have a threshold); the others have no
    outcome.
    """
    with_threshold = [name for name in profile.thresholds if measured is None or name in measured]
    names = {task: [name for name in with_threshold if profile.metrics[name].applies_to(task)] for task in Task}
    # One model may have failed before the image was read that another was asked about.
    images = {result.sample_id: result.first_input for result in results.values() if result.first_input is not None}
    return [
        _judge(
            sample,
            results.get(sample.key),
            profile,
            names[sample.task],
            cluster=sample.cluster or images.get(sample.sample_id),
        )
        for sample in planned
    ]


def _judge(
    planned: PlannedSample, result: SampleResult | None, profile: Profile, names: list[str], *, cluster: str | None
) -> Case:
    if result is None:
        verdict = Verdict(outcome=Outcome.MISSING, reason="planned, but never finished")
        metrics = dict.fromkeys(names, Outcome.MISSING)
    else:
        metrics = decide_metrics(result, names, profile)
        verdict = decide(result, profile, metrics)
    return Case(planned, result, verdict, metrics, cluster)
