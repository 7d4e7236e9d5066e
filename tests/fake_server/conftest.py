"""Fake servers and clients that end with the test."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING

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
