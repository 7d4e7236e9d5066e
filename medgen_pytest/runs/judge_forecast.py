"""Forecasts of judging: what the judges of a run will be asked about outputs, most of which are not there yet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.errors import ImageError, NoReferenceError
from medgen_pytest.evaluation.forecast import JudgingForecast, ModelForecast, forecast_of
from medgen_pytest.judge.questioning import expected_question
from medgen_pytest.models.estimates import add_estimates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.judge.bench import Bench, Seat
    from medgen_pytest.judge.judge import Judge
    from medgen_pytest.models.contract import Estimate


def judging_forecast(
    bench: Bench,
    planned: Iterable[PlannedSample],
    samples: Mapping[str, Sample],
    *,
    answered: Mapping[ResultKey, SampleResult],
) -> JudgingForecast:
    """What the judges will be asked about the outputs of planned samples, and what that takes.

    An output that is not there yet is taken to be usable and to read like the reference. `answered` are
    those that are there; what they lack is counted. Raises MedgenError for an estimate that cannot be made.
    """
    reckoning = _Reckoning(bench, samples)
    outputs = list(planned)
    return JudgingForecast(
        judges=[reckoning.forecast(name, outputs, answered) for name in bench.judges],
        rubric=f"{bench.rubric.name}@{bench.rubric.version}",
        tiers=bench.tiers,
        repeats=bench.repeats,
        swap=bench.swap,
        warnings=bench.warnings,
    )


class _Reckoning:
    """Adds up what judgements take; what all models are judged alike for is reckoned once."""

    def __init__(self, bench: Bench, samples: Mapping[str, Sample]) -> None:
        self._bench = bench
        self._samples = samples
        self._expected: dict[tuple[str, str], Estimate] = {}

    def forecast(
        self, judge: str, planned: Sequence[PlannedSample], answered: Mapping[ResultKey, SampleResult]
    ) -> ModelForecast:
        """The forecast of one judge."""
        estimates = [self._of_output(judge, one.sample_id, answered.get(one.key)) for one in planned]
        asked = [estimate for estimate in estimates if estimate.requests]
        return forecast_of(judge, asked, finished=len(estimates) - len(asked))

    def _of_output(self, judge: str, sample_id: str, result: SampleResult | None) -> Estimate:
        sample = self._samples[sample_id]
        if result is not None:
            due = [seat for seat in self._bench.due(result) if seat.judge == judge]
            return self._sum(judge, sample, due, text=result.output.text)
        if (judge, sample_id) not in self._expected:
            seats = [seat for seat in self._bench.seats if seat.judge == judge]
            self._expected[judge, sample_id] = self._sum(judge, sample, seats, text=sample.target.text)
        return self._expected[judge, sample_id]

    def _sum(self, judge: str, sample: Sample, seats: Iterable[Seat], *, text: str | None) -> Estimate:
        asker, alike = self._bench.judges[judge], Counter(seat._replace(replicate=0) for seat in seats)
        return add_estimates(
            *(estimate for seat, often in alike.items() for estimate in [_estimate(asker, seat, sample, text)] * often)
        )


def _estimate(judge: Judge, seat: Seat, sample: Sample, text: str | None) -> Estimate:
    try:
        question = expected_question(sample, text=text, rubric=judge.rubric, tier=seat.tier, swapped=seat.swapped)
        return judge.estimate(question)
    except (NoReferenceError, ImageError):  # nobody will be asked
        return add_estimates()
