"""Options on pytest's command line; every one is declared in `medgen_pytest.config.options`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.options import MODEL_HELP, OPTIONS

if TYPE_CHECKING:
    from medgen_pytest.errors import MedgenError

GROUP = "medgen"
MODEL_TAKEN = pytest.StashKey[bool]()
"""Whether another plugin or conftest owns `--model`."""


def add_options(parser: pytest.Parser) -> None:
    """Adds every option but `--model`."""
    group = parser.getgroup(GROUP, "evaluation of models on MedGEN-Bench (medgen-pytest)")
    group.addoption(
        "--medgen-model", action="append", dest="medgen_model", metavar="NAME", default=None, help=MODEL_HELP
    )
    for option in OPTIONS:
        group.addoption(option.flag, dest=option.dest, default=None, help=option.help, **option.parsing)


def add_model_option(parser: pytest.Parser, config: pytest.Config) -> None:
    """Adds `--model`, the short twin of `--medgen-model`, unless somebody else has it already."""
    if _is_taken("--model", parser):
        config.stash[MODEL_TAKEN] = True
        return
    parser.getgroup(GROUP).addoption(
        "--model",
        action="append",
        dest="medgen_model",
        metavar="NAME",
        default=None,
        help="the same as --medgen-model, where no other plugin or conftest has an option --model",
    )


def given_options(config: pytest.Config) -> dict[str, object]:
    """The options that the command line gives, by their `dest`."""
    values = {option.dest: config.getoption(option.dest, None) for option in OPTIONS}
    return {name: value for name, value in values.items() if value is not None}


def given_models(config: pytest.Config) -> list[str]:
    """The models that the command line names."""
    return list(config.getoption("medgen_model", None) or ())


def hint_for(error: MedgenError, config: pytest.Config) -> str:
    """What an error about models needs to add where `--model` belongs to somebody else."""
    if config.stash.get(MODEL_TAKEN, False) and str(error).startswith("no model"):
        return "; --model belongs to another plugin or conftest here: use --medgen-model"
    return ""


def _is_taken(flag: str, parser: pytest.Parser) -> bool:
    # Asking pytest's parser is the one public way that sees the options of every group.
    try:
        _, unknown = parser.parse_known_and_unknown_args([f"{flag}=probe"])
    except (pytest.UsageError, SystemExit):  # known, and wants something else than a text
        return True
    return not unknown
