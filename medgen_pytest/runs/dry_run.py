"""Dry runs: what a run will take and what keeps it from working, found out without asking for anything."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

from medgen_pytest.engine.inquiry import Inquirer, is_answer_to
from medgen_pytest.errors import ImageError
from medgen_pytest.evaluation.forecast import Forecast, ModelForecast, forecast_of
from medgen_pytest.models.contract import Estimate, EstimatedModel, ProbedModel, is_immediate
from medgen_pytest.runs.judge_forecast import judging_forecast
from medgen_pytest.runs.probing import probe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.runs.prepare import PreparedRun

_NOTHING = Estimate(requests=0, input_tokens=0, output_tokens=0, cost=0.0)


def dry_run(
    prepared: PreparedRun,
    planned: Sequence[PlannedSample],
    *,
    finished: Mapping[ResultKey, SampleResult],
    spent: float = 0.0,
) -> Forecast:
    """The forecast of a run that is planned, of which some is finished; lets the models and judges close.

    Raises MedgenError for an estimate that cannot be made.
    """
    samples = {sample.sample_id: sample for sample in prepared.samples}
    with ExitStack() as stack:
        for judge in prepared.judges.values():
            stack.callback(judge.close)
        inquirer = _inquirer(prepared)
        stack.callback(inquirer.close)
        known = {one.key: finished[one.key] for one in planned if one.key in finished}
        answered = {
            key: result for key, result in known.items() if _is_finished(result, samples[key.sample_id], inquirer)
        }
        bench = prepared.bench
        return Forecast(
            models=_forecasts(prepared, planned, samples, answered),
            judging=judging_forecast(bench, planned, samples, answered=answered) if bench is not None else None,
            problems=[*_problems(prepared), *_probe_all(prepared)],
            budget=prepared.settings.budget,
            spent=spent,
        )


def _inquirer(prepared: PreparedRun) -> Inquirer:
    return Inquirer(
        prepared.models,
        scoring=prepared.scoring,
        timeout=prepared.settings.timeout,
        secrets=prepared.secrets,
        meter=prepared.meter,
        most_errors=0,
    )


def _forecasts(
    prepared: PreparedRun,
    planned: Sequence[PlannedSample],
    samples: Mapping[str, Sample],
    answered: Mapping[ResultKey, SampleResult],
) -> list[ModelForecast]:
    found = []
    for name in sorted({one.model for one in planned}):
        keys = [one.key for one in planned if one.model == name]
        estimates = [_estimate(prepared.models[name], samples[key.sample_id]) for key in keys if key not in answered]
        found.append(forecast_of(name, estimates, finished=len(keys) - len(estimates)))
    return found


def _is_finished(known: SampleResult, sample: Sample, inquirer: Inquirer) -> bool:
    return is_answer_to(known, inquirer.question(sample, model=known.model, repeat=known.repeat))


def _estimate(model: Model, sample: Sample) -> Estimate | None:
    if not isinstance(model, EstimatedModel):
        return _NOTHING if is_immediate(model) else None
    try:
        return model.estimate(sample.request())
    except ImageError:  # nobody will be asked for a sample that cannot be read
        return _NOTHING


def _problems(prepared: PreparedRun) -> list[str]:
    models = [f"model {name!r}: {problem}" for name in sorted(prepared.models) for problem in prepared.problems(name)]
    judges = [f"judge {name!r}: {problem}" for name in prepared.judges for problem in prepared.judge_problems(name)]
    return [*models, *judges]


def _probe_all(prepared: PreparedRun) -> list[str]:
    asked: dict[str, Model] = {f"model {name!r}": model for name, model in sorted(prepared.models.items())}
    asked |= {f"judge {name!r}": judge.model for name, judge in prepared.judges.items()}
    probed = {who: model for who, model in asked.items() if isinstance(model, ProbedModel)}
    if not probed:
        return []
    said = asyncio.run(_gathered(probed))
    return [
        prepared.secrets.mask(f"{who}: {problem}")
        for who, problem in zip(probed, said, strict=True)
        if problem is not None
    ]


async def _gathered(models: Mapping[str, ProbedModel]) -> list[str | None]:
    return await asyncio.gather(*(probe(model) for model in models.values()))
