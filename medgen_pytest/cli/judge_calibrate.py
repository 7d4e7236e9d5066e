"""`medgen judge calibrate`: the judge of a run measured against what experts said."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.experts.calibration import calibration_lines
from medgen_pytest.reports.plain import plain
from medgen_pytest.reports.visible_text import visible
from medgen_pytest.runs.experts.calibrating import calibrate_judge, check_run, run_of, store_calibration
from medgen_pytest.runs.experts.key import read_key
from medgen_pytest.runs.experts.labels import read_labels

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from medgen_pytest.runs.experts.labels import Problem

_MOST_PROBLEMS = 20


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the action."""
    parser = actions.add_parser(
        "calibrate",
        help="measure the judge against labels of experts",
        description="Reads what experts filled in (files that the page saved, CSV files, JSON exports of Label Studio;"
        " several files may be of several experts) and reports how far experts agree with each other and the judge with"
        " them, its bias, the threshold that agrees best, and the accuracy rates corrected by the judge's errors."
        " Stored as calibration.json in the run.",
    )
    parser.add_argument("labels", type=Path, nargs="+", metavar="LABELS", help="files of labels")
    parser.add_argument(
        "--export", type=Path, required=True, metavar="FILE", help="the export.json that the labels belong to"
    )
    parser.add_argument("--run", dest="run_path", type=Path, metavar="RUN", help="the run directory, if it was moved")
    parser.add_argument("--json", action="store_true", help="print the calibration as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Calibrates, stores and prints; exit code 4 with a line for each label that cannot be."""
    key = read_key(options.export)
    labels = read_labels(options.labels, key)
    if labels.problems:
        _tell(labels.problems)
        return int(ExitCode.USAGE_ERROR)
    folder = options.run_path or run_of(key, options.export)
    check_run(folder, key)
    report = calibrate_judge(key, labels, files=options.labels)
    path = store_calibration(report, folder)
    if options.json:
        sys.stdout.write(json.dumps(plain(report.to_dict()), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        return int(ExitCode.HOLDS)
    sys.stdout.write("".join(f"{visible(line)}\n" for line in [*calibration_lines(report), "", f"stored: {path}"]))
    return int(ExitCode.HOLDS)


def _tell(problems: Sequence[Problem]) -> None:
    for problem in problems[:_MOST_PROBLEMS]:
        sys.stderr.write(f"medgen: {visible(str(problem))}\n")
    if len(problems) > _MOST_PROBLEMS:
        sys.stderr.write(f"medgen: {len(problems) - _MOST_PROBLEMS} more labels cannot be read\n")
