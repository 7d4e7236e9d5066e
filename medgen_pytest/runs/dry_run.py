"""Dry runs: what a run will take and what keeps it from working, found out without asking for anything."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from medgen_pytest.engine.answer import describe
from medgen_pytest.engine.inquiry import Inquirer, is_answer_to
from medgen_pytest.errors import ImageError
from medgen_pytest.evaluation.forecast import Forecast, ModelForecast, forecast_of
from medgen_pytest.models.contract import ConnectedModel, Estimate, EstimatedModel, ProbedModel, is_immediate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.runs.prepare import PreparedRun

PROBE_SECONDS = 10.0
"""How long an endpoint has to show that it is there."""
_NOTHING = Estimate(requests=0, input_tokens=0, output_tokens=0, cost=0.0)


def dry_run(
    prepared: PreparedRun,
    planned: Sequence[PlannedSample],
    *,
    finished: Mapping[ResultKey, SampleResult],
    spent: float = 0.0,
) -> Forecast:
    """The forecast of a run that is planned, of which some is finished; lets the models close.

    Raises MedgenError for an estimate that cannot be made.
    """
    inquirer = Inquirer(
        prepared.models,
        scoring=prepared.scoring,
        timeout=prepared.settings.timeout,
        secrets=prepared.secrets,
        meter=prepared.meter,
        most_errors=0,
    )
    try:
        models = _forecasts(prepared, planned, finished, inquirer)
        problems = [*_problems(prepared), *_probe_all(prepared)]
    finally:
        inquirer.close()
    return Forecast(models=models, problems=problems, budget=prepared.settings.budget, spent=spent)


def _forecasts(
    prepared: PreparedRun,
    planned: Sequence[PlannedSample],
    finished: Mapping[ResultKey, SampleResult],
    inquirer: Inquirer,
) -> list[ModelForecast]:
    samples = {sample.sample_id: sample for sample in prepared.samples}
    found = []
    for name in sorted({one.model for one in planned}):
        keys = [one.key for one in planned if one.model == name]
        left = [key for key in keys if not _is_finished(finished.get(key), samples[key.sample_id], inquirer)]
        estimates = [_estimate(prepared.models[name], samples[key.sample_id]) for key in left]
        found.append(forecast_of(name, estimates, finished=len(keys) - len(left)))
    return found


def _is_finished(known: SampleResult | None, sample: Sample, inquirer: Inquirer) -> bool:
    if known is None:
        return False
    return is_answer_to(known, inquirer.question(sample, model=known.model, repeat=known.repeat))


def _estimate(model: Model, sample: Sample) -> Estimate | None:
    if not isinstance(model, EstimatedModel):
        return _NOTHING if is_immediate(model) else None
    try:
        return model.estimate(sample.request())
    except ImageError:  # nobody will be asked for a sample that cannot be read
        return _NOTHING


def _problems(prepared: PreparedRun) -> list[str]:
    return [f"model {name!r}: {problem}" for name in sorted(prepared.models) for problem in prepared.problems(name)]


def _probe_all(prepared: PreparedRun) -> list[str]:
    probed = {name: model for name, model in sorted(prepared.models.items()) if isinstance(model, ProbedModel)}
    if not probed:
        return []
    said = asyncio.run(_gathered(probed))
    return [
        prepared.secrets.mask(f"model {name!r}: {problem}")
        for name, problem in zip(probed, said, strict=True)
        if problem is not None
    ]


async def _gathered(models: Mapping[str, ProbedModel]) -> list[str | None]:
    return await asyncio.gather(*(_probe(model) for model in models.values()))


async def _probe(model: ProbedModel) -> str | None:
    try:
        return await asyncio.wait_for(model.probe(), PROBE_SECONDS)
    except asyncio.TimeoutError:
        return f"its endpoint did not reply within {PROBE_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, its endpoint cannot be reached
        return describe(error)
    finally:
        if isinstance(model, ConnectedModel):
            with suppress(Exception):  # connections that cannot be closed any more
                await model.aclose()
