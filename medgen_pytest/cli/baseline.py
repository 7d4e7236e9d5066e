"""`medgen baseline`: small files of what a run said, which later runs must not fall behind."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.overrides import add_profile_options, overrides_of
from medgen_pytest.evaluation.baseline import baseline_of
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.baseline import baseline_lines, write_baseline
from medgen_pytest.reports.doubts import doubt_lines
from medgen_pytest.reports.figures import lost_texts
from medgen_pytest.reports.visible_text import visible
from medgen_pytest.runs.baselines import read_baseline, run_to_keep
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    import argparse

    from medgen_pytest.evaluation.baseline import Baseline


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command and its actions."""
    parser = commands.add_parser(
        "baseline",
        help="keep what a run said as a small file, for gates and comparisons",
        description="Baselines: the outcomes and scores of a run, sample by sample, in a file small enough to be"
        " committed. A gate 'SLICE/METRIC drop <= RATE against FILE' holds later runs against it.",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_save(actions)
    _add_show(actions)


def _add_save(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("save", help="write the baseline of a run", description="Writes the baseline of a run.")
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("file", type=Path, metavar="FILE", help="where the baseline goes; what is there is replaced")
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="only this model, repeatable (default: all)"
    )
    add_profile_options(parser)
    parser.set_defaults(run=_save)


def _add_show(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser(
        "show", help="print what a baseline holds", description="Prints what a baseline is of, and its rates."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the baseline")
    parser.set_defaults(run=_show)


def _save(options: argparse.Namespace) -> int:
    overrides = overrides_of(options, gates=())
    run = run_to_keep(RunDirectory(options.path), overrides, models=options.model, root=Path.cwd())
    baseline = baseline_of(run, models=options.model)
    write_baseline(baseline, options.file)
    size = options.file.stat().st_size
    lines = [f"baseline: {options.file} ({size:,} bytes, {_contents(baseline)})", *_warnings(baseline)]
    lines += [line.text for line in doubt_lines(run.facts, width=shutil.get_terminal_size().columns)]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(ExitCode.HOLDS)


def _show(options: argparse.Namespace) -> int:
    lines = baseline_lines(read_baseline(options.file), width=shutil.get_terminal_size().columns)
    sys.stdout.write("\n".join(line.text for line in lines) + "\n")
    return int(ExitCode.HOLDS)


def _contents(baseline: Baseline) -> str:
    names = ", ".join(visible(model) for model in baseline.models)
    return f"{counted(len(baseline.planned), 'sample')} of {names}"


def _warnings(baseline: Baseline) -> list[str]:
    lost = lost_texts(baseline.to_run().tally)
    return [f"nothing can be compared with {' and '.join(lost)}"] if lost else []
