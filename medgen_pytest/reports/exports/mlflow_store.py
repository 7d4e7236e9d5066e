"""MLflow: a run of an experiment for each model, with its numbers, how it was made, and its summary."""

from __future__ import annotations

import datetime as dt
import json
import logging
import math
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, MissingExtraError
from medgen_pytest.reports.exports.tracked import facts_of, numbers_of
from medgen_pytest.reports.summary import render_summary
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from medgen_pytest.evaluation.run_result import RunResult

EXPERIMENT = "medgen-bench"
_LONGEST = 500
"""Characters of a value that every version of MLflow takes."""
_BATCH = 100
"""Entries that MLflow takes at once."""


def local_store(folder: Path) -> str:
    """The address of a store in a folder of this machine: a database, since MLflow gives up its store of plain files.

    Raises ConfigError for a folder whose name cannot stand in such an address.
    """
    path = folder.resolve() / "mlflow.db"
    if set("?#%") & set(str(path)):
        raise ConfigError(f"MLflow takes no folder with ? # or % in its name: {folder}; give another with --output")
    return f"sqlite:///{path.as_posix()}"


def write_mlflow(run: RunResult, store: str, *, artifacts: Path | None) -> list[str]:
    """Adds a run of MLflow for each model to a store; the ids of the runs. `artifacts` is where a local one has files.

    Infinite numbers are tags: some stores make the largest finite number of them. Raises MissingExtraError without
    MLflow, and ConfigError for a store that it cannot use.
    """
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise MissingExtraError(need="an export to MLflow", package="mlflow", extra="mlflow") from error
    for name in ("alembic", "mlflow"):  # which tell of each table that they make
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        client = MlflowClient(tracking_uri=store)
        experiment = _experiment(client, artifacts)
        return [_add(client, experiment, run, model) for model in run.models]
    except (ImportError, MlflowException) as error:  # a library that it reads the store with may not fit it
        raise ConfigError(f"MLflow cannot use {store}: {' '.join(str(error).split())[:_LONGEST]}") from error


def _experiment(client: Any, artifacts: Path | None) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    location = artifacts.resolve().as_uri() if artifacts is not None else None
    return str(client.create_experiment(EXPERIMENT, artifact_location=location))


def _add(client: Any, experiment: str, run: RunResult, model: str) -> str:
    from mlflow.entities import Metric, Param, RunTag

    now = round(dt.datetime.now(dt.timezone.utc).timestamp() * 1000)
    run_id = str(client.create_run(experiment, run_name=visible(model)[:_LONGEST]).info.run_id)
    numbers = numbers_of(run, model)
    metrics = [Metric(name, value, now, 0) for name, value in numbers.items() if math.isfinite(value)]
    infinite = [RunTag(name, str(value)) for name, value in numbers.items() if not math.isfinite(value)]
    for start in range(0, len(metrics), _BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + _BATCH])
    client.log_batch(run_id, params=[Param(name, value) for name, value in _facts(run, model)], tags=infinite)
    client.log_text(run_id, render_summary(run), "summary.md")
    client.set_terminated(run_id)
    return run_id


def _facts(run: RunResult, model: str) -> Iterator[tuple[str, str]]:
    for name, value in facts_of(run, model).items():
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
            yield name, visible(text)[:_LONGEST]
