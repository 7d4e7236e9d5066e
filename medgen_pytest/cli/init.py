"""`medgen init`: the files from which a repository comes to a gated run, here and in CI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.cli.starter.answers import MOST_SHARDS, NONE, SERVICES, USUAL_GATE, USUAL_SHARDS
from medgen_pytest.cli.starter.model_answer import ENDPOINT_ADAPTERS, USUAL_ADAPTER, Access
from medgen_pytest.cli.starter.placing import find_places, refuse_others, write_places
from medgen_pytest.cli.starter.questions import Terminal, ask_for_the_rest
from medgen_pytest.cli.starter.rendering import files_of
from medgen_pytest.cli.starter.telling import next_lines, place_lines
from medgen_pytest.cli.starter.told import USUAL_MODEL, Told
from medgen_pytest.config.location import CONFIG_NAME, find_config
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = commands.add_parser(
        "init",
        help="write settings, a test and CI jobs into a repository",
        description="Writes medgen.yaml, a test of three lines and CI jobs into the current folder, after which a"
        " plain `pytest` gives a verdict. Asks at a terminal for what no flag says. Nothing that is there is"
        " overwritten, and either everything is written or nothing.",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing: what no flag says is as usual")
    parser.add_argument("--directory", type=Path, default=Path(), metavar="DIR", help="the folder (default: this one)")
    parser.add_argument("--dry-run", action="store_true", help="list what would be written, and write nothing")
    parser.add_argument("--force", action="store_true", help="replace files that are there with other content")
    _add_what(parser.add_argument_group("what is evaluated"))
    _add_where(parser.add_argument_group("where it runs"))
    parser.set_defaults(run=run)


def _add_what(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--dataset", metavar="PATH", help="the dataset (default: demo, the embedded one)")
    group.add_argument(
        "--model",
        metavar="NAME",
        help="copy-input, classical, oracle or python:MODULE:ATTR; with --base-url what the endpoint calls it; NAME= in"
        f" front gives it another name (default: {USUAL_MODEL})",
    )
    group.add_argument("--base-url", metavar="URL", help="the address of the model's endpoint, up to the version")
    group.add_argument(
        "--adapter", choices=ENDPOINT_ADAPTERS, help=f"how the endpoint is spoken to (default: {USUAL_ADAPTER})"
    )
    group.add_argument("--key-env", metavar="VARIABLE", help="the environment variable that holds its key")
    group.add_argument("--judge", metavar="NAME", help="who judges outputs: as --model (default: nobody)")
    group.add_argument("--judge-base-url", metavar="URL", help="the address of the judge's endpoint")
    group.add_argument("--judge-key-env", metavar="VARIABLE", help="the environment variable that holds its key")
    group.add_argument(
        "--gate",
        action="append",
        metavar="GATE",
        help=f"what must be reached, repeatable; {NONE} for none (default: {USUAL_GATE.replace('%', '%%')})",
    )


def _add_where(group: argparse._ArgumentGroup) -> None:
    services = ",".join(SERVICES)
    group.add_argument(
        "--ci", metavar="NAMES", help=f"{', '.join(SERVICES)}, with commas between, or {NONE} (default: {services})"
    )
    group.add_argument(
        "--shards", metavar="N", help=f"jobs that share a run, 1 to {MOST_SHARDS} (default: {USUAL_SHARDS})"
    )
    group.add_argument(
        "--requirement", metavar="TEXT", help="what a CI job installs, for pip (default: medgen-pytest, with extras)"
    )


def run(options: argparse.Namespace) -> int:
    """Asks, writes and says what comes next."""
    told = _told(options)
    if not options.yes:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise ConfigError(
                "init asks questions, and there is no terminal: --yes takes what is usual and asks nothing"
            )
        told = _ask(told, is_forced=options.force)
    answers = told.answers()
    places = find_places(files_of(answers), options.directory)
    if options.dry_run:
        _write(place_lines(places, is_forced=options.force, is_dry=True))
    if not options.force:
        refuse_others(places)
    if not options.dry_run:
        write_places(places)
        _write(place_lines(places, is_forced=options.force, is_dry=False))
        _write(next_lines(answers, places, options.directory))
    return int(ExitCode.HOLDS)


def _ask(told: Told, *, is_forced: bool) -> Told:
    terminal = Terminal(sys.stdin, sys.stdout)
    if not is_forced and find_config(told.directory) is not None:
        terminal.say(f"{CONFIG_NAME} is there already: nothing is replaced without --force")
    return ask_for_the_rest(told, terminal)


def _told(options: argparse.Namespace) -> Told:
    return Told(
        here=Path.cwd(),
        directory=options.directory,
        dataset=options.dataset,
        model=options.model,
        access=Access(base_url=options.base_url, key_env=options.key_env, adapter=options.adapter),
        judge=options.judge,
        judge_access=Access(base_url=options.judge_base_url, key_env=options.judge_key_env),
        gates=tuple(options.gate) if options.gate is not None else None,
        services=options.ci,
        shards=options.shards,
        requirement=options.requirement,
    )


def _write(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{visible(line)}\n" for line in lines)
