"""Options of runs on the command line of `medgen`: the same as pytest's, without their prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.config.options import OPTIONS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping


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


def given_run_options(options: argparse.Namespace) -> Mapping[str, object]:
    """The options that were given, by their `dest`, as the loading of settings takes them."""
    found = {option.dest: getattr(options, option.dest, None) for option in OPTIONS}
    return {name: value for name, value in found.items() if value is not None}
