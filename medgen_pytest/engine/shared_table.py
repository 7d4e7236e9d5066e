"""Shared tables: a database on a local disk in which the workers of a session agree on something."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medgen_pytest.engine.life_sign import LifeSign, is_alive
from medgen_pytest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE = 60.0
"""Seconds that a process waits for others to let go of the table."""
_PAUSE = 0.01


class SharedTable:
    """The hold of one process on a table of its session; folder and table are made by the first of them.

    `purpose` is what the workers agree on, for messages. Everything may be called from any thread, and raises
    StoreError where the table cannot be used.
    """

    def __init__(self, folder: Path, *, file: str, table: str, purpose: str) -> None:
        self._folder = folder
        self._purpose = purpose
        self._lock = threading.Lock()
        with self._told():
            folder.mkdir(mode=0o700, exist_ok=True)
            self._sign = LifeSign(folder)
            self._database = _connect(folder / file)
            _make_table(self._database, table)
            # A power failure ends every process that could read the table.
            self._database.execute("pragma synchronous = off")

    @property
    def owner(self) -> str:
        """The name of this process in the table, which no other process ever has."""
        return self._sign.name

    def is_alive(self, owner: str) -> bool:
        """Whether another process lives; to be asked of others only."""
        return is_alive(self._folder, owner)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The database, to look something up."""
        with self._told(), self._lock:
            yield self._database

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The database in a transaction, which counts once the block has ended without an exception."""
        with self._told(), self._lock:
            self._database.execute("begin immediate")
            try:
                yield self._database
            except BaseException:
                self._database.execute("rollback")
                raise
            self._database.execute("commit")

    def close(self) -> None:
        """Lets go of the table, and lets others take this process for dead."""
        self._database.close()
        self._sign.end()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"the table in which workers agree {self._purpose} cannot be used: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    # Threads of one process take turns under a lock of ours; transactions are begun by hand.
    return sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)


def _make_table(database: sqlite3.Connection, table: str) -> None:
    latest = time.monotonic() + _PATIENCE
    while True:
        try:
            # Readers and the writer need not wait for each other then. Unlike everything else, this is refused at
            # once while another process does the same.
            database.execute("pragma journal_mode = wal")
            database.execute(table)
        except sqlite3.OperationalError:
            if time.monotonic() > latest:
                raise
            time.sleep(_PAUSE)
        else:
            return
