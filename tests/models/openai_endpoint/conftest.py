"""Servers that end with the test."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

# Loaded here so that they stay: a pytester session forgets what it imported, and classes loaded twice are two classes.
import httpcore  # noqa: F401 - see above
import openai  # noqa: F401 - see above
import pytest

from medgen_pytest.fake_server import FakeServer, fake_server_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Serve = Callable[..., FakeServer]
    CannedReply = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a fake server with some settings."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(FakeServer(fake_server_settings(options)))


@pytest.fixture
def canned() -> Iterator[CannedReply]:
    """Starts a server that answers everything with one JSON value: its address."""
    with ExitStack() as stack:

        def start(value: object, *, status: int = 200) -> str:
            body = json.dumps(value).encode()

            class Handler(BaseHTTPRequestHandler):
                def do_POST(self) -> None:
                    self.rfile.read(int(self.headers["content-length"]))
                    self.send_response(status)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, *_arguments: object) -> None:
                    """Says nothing."""

            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/v1"

        yield start
