"""`medgen report`: the HTML page of a stored run, written again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.page.image_mode import IMAGE_MODES
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.page.wanted import PAGE_FILE, stored_images
from medgen_pytest.store import run_directory_at

if TYPE_CHECKING:
    import argparse

_MEGABYTE = 1_000_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "report",
        help="write the HTML page of a stored run",
        description="Writes the HTML page of a stored run, or of a judging of one: one file that works without any"
        " network. No model is asked, and verdicts are those of the run's own profile and gates.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--output", type=Path, metavar="FILE", help=f"where it goes (default: RUN/{PAGE_FILE})")
    parser.add_argument(
        "--images",
        choices=IMAGE_MODES,
        help="hashes only, small ones within the page, or whole ones in files beside it (default: as the run said)",
    )
    parser.add_argument("--dataset", type=Path, metavar="PATH", help="where the dataset of the run lies now")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the page and says where it is."""
    store = run_directory_at(options.path)
    from medgen_pytest.runs.page.writing import write_page
    from medgen_pytest.runs.stored_dataset import open_run_dataset

    path = options.output or options.path / PAGE_FILE
    if path.is_dir():
        raise ConfigError(f"--output {path}: a folder; name a file in it")
    result = rescore_run(store, Overrides(thresholds={}), root=Path.cwd())
    dataset = open_run_dataset(result.facts, path=options.dataset) if options.dataset is not None else None
    write_page(result, store, path, mode=options.images or stored_images(result), dataset=dataset)
    sys.stdout.write(f"report: {path} ({path.stat().st_size / _MEGABYTE:.1f} MB)\n")
    return int(ExitCode.HOLDS)
