"""The fake server in this process: in a thread with an event loop of its own, for tests and notebooks."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.fake_server.listener import Listener
from medgen_pytest.fake_server.settings import FakeServerSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

    from typing_extensions import Self

    from medgen_pytest.fake_server.journal import Entry, Stats

_T = TypeVar("_T")


class FakeServer:
    """A stand-in for model endpoints on loopback, running while the `with` block does.

    >>> with FakeServer(FakeServerSettings(seed=7)) as server:
    ...     server.url.rpartition(":")[0]
    'http://127.0.0.1'

    It may be started once. `start` and `close` do without the block. Raises ConfigError when the
    address cannot be had.
    """

    def __init__(self, settings: FakeServerSettings | None = None) -> None:
        self.settings = settings or FakeServerSettings()
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begins to listen."""
        if self._running is not None:
            raise RuntimeError("a fake server starts once; make another")
        self._running = _Running(self.settings)
        try:
            self._running.call(self._listener.start())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends every connection, the thread and the loop; later calls do nothing, and the journal can still be read."""
        if self._running is not None:
            self._running.close()

    @property
    def url(self) -> str:
        """The address, like `http://127.0.0.1:40123`."""
        return self._listener.url

    @property
    def port(self) -> int:
        """The port."""
        return self._listener.port

    @property
    def requests(self) -> tuple[Entry, ...]:
        """The entries of the journal in the order in which they were answered."""
        return self._active.read(lambda: self._listener.service.journal.entries)

    @property
    def stats(self) -> Stats:
        """The counts since the start or the last reset."""
        return self._active.read(self._listener.service.stats)

    def reset(self) -> None:
        """Forgets the journal, its counts and which requests have met their faults."""
        self._active.read(self._listener.service.reset)

    def pause(self) -> None:
        """Dies: stops listening and resets every connection. What is open is noted as abandoned."""
        self._active.call(self._listener.pause())

    def resume(self) -> None:
        """Comes back on the same port."""
        self._active.call(self._listener.resume())

    @property
    def _active(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the fake server has not been started")
        return self._running

    @property
    def _listener(self) -> Listener:
        return self._active.listener


class _Running:
    """The thread, its loop and what listens there."""

    def __init__(self, settings: FakeServerSettings) -> None:
        self.listener = Listener(settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="medgen-fake-server", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[object, object, _T]) -> _T:
        """What a coroutine brings, run in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def read(self, function: Callable[[], _T]) -> _T:
        """What a function returns, called where it cannot meet a request half-way."""
        if not self._thread.is_alive():
            return function()

        async def call() -> _T:
            return function()

        return self.call(call())

    def close(self) -> None:
        """Ends everything, once."""
        if self._thread.is_alive():
            self.call(self.listener.stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
