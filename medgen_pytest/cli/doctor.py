"""`medgen doctor`: everything that a run needs, what of it is here, and what to do about the rest."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest import __version__
from medgen_pytest.cli.metric_choice import MetricChoice, add_metric_options, choose_metrics
from medgen_pytest.cli.run_options import add_run_options, settings_of, settings_that_hold
from medgen_pytest.config.options import MODEL_HELP
from medgen_pytest.config.settings import ThresholdSettings
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.registry import DEFINITIONS
from medgen_pytest.reports.checkup import checkup_lines
from medgen_pytest.reports.plain import plain
from medgen_pytest.runs.probing import PROBE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.evaluation.checkup import Checkup
    from medgen_pytest.runs.checkup.examination import Examination, Metrics

SCHEMA_VERSION = 1
_LONGEST = 50.0
"""Seconds of an endpoint, less than what all of a model may take."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "doctor",
        help="say what a run needs, what of it is missing, and what to do",
        description="Looks at Python, pytest and its plugins, settings, dataset, models, judges, metrics, weights,"
        " disk, terminal and git. Every line says ok, warning or problem, and what to do. No model is asked for an"
        " answer; of endpoints only what is free is asked, like the list of models. Exit codes: 0 no problem"
        " (warnings keep no run from working), 1 a problem, 4 wrong usage.",
    )
    parser.add_argument(
        *("--model", "--medgen-model"), action="append", dest="medgen_model", metavar="NAME", help=MODEL_HELP
    )
    add_run_options(parser, ("dataset", "judge", "rubric", "run-dir"))
    add_metric_options(parser)
    parser.add_argument("--offline", action="store_true", help="leave endpoints alone: open no connection")
    parser.add_argument(
        "--timeout", type=_seconds, default=PROBE_SECONDS, metavar="SECONDS", help="what an endpoint has (default 10)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="do not import torch to look at it, and compute no digests of weights"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="say more: versions, files, digests, counts")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(
    options: argparse.Namespace, *, choose: Callable[[argparse.Namespace, RunSettings], MetricChoice] = choose_metrics
) -> int:
    """Examines and prints; 0 if there is no problem. Raises ConfigError for what is wrong on the command line."""
    # What it imports takes a while, which other commands should not pay.
    from medgen_pytest.runs.checkup.examination import Examination, Subject

    if options.medgen_config is not None and not Path(options.medgen_config).is_file():
        settings_of(options)  # which says that it cannot be read
    settings, faults = settings_that_hold(options, models=options.medgen_model or ())
    subject = Subject(
        run=settings,
        metrics=_metrics(options, settings, choose),
        here=Path.cwd(),
        stream=sys.stdout,
        package=__version__,
        faults=faults,
        patience=None if options.offline else options.timeout,
        quick=options.quick,
    )
    examination = Examination(subject)
    checkup = examination.carry_out()
    if options.json:
        sys.stdout.write(json.dumps(plain(_document(checkup, examination)), indent=2) + "\n")
    else:
        lines = [f"medgen-pytest {__version__}", "", *checkup_lines(checkup, detailed=options.verbose)]
        sys.stdout.write("\n".join(lines) + "\n")
    return int(ExitCode.HOLDS if checkup.is_well else ExitCode.BREACHED)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and at most {_LONGEST:g} seconds")
    return value


def _metrics(
    options: argparse.Namespace,
    settings: RunSettings,
    choose: Callable[[argparse.Namespace, RunSettings], MetricChoice],
) -> Metrics:
    """The metrics that a run would compute or let judge. Raises ConfigError for a wrong one of the command line."""
    from medgen_pytest.runs.checkup.examination import Metrics

    try:
        choice = _choice(options, settings, choose)
    except ConfigError as error:
        if options.medgen_metrics is not None:
            raise
        return Metrics(definitions=DEFINITIONS, context=MetricContext(), fault=str(error))
    return Metrics(definitions=choice.definitions, context=choice.context, names=choice.names)


def _choice(
    options: argparse.Namespace,
    settings: RunSettings,
    choose: Callable[[argparse.Namespace, RunSettings], MetricChoice],
) -> MetricChoice:
    """The metrics of the settings, without gates and thresholds where these cannot be understood; others tell why."""
    try:
        return choose(options, settings)
    except ConfigError:
        changes = {"gates": (), "thresholds": ThresholdSettings()}
        return choose(options, replace(settings, settings=settings.settings.model_copy(update=changes)))


def _document(checkup: Checkup, examination: Examination) -> dict[str, object]:
    """What is printed as JSON; docs/doctor.md describes it."""
    diagnosis, judging = examination.diagnosis, examination.judging
    return {
        **(diagnosis.to_dict() if diagnosis is not None else {"metrics": None}),
        "schema_version": SCHEMA_VERSION,
        "medgen_pytest": __version__,
        **checkup.to_dict(),
        "judging": judging.to_dict() if judging is not None else None,
    }
