"""The command line: one sub-command a module."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from medgen_pytest import __version__
from medgen_pytest.cli import (
    baseline,
    compare,
    demo,
    doctor,
    export,
    fake_server,
    init,
    judge,
    merge,
    plan,
    rejudge,
    report,
    rescore,
    schema,
    score,
    show,
    summary,
    table,
    validate,
    weights,
)
from medgen_pytest.errors import MedgenError
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = (
    init,
    demo,
    validate,
    score,
    rescore,
    rejudge,
    show,
    report,
    merge,
    compare,
    judge,
    baseline,
    plan,
    table,
    summary,
    export,
    schema,
    doctor,
    weights,
    fake_server,
)
_EXIT_CODES = (
    "exit codes: 0 all well, 1 a gate is breached, a run without gates has samples that are not accurate, or something"
    " that was checked (dataset, stored run, metrics, judge) has a problem, 4 wrong usage, 10 gates are inconclusive,"
    " 11 the run is incomplete"
)


def run(arguments: Sequence[str] | None) -> int:
    """Parses the arguments and runs the sub-command; errors of ours are one line on stderr and exit code 4."""
    # A console may not know a character of a dataset: show its code instead of failing.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    options = build_parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
    except MedgenError as error:
        sys.stderr.write(f"medgen: {visible(str(error))}\n")
        return int(ExitCode.USAGE_ERROR)
    except BrokenPipeError:  # the reader has seen enough, as `head` has; what is left must not fail at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.BREACHED)
    except KeyboardInterrupt:
        sys.stderr.write("medgen: interrupted\n")
        return 130
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    parser = _Parser(
        prog="medgen",
        description="MedGEN-Bench beside pytest: look at datasets and stored runs.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"medgen-pytest {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors have the exit code that pytest uses for them."""

    def error(self, message: str) -> None:  # type: ignore[override]  # it never returns, by exit below
        self.print_usage(sys.stderr)
        self.exit(int(ExitCode.USAGE_ERROR), f"{self.prog}: {message}\n")
