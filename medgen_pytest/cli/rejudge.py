"""`medgen rejudge`: stored outputs judged again, by another judge or rubric, beside what was said of them before."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.progress_bar import ProgressBar
from medgen_pytest.cli.record_warnings import warn_of_records
from medgen_pytest.cli.rescore import exit_code_of, print_result
from medgen_pytest.cli.run_options import add_run_options, settings_of
from medgen_pytest.config.thresholds import parse_thresholds
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.judgings import judgings_lines
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.rejudge import rejudge_run
from medgen_pytest.store import run_directory_at

if TYPE_CHECKING:
    import argparse

_OPTIONS = (
    *("config", "dataset", "allow-outside-paths", "judge", "rubric", "judge-repeats", "window", "budget"),
    *("max-consecutive-errors", "threshold", "gate", "max-error-rate", "min-samples", "aggregate", "progress"),
)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "rejudge",
        help="judge the stored outputs of a run again",
        description="Judges the stored outputs of a run by the judge of medgen.yaml or of the options; no model is"
        " asked. The judged run stays as it is: the new judging is a run directory of its own, RUN/judgings/NAME, with"
        " its reports, and is never mixed with another in one rate. Begun before, it goes on where it ended. Exit codes"
        " are those of the run itself: with gates 0, 1, 10 or 11; without gates 1 if any sample is not accurate or"
        " any usable output could not be judged.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--name", help="what the judging is called (default: made from rubric, judge and rules)")
    add_run_options(parser, _OPTIONS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judges and prints; the exit code of the run under the new judging, without gates 1 if an output has no score."""
    store = run_directory_at(options.path)
    settings = settings_of(options)
    given = settings.settings
    overrides = Overrides(
        thresholds=parse_thresholds(options.medgen_threshold or [], flag="--threshold"),
        gates=given.gates if options.medgen_gate is not None else None,
        max_error_rate=options.medgen_max_error_rate,
        min_samples=options.medgen_min_samples,
        aggregate=options.medgen_aggregate,
    )
    warn_of_records(store)
    bar = ProgressBar(sys.stderr, every=given.progress, done="judged")
    target = rejudge_run(store, settings, name=options.name, overrides=overrides, progress=bar.add)
    bar.close()
    result = rescore_run(target, overrides, root=Path.cwd())
    print_result(result, target, given.report)
    before = rescore_run(store, Overrides(thresholds={}, gates=()), root=Path.cwd())
    sys.stdout.write("".join(f"{line}\n" for line in judgings_lines(before, result)))
    is_judged = not any(summary.errors for summary in result.judging)
    return int(exit_code_of(result) if is_judged or result.exit_code is not None else ExitCode.BREACHED)
