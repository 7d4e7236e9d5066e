"""The meter table: one meter for all workers of a session."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.engine.shared_table import SharedTable
from medgen_pytest.models.meter import BudgetError, check_room, note_on_bill, to_units

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_FILE = "meter.db"
_BEFORE = "before"
_MOST = 2**62
_TABLE = "create table if not exists meter (owner text primary key, reserved integer, spent integer) without rowid"
_ENTER = "insert or ignore into meter (owner, reserved, spent) values (?, 0, ?)"
_ROWS = "select owner, reserved, spent from meter"
_RESERVE = "update meter set reserved = reserved + ? where owner = ?"
_SETTLE = "update meter set reserved = max(0, reserved - ?), spent = min(?, spent + ?) where owner = ?"


class _Row(NamedTuple):
    owner: str
    reserved: int
    spent: int


class MeterTable:
    """The meter of one process among those of its session; see `models.meter.Meter`.

    `spent` is what earlier sessions of the run have spent. What a process had set aside when it died counts as
    spent: somebody may want to be paid. Folder and table are made with the first amount.
    """

    def __init__(self, folder: Path, *, budget: float, spent: float = 0.0) -> None:
        self._folder = folder
        self._budget = budget
        self._before = to_units(spent)
        self._lock = threading.Lock()
        self._opened: SharedTable | None = None

    def reserve(self, amount: float) -> None:
        """See `Meter`. Raises StoreError where the table cannot be used."""
        wanted = to_units(amount)
        if not wanted:
            return
        table = self._table()
        with table.writing() as database:
            rows = _rows(database)
            spent, reserved = sum(row.spent for row in rows), sum(row.reserved for row in rows)
            try:
                check_room(self._budget, wanted, spent=spent, reserved=reserved)
            except BudgetError:
                lost = sum(row.reserved for row in rows if _is_lost(row, table))
                check_room(self._budget, wanted, spent=spent + lost, reserved=reserved - lost)
            database.execute(_RESERVE, (wanted, table.owner))

    def settle(self, reserved: float, spent: float) -> None:
        """See `Meter`. Raises StoreError where the table cannot be used."""
        amounts = (to_units(reserved), _MOST, to_units(spent))
        if any((amounts[0], amounts[2])):
            table = self._table()
            with table.writing() as database:
                database.execute(_SETTLE, (*amounts, table.owner))
        note_on_bill(spent)

    def close(self) -> None:
        """Lets go of the table; nothing else may follow."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    def _table(self) -> SharedTable:
        with self._lock:
            if self._opened is None:
                opened = SharedTable(self._folder, file=_FILE, table=_TABLE, purpose="what they have spent")
                with opened.writing() as database:
                    database.executemany(_ENTER, [(_BEFORE, self._before), (opened.owner, 0)])
                self._opened = opened
            return self._opened


def _rows(database: sqlite3.Connection) -> list[_Row]:
    return [_Row(*row) for row in database.execute(_ROWS)]


def _is_lost(row: _Row, table: SharedTable) -> bool:
    """Whether nobody will settle any more what a process has set aside."""
    return row.reserved > 0 and row.owner != table.owner and not table.is_alive(row.owner)
