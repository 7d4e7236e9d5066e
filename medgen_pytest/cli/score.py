"""`medgen score`: metrics for recorded answers or a stored run, in batches and without asking any model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.progress_bar import ProgressBar
from medgen_pytest.cli.rescore import exit_code_of, print_result
from medgen_pytest.cli.run_options import add_run_options, settings_of
from medgen_pytest.errors import ConfigError
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.score import score_recordings, score_run
from medgen_pytest.store import RunDirectory, holds_run

if TYPE_CHECKING:
    import argparse

    from medgen_pytest.config.load import RunSettings

_BOTH = (
    *("config", "dataset", "allow-outside-paths", "metrics", "missing-metrics", "device", "convention", "profile"),
    *("threshold", "gate", "max-error-rate", "min-samples", "aggregate"),
)
_RECORDINGS_ONLY = ("formats", "tasks", "modalities", "subtasks", "limit", "repeats", "on-size-mismatch", "run-dir")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "score",
        help="compute metrics for recorded answers or a stored run",
        description="Scores outputs that are there, in batches and without any model. Of recorded answers (a JSONL"
        " file, or a folder of them) it makes a run. To a run directory it adds the metrics that are named, or"
        " computes them again; the other scores stay. Then it prints and writes the reports. Exit codes are those"
        " of the run itself: with gates 0, 1, 10 or 11; without gates 1 if any sample is not accurate.",
    )
    parser.add_argument("path", type=Path, metavar="RUN_OR_JSONL", help="a run directory, or recorded answers")
    add_run_options(parser, _BOTH)
    add_run_options(parser.add_argument_group("for recorded answers only"), _RECORDINGS_ONLY)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Scores and prints; the exit code of the run then."""
    settings = _settings(options)
    bar = ProgressBar(sys.stderr, every=settings.settings.progress, done="scored")
    if not holds_run(options.path):
        result, store = score_recordings(settings, progress=bar.add)
        bar.close()
    else:
        store = RunDirectory(options.path)
        _refuse_for_runs(options)
        score_run(store, settings, progress=bar.add)
        bar.close()
        result = rescore_run(store, _overrides(options, settings), root=Path.cwd())
    print_result(result, store, settings.settings.report)
    return int(exit_code_of(result))


def _settings(options: argparse.Namespace) -> RunSettings:
    return settings_of(options, models=() if holds_run(options.path) else [f"replay:{options.path}"])


def _refuse_for_runs(options: argparse.Namespace) -> None:
    for name in _RECORDINGS_ONLY:
        if getattr(options, f"medgen_{name.replace('-', '_')}", None) is not None:
            raise ConfigError(f"--{name} is for recorded answers; a run keeps its samples and its rule for sizes")


def _overrides(options: argparse.Namespace, settings: RunSettings) -> Overrides:
    given = settings.settings
    return Overrides(
        profile=options.medgen_profile,
        thresholds=dict(given.thresholds.__pydantic_extra__ or {}) if options.medgen_threshold else {},
        gates=given.gates if options.medgen_gate is not None else None,
        max_error_rate=options.medgen_max_error_rate,
        min_samples=options.medgen_min_samples,
        aggregate=options.medgen_aggregate,
    )
