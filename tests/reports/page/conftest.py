"""A browser for pages with a gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browsing import start_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browsing import Browser


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    with start_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(program: Browser) -> Browser:
    """The browser on a desktop."""
    program.driver.get("about:blank")
    program.show_as()
    return program
