"""`medgen judge export`: a stratified sample of judged outputs for experts to judge, too."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.record_warnings import warn_of_records
from medgen_pytest.config.names import names_in
from medgen_pytest.domain.judgement import TIERS
from medgen_pytest.errors import check_names
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.visible_text import visible
from medgen_pytest.runs.experts.export import FILE_KINDS, ExportPolicy, export_run
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from medgen_pytest.runs.experts.export import Exported, FileKind

_KILOBYTE = 1000


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the action."""
    parser = actions.add_parser(
        "export",
        help="draw judged outputs for experts, as a page, a CSV file and Label Studio tasks",
        description="Draws a stratified sample of the judged outputs of a run (by task, modality and judge score) and"
        " writes it for experts: a page that works offline, a CSV file, and tasks for Label Studio; export.json maps"
        " what they fill in back to models and judge scores. The same seed draws the same outputs.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the files go (default: RUN/experts)")
    parser.add_argument("--samples", type=int, default=60, metavar="N", help="outputs to draw (default: 60)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which ones are drawn (default: 0)")
    parser.add_argument("--models", action="append", default=[], metavar="NAMES", help="of these models (default: all)")
    parser.add_argument(
        "--format", action="append", default=[], metavar="KINDS", help="csv, html, label-studio (default: all)"
    )
    parser.add_argument(
        "--blind",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="hide from experts which model made an output (default: yes)",
    )
    parser.add_argument("--tier", choices=TIERS, help="which judge scores (default: with_reference if there are any)")
    parser.add_argument(
        "--threshold", type=float, metavar="VALUE", help="score that counts as accurate (default: that of the run)"
    )
    parser.add_argument("--dataset", type=Path, metavar="PATH", help="where the dataset of the run lies now")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exports and prints."""
    policy = ExportPolicy(
        samples=options.samples,
        seed=options.seed,
        models=tuple(names_in(*options.models)),
        tier=options.tier,
        threshold=options.threshold,
        is_blind=options.blind,
        kinds=_kinds(options.format),
    )
    store = RunDirectory(options.path)
    warn_of_records(store)
    exported = export_run(store, policy, folder=options.out, dataset=options.dataset)
    sys.stdout.write("".join(f"{visible(line)}\n" for line in _lines(exported)))
    return int(ExitCode.HOLDS)


def _lines(exported: Exported) -> list[str]:
    key = exported.key
    traits = ", ".join(key.strata[0].traits) or "nothing"
    judged, models = counted(key.judged, "judged output"), counted(len(key.labels), "model")
    return [
        f"drew {len(key.items)} of {judged} ({key.metric}) of {models}, stratified by {traits}",
        *(f"for experts: {path} ({path.stat().st_size / _KILOBYTE:.0f} kB)" for path in exported.paths),
        f"keep from experts: {exported.key_path} (maps back to models and judge scores)",
    ]


def _kinds(texts: list[str]) -> tuple[FileKind, ...]:
    names = names_in(*texts)
    check_names("format", names, FILE_KINDS)
    return tuple(kind for kind in FILE_KINDS if not names or kind in names)
