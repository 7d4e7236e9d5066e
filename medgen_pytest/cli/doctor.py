"""`medgen doctor`: what metrics and judges in use need, what of it is there, and how to get the rest."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from medgen_pytest import __version__
from medgen_pytest.cli.metric_choice import MetricChoice, add_metric_options, choose_metrics
from medgen_pytest.cli.run_options import add_run_options
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.metrics.diagnosis import examine
from medgen_pytest.metrics.torch_install import look_at_torch
from medgen_pytest.reports.diagnosis import diagnosis_lines
from medgen_pytest.reports.plain import plain

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from medgen_pytest.judge.diagnosis import JudgingDiagnosis


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "doctor",
        help="say what metrics and judges need, and what of it is missing",
        description="Looks for the packages and weights of the metrics in use and at the judges of the settings, and"
        " says how to get what is missing. Asks no network. Exits 1 if a metric in use cannot be computed here, or"
        " outputs cannot be judged.",
    )
    add_metric_options(parser)
    add_run_options(parser, ("judge", "rubric"))
    parser.add_argument(
        "--quick", action="store_true", help="do not import torch to look at it, and compute no digests of weights"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, *, choose: Callable[[argparse.Namespace], MetricChoice] = choose_metrics) -> int:
    """Examines and prints; 0 if every metric in use can be computed or judged."""
    choice = choose(options)
    diagnosis = examine(
        choice.definitions,
        choice.context,
        choice.names,
        install=None if options.quick else look_at_torch(),
        digests=not options.quick,
        package=__version__,
    )
    judging = _judging(choice)
    if judging is not None and not judging.is_well:
        diagnosis = diagnosis.without_judge()
    if options.json:
        found = {**diagnosis.to_dict(), "judging": judging.to_dict() if judging is not None else None}
        sys.stdout.write(json.dumps(plain(found), indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(diagnosis_lines(diagnosis, judging)) + "\n")
    return int(ExitCode.HOLDS if diagnosis.is_well else ExitCode.BREACHED)


def _judging(choice: MetricChoice) -> JudgingDiagnosis | None:
    if choice.run is None or not choice.judged:
        return None
    from medgen_pytest.runs.judge_doctor import examine_judging

    return examine_judging(choice.run)
