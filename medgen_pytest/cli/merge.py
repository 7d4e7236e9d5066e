"""`medgen merge`: shards and interrupted parts of a run become one run directory."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.overrides import add_aggregate_option, add_gate_options, overrides_of
from medgen_pytest.cli.progress_bar import ProgressBar
from medgen_pytest.cli.rescore import exit_code_of, print_result
from medgen_pytest.config.settings import ReportSettings
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.merging import merging_lines
from medgen_pytest.runs.finish import rescore_run
from medgen_pytest.runs.merging.merge import merge_runs

if TYPE_CHECKING:
    import argparse

    from medgen_pytest.evaluation.run_result import RunResult

_SECONDS = 10.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "merge",
        help="join shards and interrupted parts of a run",
        description="Joins runs over the same dataset, made under the same conventions, profile and judge, in a new"
        " run directory, and decides its gates. The runs stay as they are. Of several records of a sample an answer"
        " beats an error, then the newest counts. Exit codes: with gates 0, 1, 10 or 11; without gates 11 if any"
        " planned sample never finished, else 1 if any is not accurate.",
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="RUN", help="the run directories")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="the new run directory")
    add_gate_options(parser)
    add_aggregate_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Joins, prints and writes the reports; the exit code of the merged run."""
    overrides = overrides_of(options)
    bar = ProgressBar(sys.stderr, every=_SECONDS, done="images taken over:")
    merged = merge_runs(options.paths, options.output, overrides=overrides, root=Path.cwd(), progress=bar.add)
    bar.close()
    result = rescore_run(merged.store, overrides, root=Path.cwd())
    told = [line.text for line in merging_lines(merged.summary, width=shutil.get_terminal_size().columns)]
    print_result(result, merged.store, ReportSettings(), before=told)
    return int(_exit_code(result))


def _exit_code(result: RunResult) -> ExitCode:
    is_short = result.exit_code is None and result.tally.missing
    return ExitCode.INCOMPLETE if is_short else exit_code_of(result)
