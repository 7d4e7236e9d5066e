"""Fake servers that end with the test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

# See tests/fake_server/conftest.py.
import httpcore  # noqa: F401 - loaded here, so that it stays
import pytest

from medgen_pytest.fake_server import FakeServer, fake_server_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Serve = Callable[..., FakeServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server with some settings."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(FakeServer(fake_server_settings(options)))
