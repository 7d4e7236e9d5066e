"""`medgen summary`: a stored run on half a page of Markdown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.summary import render_summary
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    import argparse

_REPORTS = ("report.html", "report.json", "junit.xml")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "summary",
        help="print a stored run on half a page of Markdown",
        description="Prints verdict, gates, models and the ten worst slices of a stored run as Markdown, for a pull"
        " request or the summary of a CI job. The exit code is 0 whatever the gates say; 'medgen rescore' has theirs.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where it goes (default: to standard output)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints or writes it."""
    result = rescore_run(RunDirectory(options.path), Overrides(thresholds={}), root=Path.cwd())
    files = {name: str(options.path / name) for name in _REPORTS if (options.path / name).is_file()}
    text = render_summary(result, files=files, linked=False)
    if options.output is not None:
        write_text_atomically(options.output, [text])
    else:
        sys.stdout.write(text)
    return int(ExitCode.HOLDS)
