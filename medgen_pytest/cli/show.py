"""`medgen show`: a stored run in the terminal, its slices, its failures and its samples."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.progress_bar import ProgressBar
from medgen_pytest.errors import ConfigError, check_names, unknown_name
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gates import parse_slice
from medgen_pytest.evaluation.narrowing import failures, narrow
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.doubts import finds_faults
from medgen_pytest.reports.show.failures import failure_lines
from medgen_pytest.reports.show.header import head_lines, problem_lines, record_lines
from medgen_pytest.reports.show.metric import metric_lines
from medgen_pytest.reports.show.sample import sample_lines
from medgen_pytest.reports.terminal import summary_lines, verdict_line
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.showing import (
    cases_of_sample,
    check_images,
    count_missing_images,
    image_problem,
    question_of,
    results_of,
)
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    import argparse

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.line import Line

_SECONDS = 10.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "show",
        help="look at a stored run",
        description="Prints the tables of a stored run, those of a slice or of a metric, its failures, or one sample"
        " whole. Nothing is written, and no model is asked. The exit code is 0, but 1 where --verify finds an output"
        " image that is not what was stored, or a record that was edited or cannot be read.",
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory")
    parser.add_argument("--model", action="append", default=[], metavar="NAME", help="only this model, repeatable")
    parser.add_argument(
        "--slice", metavar="SLICE", help="only the samples of a slice, as gates name it: 'image_editing[modality=CT]'"
    )
    parser.add_argument("--metric", metavar="NAME", help="one metric by format, task and modality")
    parser.add_argument("--failures", type=int, metavar="N", help="the worst N samples that are not accurate")
    parser.add_argument("--sample", metavar="ID", help="everything about one sample")
    parser.add_argument(
        "--dataset", type=Path, metavar="PATH", help="where the dataset of the run lies now (for --sample)"
    )
    parser.add_argument(
        "--verify", action="store_true", help="look at every record and output image: is it what was stored?"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="also subtasks, and the metrics of every task")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints what is asked for."""
    store = RunDirectory(options.path)
    whole = rescore_run(store, Overrides(thresholds={}), root=Path.cwd())
    shown = _narrowed(whole, options)
    width = shutil.get_terminal_size().columns
    metric = _metric(shown, options.metric)
    if options.sample is not None:
        lines = _sample(shown, store, options.sample, dataset=options.dataset, width=width)
    elif options.failures is not None:
        lines = _failures(shown, store, metric, most=options.failures, width=width)
    else:
        lines = _tables(whole, shown, metric, verbosity=int(options.verbose), width=width)
    missing = count_missing_images(results_of(shown), store)
    _print([*head_lines(shown, missing_images=missing, width=width), *lines])
    return _verified(shown, store, width=width) if options.verify else int(ExitCode.HOLDS)


def _narrowed(whole: RunResult, options: argparse.Namespace) -> RunResult:
    check_names("model", options.model, whole.models)
    if options.slice is None and not options.model:
        return whole
    shown = narrow(whole, models=options.model, where=parse_slice(options.slice) if options.slice is not None else ())
    if not shown.cases:
        raise ConfigError(f"no sample of this run lies in the slice {options.slice!r}")
    return shown


def _tables(whole: RunResult, shown: RunResult, metric: str | None, *, verbosity: int, width: int) -> list[Line]:
    if metric is not None:
        return metric_lines(shown, metric, width=width)
    lines = summary_lines(shown, width=width, verbosity=verbosity)
    if shown is not whole:  # the gates are those of the whole run
        return lines
    return [*lines, verdict_line(shown, without_gates="its samples have outcomes, the run itself no verdict")]


def _failures(run: RunResult, store: RunDirectory, metric: str | None, *, most: int, width: int) -> list[Line]:
    if most < 1:
        raise ConfigError(f"--failures {most}: a number of samples is needed")
    found = failures(run.cases, run.profile, metric=metric)
    results = [case.result for case in found[:most] if case.result is not None]
    problems = {result.key: problem for result in results if (problem := image_problem(result, store)) is not None}
    return failure_lines(run, found, shown=most, metric=metric, problems=problems, width=width)


def _metric(run: RunResult, name: str | None) -> str | None:
    """The metric that is looked at, None for all required ones together. Raises ConfigError for an unknown one."""
    if name is None or name == ACCURACY:
        return None
    known = run.metrics
    if name not in known:
        raise ConfigError(f"nothing of that name is measured here: {unknown_name('metric', name, [*known, ACCURACY])}")
    return name


def _sample(run: RunResult, store: RunDirectory, sample_id: str, *, dataset: Path | None, width: int) -> list[Line]:
    cases = cases_of_sample(run, sample_id)
    question = question_of(cases, run, dataset=dataset)
    results = [case.result for case in cases if case.result is not None]
    images = {
        image: (store.image_path(image), image_problem(result, store))
        for result in results
        if (image := result.output.image) is not None
    }
    return sample_lines(run, cases, sample=question.sample, unknown=question.problem, images=images, width=width)


def _verified(run: RunResult, store: RunDirectory, *, width: int) -> int:
    results = results_of(run)
    bar = ProgressBar(sys.stderr, every=_SECONDS, done="images looked at:")
    problems = check_images(results, store, progress=bar.add)
    bar.close()
    checked = sum(result.output.image is not None for result in results)
    _print([*record_lines(run, width=width), *problem_lines(problems, checked=checked, width=width)])
    return int(ExitCode.BREACHED if problems or finds_faults(run.facts) else ExitCode.HOLDS)


def _print(lines: list[Line]) -> None:
    sys.stdout.write("".join(f"{line.text}\n" for line in lines))
