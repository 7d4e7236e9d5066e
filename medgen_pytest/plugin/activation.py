"""Activation: whether a session uses the plugin, and what is set up when it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.location import find_config
from medgen_pytest.errors import MedgenError
from medgen_pytest.plugin.bundled import BundledTests, bundled_folder
from medgen_pytest.plugin.controller import Controller
from medgen_pytest.plugin.dry_run import DryRun, stay_alone
from medgen_pytest.plugin.keys import USAGE_PREFIX
from medgen_pytest.plugin.option_parser import given_models, given_options, hint_for
from medgen_pytest.plugin.sharding import Sharding
from medgen_pytest.plugin.state import STATE, SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    config.pluginmanager.register(Sharding(state), "medgen-sharding")


def _set_up_controller(config: pytest.Config, state: SessionState) -> None:
    if state.is_dry:
        stay_alone(config)
    if state.options or state.models:
        try:
            state.prepare_early()
        except MedgenError as error:
            raise pytest.UsageError(f"{USAGE_PREFIX}{error}{hint_for(error, config)}") from error
    config.pluginmanager.register(DryRun(state) if state.is_dry else Controller(state), "medgen-controller")
    folder = bundled_folder(config, state)
    if folder is not None:
        state.note["bundled"] = str(folder)
        config.pluginmanager.register(BundledTests(folder), "medgen-bundled")


def _set_up_worker(config: pytest.Config, state: SessionState) -> None:
    folder = state.note_of_controller().get("bundled")
    if folder is not None:
        config.pluginmanager.register(BundledTests(Path(folder)), "medgen-bundled")


def _config_path(config: pytest.Config, options: Mapping[str, object]) -> Path | None:
    named = options.get("medgen_config")
    if named is not None:
        return config.invocation_params.dir / str(named)
    return find_config(config.rootpath)
