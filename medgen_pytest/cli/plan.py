"""`medgen plan`: how many samples a difference takes, before anything is paid for."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING

from medgen_pytest.cli.run_options import add_run_options, settings_of
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.planning import Question, plan_samples
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.power_plan import power_plan_lines
from medgen_pytest.runs.strata import strata_of

if TYPE_CHECKING:
    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.evaluation.planning import PlannedStratum

_OF_RUNS = ("config", "dataset", "allow-outside-paths", "formats", "tasks", "modalities", "subtasks")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "plan",
        help="how many samples it takes to find a difference between two models or versions",
        description="Says how many samples it takes to find a difference between two accuracy rates on the same samples"
        " and, of a dataset, what the samples that a limit takes can show. Shares are written 0.03 or 3%.",
    )
    parser.add_argument("--detect", type=_share, required=True, metavar="RATE", help="the difference to be found")
    parser.add_argument("--power", type=_share, default=0.8, metavar="RATE", help="how surely (default 0.8)")
    parser.add_argument("--level", type=_share, default=0.95, metavar="RATE", help="the confidence (default 0.95)")
    parser.add_argument(
        "--one-sided", action="store_true", help="look for a change in one direction, as a gate on a drop does"
    )
    parser.add_argument("--rate", type=_share, metavar="RATE", help="the accuracy rate now")
    parser.add_argument(
        "--discordant",
        type=_share,
        action="append",
        default=[],
        metavar="RATE",
        help="the share of samples on which the two do not agree, repeatable (default: several)",
    )
    parser.add_argument(
        "--cluster-size", type=float, metavar="N", help="samples of one patient or image, on average (default 1)"
    )
    parser.add_argument(
        "--icc",
        type=_share,
        default=1.0,
        metavar="RATE",
        help="how alike these are, 0 to 1 (default 1, the worst case)",
    )
    add_run_options(parser.add_argument_group("the samples that there are"), _OF_RUNS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Plans and prints."""
    question = Question(
        detect=options.detect,
        power=options.power,
        level=options.level,
        sides=1 if options.one_sided else 2,
        rate=options.rate,
        discordant=tuple(options.discordant),
        cluster_size=1.0 if options.cluster_size is None else options.cluster_size,
        icc=options.icc,
    )
    question.check()
    settings = settings_of(options)
    samples = _samples(settings, options)
    name = str(settings.settings.dataset.path) if settings.settings.dataset is not None else None
    lines = power_plan_lines(plan_samples(question, samples), dataset=name, width=shutil.get_terminal_size().columns)
    sys.stdout.write("\n".join(line.text for line in lines) + "\n")
    return int(ExitCode.HOLDS)


def _samples(settings: RunSettings, options: argparse.Namespace) -> list[PlannedStratum]:
    if settings.settings.dataset is None:
        return []
    samples = strata_of(settings.settings, root=settings.root)
    if options.cluster_size is not None and any(sample.cluster for sample in samples):
        raise ConfigError("the dataset says which samples belong together (dataset.cluster_by): omit --cluster-size")
    return samples


def _share(text: str) -> float:
    """A number, or a percentage as the share that it is."""
    number = text.strip().removesuffix("%")
    try:
        return float(number) / (100 if number != text.strip() else 1)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: write 0.03 or 3%") from error
