"""A connection: HTTP/1.1 with keep-alive over one socket, by h11."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING

import h11

from medgen_pytest.fake_server.message import HttpRequest, RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from medgen_pytest.fake_server.message import Delivery, HttpReply
    from medgen_pytest.fake_server.visit import Served

_READ = 1 << 18
_PIECE = 1 << 18
_LONGEST_HEAD = 32_768
_BEFORE_RESET = 0.02
_DISCARD_SECONDS = 5.0
_ALWAYS = (("server", "medgen-fake-server"),)


class Connection:
    """Serves one client until it leaves.

    `handle` makes the reply, `refuse` the one to a request whose body is larger than `max_bytes`;
    `sent` is told which reply has left, `left` for which the client was gone.
    """

    def __init__(  # noqa: PLR0913 - the two ends of a socket, and what to do with what comes
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        handle: Callable[[HttpRequest], Awaitable[Served]],
        refuse: Callable[[HttpRequest, RequestError], Served],
        sent: Callable[[int], None],
        left: Callable[[int], None],
        max_bytes: int,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._refuse = refuse
        self._sent = sent
        self._left = left
        self._max_bytes = max_bytes
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
        self._is_at_end = False

    async def run(self) -> None:
        """Serves request after request."""
        try:
            while await self._serve_one():
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await self._answer_nonsense(error)
        except (ConnectionError, TimeoutError):
            pass  # the client left; what it had asked is noted where that was known
        finally:
            self._writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await self._writer.wait_closed()

    def abort(self) -> None:
        """Resets the connection."""
        self._writer.transport.abort()

    async def _serve_one(self) -> bool:
        """Whether another request may follow."""
        served = await self._next_served()
        if served is None:
            return False
        try:
            last = (("connection", "close"),) if served.closes else ()
            await self._send(served.reply.with_headers(*last))
        except (ConnectionError, TimeoutError):
            if served.handle is not None:
                self._left(served.handle)
            raise
        finally:
            if served.handle is not None:
                self._sent(served.handle)
        if served.closes:
            await self._discard()
        return served.reply.delivery == "whole" and self._http.our_state is h11.DONE and not served.closes

    async def _next_served(self) -> Served | None:
        """The reply to the next request; None when there is none, or the client left before it was ready."""
        event = await self._next_event()
        if not isinstance(event, h11.Request):
            return None
        head = HttpRequest(
            method=event.method.decode("ascii"),
            target=event.target.decode("ascii"),
            headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers),
        )
        body = await self._read_body(head)
        if body is None:
            return self._refuse(head, RequestError(413, f"The request is larger than {self._max_bytes} bytes."))
        return await self._while_connected(
            self._handle(HttpRequest(method=head.method, target=head.target, headers=head.headers, body=body))
        )

    async def _read_body(self, head: HttpRequest) -> bytes | None:
        """The body; None for one that is too large."""
        declared = head.header("content-length")
        if declared is not None and int(declared) > self._max_bytes:
            return None
        if self._http.they_are_waiting_for_100_continue:
            self._writer.write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        pieces, size = [], 0
        while isinstance(event := await self._next_event(), h11.Data):
            pieces.append(bytes(event.data))
            size += len(event.data)
            if size > self._max_bytes:
                return None
        return b"".join(pieces)

    async def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._receive(await self._reader.read(_READ))
        return event

    def _receive(self, data: bytes) -> None:
        self._is_at_end = not data
        self._http.receive_data(data)

    async def _while_connected(self, work: Awaitable[Served]) -> Served | None:
        """What the work brings; cancelled, and None, when the client leaves first."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done() and not self._is_at_end:
                heard = asyncio.ensure_future(self._reader.read(_READ))
                await asyncio.wait({task, heard}, return_when=asyncio.FIRST_COMPLETED)
                await self._take(heard)
            if not task.done():
                task.cancel()
            return await task
        except asyncio.CancelledError:
            if not self._is_at_end:
                raise
            return None
        finally:
            # Also when this connection itself is cancelled.
            task.cancel()

    async def _take(self, heard: asyncio.Future[bytes]) -> None:
        """What was heard while a reply is made: the next request already, or the end."""
        if heard.done():
            try:
                self._receive(heard.result())
            except ConnectionError:
                self._is_at_end = True
            return
        heard.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await heard

    async def _send(self, reply: HttpReply) -> None:
        if reply.delivery == "drop":
            return
        headers = [*_ALWAYS, *reply.headers, ("content-length", str(len(reply.body)))]
        self._write(h11.Response(status_code=reply.status, headers=headers))
        left = len(reply.body) if reply.delivery == "whole" else len(reply.body) // 2
        for piece in [reply.body] if isinstance(reply.body, bytes) else reply.body:
            for start in range(0, min(len(piece), left), _PIECE):
                self._write(h11.Data(data=piece[start : min(start + _PIECE, left)]))
                await self._writer.drain()
            left = max(0, left - len(piece))
        if reply.delivery == "whole":
            self._write(h11.EndOfMessage())
        await self._writer.drain()
        await self._end(reply.delivery)

    async def _end(self, delivery: Delivery) -> None:
        if delivery == "reset":
            # The client should have the first half before the reset overtakes it.
            await asyncio.sleep(_BEFORE_RESET)
            reset_on_close(self._writer)
            self.abort()

    def _write(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)

    async def _answer_nonsense(self, error: h11.RemoteProtocolError) -> None:
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        text = f"bad request: {error}".encode("ascii", errors="replace")
        headers = [("content-type", "text/plain"), ("content-length", str(len(text))), ("connection", "close")]
        with contextlib.suppress(ConnectionError, h11.LocalProtocolError):
            self._write(h11.Response(status_code=error.error_status_hint, headers=headers))
            self._write(h11.Data(data=text))
            await self._writer.drain()

    async def _discard(self) -> None:
        """Reads what the client still sends: closing at once would reset the connection before it has the reply."""
        with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
            await asyncio.wait_for(self._read_to_end(), _DISCARD_SECONDS)

    async def _read_to_end(self) -> None:
        while await self._reader.read(_READ):
            pass


def reset_on_close(writer: asyncio.StreamWriter) -> None:
    """Makes the socket send a reset instead of an orderly end when it is closed."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
