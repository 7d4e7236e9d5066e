"""The bundled tests: what a plain `pytest` runs in a repository that has settings but no benchmark tests of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.plugin.keys import RUNNER

if TYPE_CHECKING:
    from medgen_pytest.plugin.state import SessionState

_FOLDER = "benchmark_tests"


class BundledTests:
    """Collects the bundled tests when nothing that was collected uses the fixtures.

    They are collected file by file and not as a path on the command line: the package mostly lies in a
    virtual environment inside the repository, and a path there would make pytest look at all of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Adds the bundled tests to a collection without any test on the fixtures."""
        from medgen_pytest.plugin.collection import drop_idle

        if session.config.pluginmanager.has_plugin(RUNNER):  # a test of the user's own uses the fixtures
            return
        for path in sorted(self._folder.glob("test_*.py")):
            items.extend(session.genitems(pytest.Module.from_parent(session, path=path)))
        drop_idle(items)


def bundled_folder(config: pytest.Config, state: SessionState) -> Path | None:
    """Where the bundled tests lie, if this session may run them; None if it may not, or in a checkout.

    It may when pytest was given no path and the settings file says what to evaluate on what.
    """
    if config.args_source is pytest.Config.ArgsSource.ARGS or state.config_path is None:
        return None
    folder = Path(__file__).parents[1] / _FOLDER
    return folder if folder.is_dir() and state.names_dataset_and_models() else None
