"""Activation: whether a session uses the plugin, and what is set up when it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.location import find_config
from medgen_pytest.errors import MedgenError
from medgen_pytest.plugin.controller import Controller
from medgen_pytest.plugin.keys import USAGE_PREFIX
from medgen_pytest.plugin.option_parser import given_models, given_options, hint_for
from medgen_pytest.plugin.state import STATE, SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

BUNDLED_TESTS = "benchmark_tests"


def activate(config: pytest.Config) -> None:
    """Sets the plugin up for a session.

    A command line that names one of our options is checked here, in the process that the user
    started. Without one, a `medgen.yaml` waits until a test asks for it.

    Raises pytest.UsageError (exit code 4) for everything that cannot work.
    """
    options, models = given_options(config), given_models(config)
    state = SessionState(config=config, options=options, models=models, config_path=_config_path(config, options))
    config.stash[STATE] = state
    if config.getoption("help", default=False) or config.getoption("version", default=0):
        return
    if state.is_worker:
        _set_up_worker(config, state)
    else:
        _set_up_controller(config, state)


def _set_up_controller(config: pytest.Config, state: SessionState) -> None:
    if state.options or state.models:
        try:
            state.prepare_early()
        except MedgenError as error:
            raise pytest.UsageError(f"{USAGE_PREFIX}{error}{hint_for(error, config)}") from error
    config.pluginmanager.register(Controller(state), "medgen-controller")
    if state.config_path is not None:
        _add_bundled_tests(config, state)


def _add_bundled_tests(config: pytest.Config, state: SessionState) -> None:
    """Lets a repository without tests of its own run the bundled ones, when pytest is given no path.

    They are dropped again if the repository turns out to have tests on the fixtures.
    """
    if config.args_source is pytest.Config.ArgsSource.ARGS or not state.names_dataset_and_models():
        return
    folder = bundled_tests()
    if folder is not None:
        state.note["bundled"] = str(folder)
        _collect_bundled(config, state, folder)


def _set_up_worker(config: pytest.Config, state: SessionState) -> None:
    # pytest-xdist gives its workers the command line as it was typed, without what was added to it here.
    folder = state.note_of_controller().get("bundled")
    if folder is not None:
        _collect_bundled(config, state, Path(folder))


def _collect_bundled(config: pytest.Config, state: SessionState, folder: Path) -> None:
    config.args.append(str(folder))
    # The folder may lie inside the one that is collected anyway, in its virtual environment, where pytest
    # does not look: it must not be taken for a duplicate.
    config.option.keepduplicates = True
    state.bundled = folder


def bundled_tests() -> Path | None:
    """The folder of the benchmark tests that the wheel ships; None when run from a checkout."""
    folder = Path(__file__).parents[1] / BUNDLED_TESTS
    return folder if folder.is_dir() else None


def _config_path(config: pytest.Config, options: Mapping[str, object]) -> Path | None:
    named = options.get("medgen_config")
    if named is not None:
        return config.invocation_params.dir / str(named)
    return find_config(config.rootpath)
