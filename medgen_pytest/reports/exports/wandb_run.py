"""Weights & Biases: a run for each model, with its numbers, how it was made, and a table of its samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, MissingExtraError
from medgen_pytest.reports.exports.record import fields_of, records_of
from medgen_pytest.reports.exports.tracked import facts_of, numbers_of
from medgen_pytest.reports.plain import plain, plain_text
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from medgen_pytest.evaluation.run_result import RunResult

PROJECT = "medgen-bench"
_LONGEST_NAME = 128
"""Characters of a run's name that are taken."""


def write_wandb(run: RunResult, folder: Path, *, host: str | None) -> None:
    """Writes a run for each model below a folder, or sends it to a host.

    Without a host nothing leaves this machine: `wandb sync` may send it later. Raises MissingExtraError without the
    package, and ConfigError where it cannot do it.
    """
    try:
        import wandb
    except ImportError as error:
        raise MissingExtraError(need="an export to Weights & Biases", package="wandb", extra="wandb") from error
    for model in run.models:
        try:
            _write(wandb, run, model, folder, host=host)
        except wandb.Error as error:
            raise ConfigError(f"Weights & Biases: {' '.join(str(error).split())}") from error


def _write(wandb: Any, run: RunResult, model: str, folder: Path, *, host: str | None) -> None:
    # Neither the machine, its load, the code nor the output of this process is of interest.
    settings = wandb.Settings(
        mode="offline" if host is None else "online",
        **({"base_url": host} if host is not None else {}),
        root_dir=str(folder),
        console="off",
        silent=True,
        disable_git=True,
        disable_code=True,
        disable_job_creation=True,
        x_disable_stats=True,
        x_disable_meta=True,
        x_save_requirements=False,
    )
    name = visible(model)[:_LONGEST_NAME]
    tracked = wandb.init(project=PROJECT, name=name, config=facts_of(run, model), settings=settings)
    try:
        for key, value in numbers_of(run, model).items():
            tracked.summary[key] = value if math.isfinite(value) else str(value)
        tracked.log({"samples": _table(wandb, run, model)})
    finally:
        tracked.finish()


def _table(wandb: Any, run: RunResult, model: str) -> Any:
    names = [field.name for field in fields_of(run)]
    of_model = plain_text(model)
    records = (plain(record) for record in records_of(run) if record["model"] == of_model)
    # A column that holds an infinity has texts among its numbers.
    return wandb.Table(columns=names, data=[list(record.values()) for record in records], allow_mixed_types=True)
