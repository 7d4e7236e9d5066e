"""Fake servers and clients that end with the test."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING

# httpx loads httpcore with its first client. Were that inside another test's pytester, which forgets what its session
# imported, a later client would load it again, and its errors would not be those that httpx knows.
import httpcore  # noqa: F401 - loaded here, so that it stays
import httpx
import pytest

from medgen_pytest.fake_server import FakeServer, fake_server_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Serve = Callable[..., tuple[FakeServer, httpx.Client]]


@pytest.fixture(scope="session")
def certificates() -> ssl.SSLContext:
    """Every client loads these, also those that speak no TLS; once is enough."""
    return ssl.create_default_context()


@pytest.fixture
def serve(certificates: ssl.SSLContext) -> Iterator[Serve]:
    """Starts a server with some settings: it, and a client of it."""
    with ExitStack() as stack:

        def start(**options: object) -> tuple[FakeServer, httpx.Client]:
            server = stack.enter_context(FakeServer(fake_server_settings(options)))
            client = httpx.Client(base_url=server.url, timeout=20, trust_env=False, verify=certificates)
            return server, stack.enter_context(client)

        yield start
