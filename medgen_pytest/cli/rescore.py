"""`medgen rescore`: the verdicts of a stored run under other thresholds or gates, without asking any model."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.overrides import add_aggregate_option, add_gate_options, add_profile_options, overrides_of
from medgen_pytest.config.settings import ReportSettings
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.doubts import doubt_lines
from medgen_pytest.reports.files import make_folder
from medgen_pytest.reports.terminal import summary_lines, verdict_line
from medgen_pytest.runs.finish import rescore_run, write_reports
from medgen_pytest.runs.page.wanted import PAGE_FILE, wants_page
from medgen_pytest.runs.summaries import METRICS_FILE, SUMMARY_FILE
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from medgen_pytest.evaluation.run_result import RunResult

_WITHOUT_GATES = "the exit code is 0 if every sample is accurate, else 1"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "rescore",
        help="recompute verdicts, reports and exit code of a stored run",
        description="Recomputes outcomes, rates and gates from the stored scores of a run. Without options the run's"
        " own profile and gates are used. Exit codes are those of the run itself: with gates 0, 1, 10 or 11; without"
        " gates 1 if any sample is not accurate.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    add_profile_options(parser)
    add_gate_options(parser)
    add_aggregate_option(parser)
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the reports go (default: RUN/rescored)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Rescores and prints; the exit code of the run under the new settings."""
    store = RunDirectory(options.path)
    result = rescore_run(store, overrides_of(options), root=Path.cwd())
    folder = options.output or options.path / "rescored"
    make_folder(folder)
    settings = ReportSettings(
        json=folder / "report.json",
        junit=folder / "junit.xml",
        summary=folder / SUMMARY_FILE,
        metrics=folder / METRICS_FILE,
        html=folder / PAGE_FILE if wants_page(result) else False,
    )
    print_result(result, store, settings)
    return int(exit_code_of(result))


def print_result(
    result: RunResult, store: RunDirectory, settings: ReportSettings, *, before: Sequence[str] = ()
) -> None:
    """Writes the reports and then prints some lines, the tables, the gates and where the reports lie."""
    paths = write_reports(result, store, settings)
    width = shutil.get_terminal_size().columns
    lines = [
        *summary_lines(result, width=width, resume=str(store.path)),
        *doubt_lines(result.facts, width=width),
        verdict_line(result, without_gates=_WITHOUT_GATES),
    ]
    texts = [*before, *(line.text for line in lines), *(f"report: {path}" for path in paths)]
    sys.stdout.write("\n".join(texts) + "\n")


def exit_code_of(result: RunResult) -> ExitCode:
    """What the gates say, or a shard that leaves them open; without gates, whether every sample is accurate."""
    if result.session_code is not None:
        return result.session_code
    tally = result.tally
    return ExitCode.HOLDS if tally.accurate == tally.planned else ExitCode.BREACHED
