"""Options of runs on the command line of `medgen`: the same as pytest's, without their prefix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.config.load import load_settings, load_what_holds
from medgen_pytest.config.location import find_config
from medgen_pytest.config.options import OPTIONS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from medgen_pytest.config.load import RunSettings

_PREFIX = "--medgen-"


def add_run_options(parser: argparse._ActionsContainer, flags: Iterable[str]) -> None:
    """Declares options of runs by their flag without the prefix, like `dataset`; both spellings are taken."""
    wanted = set(flags)
    for option in OPTIONS:
        name = option.flag.removeprefix(_PREFIX)
        if name in wanted:
            parser.add_argument(
                f"--{name}", option.flag, dest=option.dest, default=None, help=option.help, **option.parsing
            )


def settings_of(
    options: argparse.Namespace, *, models: Sequence[str] = (), without: Collection[str] = ()
) -> RunSettings:
    """The settings that the options of a command and `medgen.yaml` make together, found where the command runs.

    `without` are options, by their `dest`, that the command itself makes something of. Raises ConfigError.
    """
    here = Path.cwd()
    config = Path(options.medgen_config) if options.medgen_config else find_config(here)
    given = {name: value for name, value in _given(options).items() if name not in without}
    return load_settings(given, models=models, config_path=config, invocation_dir=here)


def settings_that_hold(
    options: argparse.Namespace, *, models: Sequence[str] = ()
) -> tuple[RunSettings, tuple[str, ...]]:
    """The same without the sections of the file that are wrong, and what is wrong with those.

    Raises ConfigError for what is wrong on the command line.
    """
    here = Path.cwd()
    config = Path(options.medgen_config) if options.medgen_config else find_config(here)
    return load_what_holds(_given(options), models=models, config_path=config, invocation_dir=here)


def _given(options: argparse.Namespace) -> Mapping[str, object]:
    """The options that were given, by their `dest`."""
    found = {option.dest: getattr(options, option.dest, None) for option in OPTIONS}
    return {name: value for name, value in found.items() if value is not None}
