"""`medgen validate`: what a dataset holds, and everything that is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.datasets import validate_dataset
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    import argparse

    from medgen_pytest.datasets import ValidationReport


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "validate",
        help="count and check the samples of a dataset",
        description="Prints counts by format, task and modality, and every problem as FILE:LINE: what is wrong."
        " Reads every image. Exits 1 if there is any problem.",
    )
    parser.add_argument("path", type=Path, metavar="PATH", help="the dataset: parquet, organised tree or prepared view")
    parser.add_argument(
        "--allow-outside-paths",
        "--medgen-allow-outside-paths",
        action="store_true",
        help="read images that the dataset names outside its own folder",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Validates and prints; 0 for a dataset without problems."""
    report = validate_dataset(options.path, allow_outside_paths=options.allow_outside_paths)
    sys.stdout.write("\n".join(_lines(report)) + "\n")
    return int(ExitCode.BREACHED if report.problems else ExitCode.HOLDS)


def _lines(report: ValidationReport) -> list[str]:
    counts = [f"  {form.value:<24}{task.value:<26}{count:>6}" for (form, task), count in report.tasks.items()]
    modalities = [f"  {modality.value:<50}{count:>6}" for modality, count in report.modalities.items()]
    problems = [visible(str(problem)) for problem in report.problems]
    return [
        f"{report.path}: {report.layout} layout, {report.total} samples",
        "by format and task:",
        *counts,
        "by modality:",
        *modalities,
        f"fingerprint of the records: {report.fingerprint or 'none, there are problems'}",
        f"digest of the content: {report.content_digest or 'none, there are problems'}",
        *problems,
        f"{len(problems)} problems" if problems else "no problems",
    ]
