"""`medgen export`: the samples of a stored run as files, or its numbers in the store of another tool."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.visible_text import visible
from medgen_pytest.runs.exporting import EXPORT_KINDS, ExportPolicy, export_run
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    import argparse


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "export",
        help="write the samples of a stored run as JSON lines, parquet, or for inspect_ai, MLflow, Weights & Biases",
        description="Writes a stored run for other tools: all samples as JSON lines or parquet, a log of inspect_ai a"
        " model, or a run of MLflow or Weights & Biases a model. All of it stays on this machine, unless --host names"
        " a server.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--format", choices=EXPORT_KINDS, required=True, help="what it is written as")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="the file, or of inspect, mlflow and wandb the folder (default: in RUN/exports)",
    )
    parser.add_argument("--host", metavar="URL", help="a server of MLflow or Weights & Biases that it is sent to")
    parser.add_argument("--dataset", type=Path, metavar="PATH", help="where the dataset of the run lies now (inspect)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exports and says where it is."""
    policy = ExportPolicy(kind=options.format, output=options.output, host=options.host, dataset=options.dataset)
    lines = export_run(RunDirectory(options.path), policy, root=Path.cwd())
    sys.stdout.write("".join(f"{visible(line)}\n" for line in lines))
    return int(ExitCode.HOLDS)
