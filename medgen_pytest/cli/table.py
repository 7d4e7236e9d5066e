"""`medgen table`: the paper's table of systems from stored runs and published tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from medgen_pytest.cli.overrides import add_profile_options, overrides_of
from medgen_pytest.config.names import names_in
from medgen_pytest.domain.system_kind import SYSTEM_KINDS, system_kind
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.evaluation.tables.row import CellKind
from medgen_pytest.evaluation.tables.table import PAPER_COLUMNS
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.tables.csv import render_csv
from medgen_pytest.reports.tables.document import render_json
from medgen_pytest.reports.tables.latex import render_latex
from medgen_pytest.reports.tables.markdown import render_markdown
from medgen_pytest.reports.tables.text import render_text
from medgen_pytest.runs.tables.making import TablePolicy, make_table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.evaluation.tables.table import Table

RENDERERS: Mapping[str, Callable[[Table], str]] = {
    "text": render_text,
    "markdown": render_markdown,
    "latex": render_latex,
    "csv": render_csv,
    "json": render_json,
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "table",
        help="print the paper's table of systems (Table 3) from stored runs",
        description="Prints a table of systems: a block a format, a row a system, a column a metric; the best of"
        " a block and column is marked, and the second best. SOURCE is a run directory, a baseline, or a table that"
        " --format=json wrote, so that published rows can stand beside new ones. Rows that cannot be compared are"
        " refused.",
    )
    parser.add_argument(
        "sources", nargs="+", type=Path, metavar="SOURCE", help="a run directory, a baseline or a JSON table"
    )
    parser.add_argument("--format", choices=tuple(RENDERERS), default="text", help="how it is written (default: text)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where it goes (default: to standard output)")
    parser.add_argument(
        "--cells",
        choices=get_args(CellKind),
        default="rates",
        help="accuracy rates in percent (default), or mean scores",
    )
    parser.add_argument(
        "--by", choices=("format", "modality"), default="format", help="what has a block (default: format)"
    )
    parser.add_argument("--columns", metavar="NAMES", help=f"metrics or accuracy (default: {','.join(PAPER_COLUMNS)})")
    parser.add_argument(
        "--kind", action="append", default=[], metavar="MODEL=KIND", help=f"what a model is: {', '.join(SYSTEM_KINDS)}"
    )
    parser.add_argument("--intervals", action="store_true", help="show the 95%% interval of each number")
    parser.add_argument("--mixed", action="store_true", help="show rows that cannot be compared, and say so below them")
    add_profile_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Makes the table and prints or writes it."""
    policy = TablePolicy(
        cells=options.cells,
        columns=_columns(options.columns),
        by_modality=options.by == "modality",
        mixed=options.mixed,
        intervals=options.intervals,
        kinds=dict(map(_kind, options.kind)),
        overrides=overrides_of(options, gates=()),  # gates might be on what another profile has no threshold for
    )
    table = make_table(options.sources, policy, root=Path.cwd())
    text = RENDERERS[options.format](table)
    if options.output is not None:
        write_text_atomically(options.output, [text])
    else:
        sys.stdout.write(text)
    return int(ExitCode.HOLDS)


def _columns(text: str | None) -> tuple[str, ...]:
    if text is None:
        return PAPER_COLUMNS
    names = tuple(names_in(text))
    if not names:
        raise ConfigError("--columns names nothing; leave it out for those of the paper")
    return names


def _kind(text: str) -> tuple[str, SystemKind]:
    model, _, name = text.rpartition("=")
    kind = system_kind(name)
    if not model or kind is None:
        raise ConfigError(f"--kind {text!r} is not MODEL=KIND; the kinds are {', '.join(SYSTEM_KINDS)}")
    return model, kind
