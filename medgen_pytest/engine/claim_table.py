"""The claim table: what the workers of a session agree on, in a database on a local disk.

It holds no outputs. A result is written to the run directory before its place is recorded here, so that
whatever happens to the table, nothing that was paid for is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.engine.claims import Claim, Place
from medgen_pytest.engine.shared_table import SharedTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.result import ResultKey

_FILE = "claims.db"
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
        self._table = SharedTable(folder, file=_FILE, table=_TABLE, purpose="who asks for what")

    def claim(self, keys: Sequence[ResultKey], *, most: int) -> tuple[list[ResultKey], int]:
        """See `Claims`."""
        claimed: list[ResultKey] = []
        with self._table.writing() as database:
            for looked, key in enumerate(keys):
                if len(claimed) == most:
                    return claimed, looked
                row = (*key, self._table.owner)
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
        return Claim(mine=owner == self._table.owner, place=place)

    def steal(self, key: ResultKey) -> bool:
        """See `Claims`."""
        row = self._row(key)
        if row is None or row[1] is not None or row[0] == self._table.owner or self._table.is_alive(str(row[0])):
            return False
        with self._table.writing() as database:
            return database.execute(_STEAL, (self._table.owner, *key, row[0])).rowcount == 1

    def record(self, places: Mapping[ResultKey, Place]) -> None:
        """See `Claims`."""
        with self._table.writing() as database:
            rows = [(*place, *key, self._table.owner) for key, place in places.items()]
            database.executemany(_RECORD, rows)

    def release(self, keys: Iterable[ResultKey] | None = None) -> None:
        """See `Claims`."""
        with self._table.writing() as database:
            if keys is None:
                database.execute(_RELEASE_ALL, (self._table.owner,))
            else:
                database.executemany(_RELEASE, [(self._table.owner, *key) for key in keys])

    def close(self) -> None:
        """See `Claims`."""
        try:
            self.release()
        finally:
            self._table.close()

    def _row(self, key: ResultKey) -> tuple[object, ...] | None:
        with self._table.reading() as database:
            row: tuple[object, ...] | None = database.execute(_LOOK, key).fetchone()
            return row
