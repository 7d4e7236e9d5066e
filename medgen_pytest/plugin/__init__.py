"""The pytest plugin: hooks, options and fixtures of MedGEN-Bench evaluations.

The hooks here run in every session of an environment that has the package installed; they do
nothing, and import nothing heavy, until a session uses the plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.plugin.fixtures import (
    medgen_assert,
    medgen_case,
    medgen_model,
    medgen_output,
    medgen_result,
    medgen_sample,
)
from medgen_pytest.plugin.option_parser import add_model_option, add_options

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "medgen_assert",
    "medgen_case",
    "medgen_model",
    "medgen_output",
    "medgen_result",
    "medgen_sample",
]

_MARKER = (
    "medgen(format=, task=, modality=, subtask=): the samples that a test is run on; each takes a name"
    " or a list of names (medgen-pytest)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the `--medgen-*` options."""
    add_options(parser)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None, object, object]:
    """Declares `--model` after the conftests, so that one which owns that option keeps it."""
    result = yield
    add_model_option(parser, early_config)
    return result


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares the hooks that other plugins and conftests may implement."""
    from medgen_pytest.plugin import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Prepares the run when the command line asks for one."""
    from medgen_pytest.plugin.activation import activate

    config.addinivalue_line("markers", _MARKER)
    activate(config)


@pytest.hookimpl(trylast=True)  # before those that plugins register when they are configured
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Notes what is planned before pytest-split takes the tests of other parts away."""
    if config.getoption("splits", default=None):
        from medgen_pytest.plugin.parts import keep_plan

        keep_plan(config, items)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives a test that uses the fixtures one case per model and sample."""
    if "medgen_case" in metafunc.fixturenames:
        from medgen_pytest.plugin.collection import parametrise

        parametrise(metafunc)
