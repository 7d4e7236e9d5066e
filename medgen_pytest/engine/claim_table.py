"""The claim table: what the workers of a session agree on, in a database on a local disk.

It holds no outputs. A result is written to the run directory before its place is recorded here, so that
whatever happens to the table, nothing that was paid for is lost.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medgen_pytest.engine.claims import Claim, Place
from medgen_pytest.engine.life_sign import LifeSign, is_alive
from medgen_pytest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.result import ResultKey

_FILE = "claims.db"
_PATIENCE = 60.0
"""Seconds that a process waits for others to let go of the table."""
_PAUSE = 0.01
_TABLE = """
create table if not exists claims (
    model text not null, sample text not null, repeat integer not null,
    owner text not null, worker text, position integer,
    primary key (model, sample, repeat)
) without rowid
"""
_LOOK = "select owner, worker, position from claims where model = ? and sample = ? and repeat = ?"
_CLAIM = "insert or ignore into claims (model, sample, repeat, owner) values (?, ?, ?, ?)"
_STEAL = "update claims set owner = ? where model = ? and sample = ? and repeat = ? and owner = ? and worker is null"
_RECORD = "update claims set worker = ?, position = ? where model = ? and sample = ? and repeat = ? and owner = ?"
_RELEASE = "delete from claims where owner = ? and model = ? and sample = ? and repeat = ? and worker is null"
_RELEASE_ALL = "delete from claims where owner = ? and worker is null"


class ClaimTable:
    """The claims of one process among those of its session; folder and table are made by the first of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        with _told():
            folder.mkdir(mode=0o700, exist_ok=True)
            self._sign = LifeSign(folder)
            self._database = _connect(folder)
            _make_table(self._database)
            # A power failure ends every process that could read the table.
            self._database.execute("pragma synchronous = off")

    def claim(self, keys: Sequence[ResultKey], *, most: int) -> tuple[list[ResultKey], int]:
        """See `Claims`."""
        claimed: list[ResultKey] = []
        with self._writing() as database:
            for looked, key in enumerate(keys):
                if len(claimed) == most:
                    return claimed, looked
                row = (*key, self._sign.name)
                if database.execute(_CLAIM, row).rowcount == 1:
                    claimed.append(key)
        return claimed, len(keys)

    def look(self, key: ResultKey) -> Claim | None:
        """See `Claims`."""
        row = self._row(key)
        if row is None:
            return None
        owner, worker, position = row
        place = Place(str(worker), int(str(position))) if worker is not None else None
        return Claim(mine=owner == self._sign.name, place=place)

    def steal(self, key: ResultKey) -> bool:
        """See `Claims`."""
        row = self._row(key)
        if row is None or row[1] is not None or row[0] == self._sign.name or is_alive(self._folder, str(row[0])):
            return False
        with self._writing() as database:
            return database.execute(_STEAL, (self._sign.name, *key, row[0])).rowcount == 1

    def record(self, places: Mapping[ResultKey, Place]) -> None:
        """See `Claims`."""
        with self._writing() as database:
            rows = [(*place, *key, self._sign.name) for key, place in places.items()]
            database.executemany(_RECORD, rows)

    def release(self, keys: Iterable[ResultKey] | None = None) -> None:
        """See `Claims`."""
        with self._writing() as database:
            if keys is None:
                database.execute(_RELEASE_ALL, (self._sign.name,))
            else:
                database.executemany(_RELEASE, [(self._sign.name, *key) for key in keys])

    def close(self) -> None:
        """See `Claims`."""
        try:
            self.release()
        finally:
            self._database.close()
            self._sign.end()

    def _row(self, key: ResultKey) -> tuple[object, ...] | None:
        with _told(), self._lock:
            row: tuple[object, ...] | None = self._database.execute(_LOOK, key).fetchone()
            return row

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _told(), self._lock:
            self._database.execute("begin immediate")
            try:
                yield self._database
            except BaseException:
                self._database.execute("rollback")
                raise
            self._database.execute("commit")


def _connect(folder: Path) -> sqlite3.Connection:
    # Threads of one process take turns under a lock of ours; transactions are begun by hand.
    return sqlite3.connect(folder / _FILE, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)


def _make_table(database: sqlite3.Connection) -> None:
    latest = time.monotonic() + _PATIENCE
    while True:
        try:
            # Readers and the writer need not wait for each other then. Unlike everything else, this is refused at
            # once while another process does the same.
            database.execute("pragma journal_mode = wal")
            database.execute(_TABLE)
        except sqlite3.OperationalError:
            if time.monotonic() > latest:
                raise
            time.sleep(_PAUSE)
        else:
            return


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the table in which workers agree who asks for what cannot be used: {error}") from error
