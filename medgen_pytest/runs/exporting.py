"""Exporting a stored run: its samples as a file, or its numbers in the store of another tool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit

from medgen_pytest.config.environment import forbid_telemetry
from medgen_pytest.errors import ConfigError, DatasetError
from medgen_pytest.reports.doubts import record_doubts
from medgen_pytest.reports.exports.inspect_log import file_stem, write_inspect_log
from medgen_pytest.reports.exports.inspect_sample import Question
from medgen_pytest.reports.exports.jsonl import write_jsonl
from medgen_pytest.reports.exports.mlflow_store import local_store, write_mlflow
from medgen_pytest.reports.exports.parquet import write_parquet
from medgen_pytest.reports.exports.wandb_run import write_wandb
from medgen_pytest.reports.files import make_folder
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.stored_dataset import open_run_dataset
from medgen_pytest.store.file_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.store import RunDirectory

ExportKind = Literal["jsonl", "parquet", "inspect", "mlflow", "wandb"]
EXPORT_KINDS: tuple[ExportKind, ...] = get_args(ExportKind)
FOLDER = "exports"
"""Where exports lie in a run directory."""
_FILES: Mapping[ExportKind, str] = {"jsonl": "samples.jsonl", "parquet": "samples.parquet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPolicy:
    """What is exported as what: to a path (None: into the run directory), or to a host, where the kind has hosts.

    `dataset` is where the dataset of the run lies now, for the questions of a log of inspect_ai.
    """

    kind: ExportKind
    output: Path | None = None
    host: str | None = None
    dataset: Path | None = None


def export_run(store: RunDirectory, policy: ExportPolicy, *, root: Path) -> list[str]:
    """Exports a stored run; lines that say where it is now, and what it lacks.

    Raises StoreError for what is no run, MissingExtraError for a package that is not there, ConfigError or
    DatasetError for what cannot work.
    """
    _check(policy)
    run = rescore_run(store, Overrides(thresholds={}), root=root)
    target = policy.output or store.path / FOLDER / _FILES.get(policy.kind, policy.kind)
    return [*_written(run, target, policy), *(f"warning: {doubt}" for doubt in record_doubts(run.facts))]


def _written(run: RunResult, target: Path, policy: ExportPolicy) -> list[str]:
    if policy.kind == "jsonl":
        write_jsonl(run, target)
        return [f"{target}"]
    if policy.kind == "parquet":
        write_parquet(run, target)
        return [f"{target}"]
    if policy.kind == "inspect":
        return _inspect(run, target, policy)
    forbid_telemetry()
    return _mlflow(run, target, policy) if policy.kind == "mlflow" else _wandb(run, target, policy)


def _check(policy: ExportPolicy) -> None:
    if policy.host is not None:
        if policy.kind not in {"mlflow", "wandb"}:
            raise ConfigError(f"--host: an export as {policy.kind} goes to no host; give --output")
        if urlsplit(policy.host).scheme not in {"http", "https"} or not urlsplit(policy.host).hostname:
            raise ConfigError(f"--host {policy.host!r}: the address of a server is needed, like https://HOST")
    if policy.dataset is not None and policy.kind != "inspect":
        raise ConfigError(f"--dataset: an export as {policy.kind} needs no dataset")


def _inspect(run: RunResult, target: Path, policy: ExportPolicy) -> list[str]:
    questions, lines = _questions(run, policy)
    for model in run.models:
        path = target / f"{file_stem(run)}_{safe_name(model)}.json"
        write_inspect_log(run, model, path, questions=questions)
        lines.append(f"{path}")
    return lines


def _questions(run: RunResult, policy: ExportPolicy) -> tuple[dict[str, Question], list[str]]:
    """The questions by sample id; where the dataset is not named and no longer there, none, which a line says."""
    try:
        dataset = open_run_dataset(run.facts, path=policy.dataset)
        found = {}
        for sample_id in {case.planned.sample_id for case in run.cases}:
            sample = dataset.get(sample_id)
            found[sample_id] = Question(
                instruction=sample.instruction, choices=sample.choices, target=sample.target.text
            )
    except (ConfigError, DatasetError, KeyError) as error:
        if policy.dataset is not None and not isinstance(error, KeyError):
            raise
        return {}, [f"without the questions, since the dataset is not at hand ({error}); name it with --dataset"]
    return found, []


def _mlflow(run: RunResult, target: Path, policy: ExportPolicy) -> list[str]:
    if policy.host is not None:
        ids = write_mlflow(run, policy.host, artifacts=None)
        return [f"{policy.host}: run {run_id}" for run_id in ids]
    make_folder(target)
    address = local_store(target)
    write_mlflow(run, address, artifacts=target / "artifacts")
    return [f"{target}", f"look at it with: mlflow ui --backend-store-uri {address}"]


def _wandb(run: RunResult, target: Path, policy: ExportPolicy) -> list[str]:
    make_folder(target)
    write_wandb(run, target, host=policy.host)
    if policy.host is not None:
        return [f"{policy.host}"]
    return [f"{target}", f"send it with: wandb sync --include-offline {target / 'wandb'}/offline-run-*"]
