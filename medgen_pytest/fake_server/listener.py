"""The listener: the socket of the server, its connections, and its absence while it is paused."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.fake_server.connection import Connection, reset_on_close
from medgen_pytest.fake_server.control import control_reply, is_control_path
from medgen_pytest.fake_server.service import Service
from medgen_pytest.fake_server.visit import Served

if TYPE_CHECKING:
    from medgen_pytest.fake_server.message import HttpRequest
    from medgen_pytest.fake_server.settings import FakeServerSettings

_BACKLOG = 1024
_BUFFER = 1 << 20
_ROUNDS_TO_BE_SERVED = 5
"""Turns of the loop after which a connection that was accepted is served: asyncio needs three."""


class Listener:
    """Listens on a loopback address and serves every connection; used by one event loop."""

    def __init__(self, settings: FakeServerSettings) -> None:
        self.service = Service(settings)
        self._settings = settings
        self._port = settings.port
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._pauses: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()

    @property
    def port(self) -> int:
        """The port; known after `start`, and the same after a pause."""
        return self._port

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        host = self._settings.host
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Begins to listen. Raises ConfigError when the address cannot be had."""
        try:
            self._server = await asyncio.start_server(
                self._serve, self._settings.host, self._port, limit=_BUFFER, backlog=_BACKLOG
            )
        except OSError as error:
            where = f"{self._settings.host}:{self._port}"
            raise ConfigError(f"fake server: cannot listen on {where}: {error.strerror or error}") from error
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stops listening, ends every connection and closes the journal."""
        for pause in tuple(self._pauses):
            pause.cancel()
        await self.pause()
        self.service.journal.close()

    async def pause(self) -> None:
        """Stops listening and resets every connection, as a server that has died."""
        async with self._changing:
            server, self._server = self._server, None
            if server is not None:
                await _close(server)
            tasks = dict(self._open)
            for task, writer in tasks.items():
                with contextlib.suppress(OSError):
                    reset_on_close(writer)
                writer.transport.abort()
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def resume(self) -> None:
        """Listens again on the same port."""
        async with self._changing:
            if self._server is None:
                await self.start()

    def pause_for(self, seconds: float) -> None:
        """Pauses soon and resumes after some seconds."""
        task = asyncio.ensure_future(self._pause_for(seconds))
        self._pauses.add(task)
        task.add_done_callback(self._pauses.discard)

    async def _pause_for(self, seconds: float) -> None:
        # The reply to whoever asked for the pause has to leave first.
        await asyncio.sleep(min(seconds, 0.05))
        await self.pause()
        await asyncio.sleep(seconds)
        await self.resume()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._open[task] = writer
        self.service.connections += 1
        journal = self.service.journal
        connection = Connection(
            reader,
            writer,
            handle=self._handle,
            refuse=self.service.refuse,
            sent=journal.write,
            left=lambda handle: journal.amend(handle, "abandoned"),
            max_bytes=self._settings.max_request_bytes,
        )
        try:
            await connection.run()
        except asyncio.CancelledError:
            pass  # the server is paused or stopped; a task that ends cancelled would be reported as a failure
        finally:
            self._open.pop(task, None)

    async def _handle(self, request: HttpRequest) -> Served:
        if is_control_path(request.path):
            return Served(reply=control_reply(request, self.service, pause_for=self.pause_for))
        return await self.service.handle(request)


async def _close(server: asyncio.Server) -> None:
    """Stops listening once every connection that was accepted is served.

    A connection that asyncio still sets up when its server is closed is neither served nor closed since
    Python 3.13, so its client would wait for ever; those that were not accepted yet are reset by the system.
    """
    loop = asyncio.get_running_loop()
    try:
        for listening in server.sockets:
            with contextlib.suppress(NotImplementedError):
                loop.remove_reader(listening.fileno())
        for _ in range(_ROUNDS_TO_BE_SERVED):
            await asyncio.sleep(0)
    finally:
        server.close()
