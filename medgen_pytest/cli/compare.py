"""`medgen compare`: two models, or a run and another or a baseline, on the samples that both finished."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.overrides import add_aggregate_option, add_profile_options, overrides_of
from medgen_pytest.config.names import names_in
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.comparison.metrics import BY
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.evaluation.slices import DIMENSIONS
from medgen_pytest.reports.comparison.document import write_json_comparison
from medgen_pytest.reports.comparison.markdown import write_markdown_comparison
from medgen_pytest.reports.comparison.terminal import comparison_lines
from medgen_pytest.reports.page.image_mode import IMAGE_MODES
from medgen_pytest.runs.comparing import Question, compare_read, read_operands

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from medgen_pytest.evaluation.comparison import Comparisons
    from medgen_pytest.evaluation.slices import Dimension
    from medgen_pytest.runs.comparing import Operand

_MEGABYTE = 1_000_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "compare",
        help="compare models or runs sample by sample",
        description="Compares runs or baselines with the first of them, model by model, on the samples that both"
        " finished: differences of accuracy rates and mean scores with intervals, by slice, and the samples that"
        " flipped. Other datasets, conventions, profiles or judges are refused. The exit code is 0 whatever comes"
        " out; a gate 'SLICE/METRIC drop <= RATE against FILE' is what fails a build.",
    )
    parser.add_argument(
        "operands", nargs="+", metavar="RUN[:MODEL]", help="run directories or baseline files, or a model of one"
    )
    parser.add_argument(
        "--metric", action="append", metavar="NAME", help="only this metric, repeatable, with its slices; or accuracy"
    )
    parser.add_argument(
        "--by",
        action="append",
        metavar="DIMENSIONS",
        help="the slices, repeatable: format, task, subtask, modality, or several with commas between"
        " (default: format, task and modality, each by itself)",
    )
    parser.add_argument("--level", type=float, default=0.95, metavar="SHARE", help="of the intervals (default 0.95)")
    parser.add_argument("--flips", type=int, default=20, metavar="N", help="flipped samples to list (default 20)")
    add_profile_options(parser)
    add_aggregate_option(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number and every flip as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables as Markdown")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page that works without any network, with a gallery of flips"
    )
    parser.add_argument(
        "--images",
        choices=IMAGE_MODES,
        help="of --html: hashes only, small ones within the page, or whole ones in files beside it"
        " (default: what the settings of all runs allow)",
    )
    parser.add_argument(
        "--dataset", type=Path, metavar="PATH", help="of --html: where the dataset of the runs lies now"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compares, prints and writes."""
    _check(options)
    question = Question(metrics=options.metric, by=parse_by(options.by), level=options.level)
    operands = read_operands(options.operands, overrides_of(options, gates=()), root=Path.cwd())
    _check_files(options, operands)
    comparisons = compare_read(operands, question)
    written = _write_files(comparisons, operands, options)  # first: who reads what is printed may stop reading
    width = shutil.get_terminal_size().columns
    lines = comparison_lines(comparisons, width=width, sliced=options.metric or (ACCURACY,), flips=options.flips)
    for text in (*(line.text for line in lines), *written):
        sys.stdout.write(f"{text}\n")
    return int(ExitCode.HOLDS)


def _check(options: argparse.Namespace) -> None:
    """Raises ConfigError for options that cannot work, whatever is compared."""
    if not 0 < options.level < 1:
        raise ConfigError(f"--level {options.level:g}: a share between 0 and 1 is needed, like 0.95")
    if options.flips < 0:
        raise ConfigError(f"--flips {options.flips}: a number of samples is needed, 0 for none")
    for name in ("images", "dataset"):
        if getattr(options, name) is not None and options.html is None:
            raise ConfigError(f"--{name} is about the page of a comparison; name its file with --html FILE")
    if options.html is not None and options.html.is_dir():
        raise ConfigError(f"--html {options.html}: a folder; name a file in it")


def _check_files(options: argparse.Namespace, operands: Sequence[Operand]) -> None:
    """Raises ConfigError where a file would be written over another one, or over what is compared."""
    taken = {operand.path.resolve(): "what is compared" for operand in operands}
    for name in ("json", "markdown", "html"):
        path = getattr(options, name)
        if path is None:
            continue
        if path.resolve() in taken:
            raise ConfigError(f"--{name} {path}: {taken[path.resolve()]}; name another file")
        taken[path.resolve()] = f"the file of --{name}"


def _write_files(comparisons: Comparisons, operands: Sequence[Operand], options: argparse.Namespace) -> list[str]:
    """Writes what is asked for, and says where it lies."""
    written = []
    for path, write in ((options.json, write_json_comparison), (options.markdown, write_markdown_comparison)):
        if path is not None:
            write(comparisons, path)
            written.append(f"comparison: {path}")
    if options.html is not None:
        written.append(_write_page(comparisons, operands, options))
    return written


def _write_page(comparisons: Comparisons, operands: Sequence[Operand], options: argparse.Namespace) -> str:
    # Only here: what draws the page is not loaded by whoever wants none.
    from medgen_pytest.runs.comparison_page import write_comparison_page

    path: Path = options.html
    write_comparison_page(comparisons, operands, path, mode=options.images, dataset=options.dataset)
    return f"comparison: {path} ({path.stat().st_size / _MEGABYTE:.1f} MB)"


def parse_by(texts: Sequence[str] | None) -> Sequence[tuple[Dimension, ...]]:
    """The dimensions that slices are made by. Raises ConfigError for one that there is not."""
    if texts is None:
        return BY
    known = {name: name for name in DIMENSIONS if name != "model"}
    found = []
    for text in texts:
        names = names_in(text)
        if not names:
            raise ConfigError("--by names nothing; leave it out for format, task and modality")
        for name in names:
            if name not in known:
                raise ConfigError(f"--by: {unknown_name('dimension', name, known)}")
        found.append(tuple(known[name] for name in dict.fromkeys(names)))  # type: ignore[index]  # known names, see above
    return found
