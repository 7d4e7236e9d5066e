"""`medgen judge controls`: whether the judge notices when image or instruction of an output were replaced."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.progress_bar import ProgressBar
from medgen_pytest.cli.record_warnings import warn_of_records
from medgen_pytest.cli.run_options import add_run_options, settings_of
from medgen_pytest.config.names import names_in
from medgen_pytest.domain.judgement import TIERS
from medgen_pytest.errors import check_names
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.judge.controls import CONTROLS
from medgen_pytest.reports.controls import controls_lines
from medgen_pytest.runs.controls.material import ControlPolicy
from medgen_pytest.runs.judge_controls import CONTROLS_FILE, judge_controls
from medgen_pytest.store import run_directory_at

if TYPE_CHECKING:
    import argparse

    from medgen_pytest.judge.controls import Control

_OPTIONS = (
    *("config", "dataset", "allow-outside-paths", "judge", "rubric", "judge-repeats", "window", "budget"),
    *("max-consecutive-errors", "progress"),
)


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the action."""
    parser = actions.add_parser(
        "controls",
        help="judge outputs with image or instruction replaced, to see whether the judge looks",
        description="Judges stored outputs of a run as they are and with something replaced, and tells how far the"
        " scores fall, with intervals and corrected p-values: a judge that does not notice is not looking. No model is"
        " asked. Judgements are kept in RUN/judgings/NAME, and one that is there is not asked for again.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument(
        "--controls",
        action="append",
        default=[],
        metavar="NAMES",
        help=f"which, with commas between: {', '.join(CONTROLS)} (default: all)",
    )
    parser.add_argument("--samples", type=int, default=40, metavar="N", help="outputs to draw (default: 40)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="which ones, and replaced by what (default: 0)"
    )
    parser.add_argument("--model", metavar="NAME", help="whose outputs, where the run has several models")
    parser.add_argument("--tier", choices=TIERS, help="with the reference or without it (default: as the judge does)")
    parser.add_argument("--name", help="what the study is called (default: made from judges and rubric)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--fail-unless-noticed",
        action="store_true",
        help="exit with 1 when a replacement that should be noticed is not seen to be",
    )
    add_run_options(parser, _OPTIONS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judges and prints; 1 if that was asked for and something was not noticed, else 0."""
    store = run_directory_at(options.path)
    settings = settings_of(options)
    policy = ControlPolicy(
        controls=_controls(options.controls),
        samples=options.samples,
        seed=options.seed,
        model=options.model,
        tier=options.tier,
        name=options.name,
    )
    warn_of_records(store)
    bar = ProgressBar(sys.stderr, every=settings.settings.progress, done="judged")
    study = judge_controls(store, settings, policy, progress=bar.add)
    bar.close()
    lines = controls_lines(study, width=shutil.get_terminal_size().columns)
    if options.json:
        lines = [json.dumps(study.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)]
    else:
        lines.append(f"stored: {options.path / CONTROLS_FILE}")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(ExitCode.BREACHED if options.fail_unless_noticed and study.missed else ExitCode.HOLDS)


def _controls(texts: list[str]) -> tuple[Control, ...]:
    names = names_in(*texts)
    check_names("control", names, CONTROLS)
    return tuple(control for control in CONTROLS if not names or control in names)
