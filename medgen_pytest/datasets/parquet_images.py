"""Images inside parquet files, read a few rows at a time whatever the size of the row groups.

What is held is a few data pages, the unit that parquet decompresses. Writers end a page at about
1 MiB, but older ones look at its size only every 1,024 values: then a page is as large as the images
of its row group.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCH_ROWS = 4
"""Rows that a cursor holds at a time."""

CURSORS = 4
"""Places that are read from by turns: the inputs of samples ahead, the references of those behind, ..."""

BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCell:
    """Where an image lies: the `index`-th of the list in a column of a row (all counted from 0)."""

    shard: Path
    row: int
    column: str
    index: int
    name: str


class ParquetImages:
    """Reads image cells; safe to use from several threads and after a fork.

    Ascending access reads each row once. A row that lies behind every cursor costs reading the column
    again from the start of the row group. At most CURSORS places are held open.
    """

    def __init__(self) -> None:
        # A child process must share neither the lock, which another thread may hold, nor the open files.
        self._open: dict[int, _OpenPlaces] = {}

    def read(self, cell: ImageCell) -> bytes:
        """The encoded bytes of an image. Raises ImageError, or OSError when the file cannot be read."""
        places = self._open.setdefault(os.getpid(), _OpenPlaces())
        with places.lock:
            data = places.read(cell)
        if data is None:
            raise ImageError("the image has no bytes in the parquet file, only a path", name=cell.name)
        return data


class _OpenPlaces:
    """The cursors of one process, the least recently used first, and the lock that guards them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.cursors: list[_Cursor] = []

    def read(self, cell: ImageCell) -> bytes | None:
        """The bytes of a cell; None when they are null. Raises OSError."""
        try:
            cursor = self._take_cursor(cell)
            data = cursor.image(cell)
        except parquet_errors() as error:
            raise OSError(str(error)) from error
        except (StopIteration, IndexError) as error:
            raise OSError(f"row {cell.row} is no longer in the file") from error
        # Only here: a cursor that failed, or was interrupted, stands nowhere in particular.
        self.cursors.append(cursor)
        return data

    def _take_cursor(self, cell: ImageCell) -> _Cursor:
        """The cursor closest before the row, or a new one; those that are done make room, then the least used."""
        reachable = [cursor for cursor in self.cursors if cursor.reaches(cell)]
        if not reachable:
            self.cursors = [cursor for cursor in self.cursors if not cursor.is_done][1 - CURSORS :]
            return _Cursor(cell)
        cursor = max(reachable, key=lambda one: one.first_row)
        self.cursors.remove(cursor)
        return cursor


class _Cursor:
    """Walks forward through one column of one row group."""

    def __init__(self, cell: ImageCell) -> None:
        self._place = (cell.shard, cell.column)
        file = open_parquet(cell.shard)
        starts = _group_starts(file)
        group = bisect_right(starts, cell.row) - 1
        self.first_row = starts[group]
        self._end = starts[group + 1]
        self._batches: Iterator[Any] = file.iter_batches(
            batch_size=BATCH_ROWS, row_groups=[group], columns=[cell.column], use_threads=False
        )
        self._batch: Any = None

    @property
    def is_done(self) -> bool:
        """Whether the batch at hand is the last of the row group."""
        return self._batch is not None and self.first_row + self._batch.num_rows >= self._end

    def reaches(self, cell: ImageCell) -> bool:
        """Whether the row of a cell is in the batch at hand or one that is still to come."""
        return (cell.shard, cell.column) == self._place and self.first_row <= cell.row < self._end

    def image(self, cell: ImageCell) -> bytes | None:
        """The bytes of a cell that the cursor reaches; None when they are null."""
        if self._batch is None:
            self._batch = next(self._batches)
        while cell.row >= self.first_row + self._batch.num_rows:
            self.first_row += self._batch.num_rows
            self._batch = next(self._batches)
        image = self._batch.column(cell.column)[cell.row - self.first_row].values[cell.index]
        data = image["bytes"].as_py() if image.is_valid else None
        return None if data is None else bytes(data)


def open_parquet(path: Path) -> Any:
    """A parquet file for streaming: without pre-buffering, column chunks are read by and by."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER_BYTES)


def parquet_errors() -> tuple[type[Exception], ...]:
    """What pyarrow raises for a file that is damaged or cannot be read."""
    import pyarrow as pa

    # Damaged column names are no UTF-8.
    return pa.ArrowException, OSError, UnicodeDecodeError


def _group_starts(file: Any) -> list[int]:
    """The first row of each row group, and the number of rows at the end."""
    starts = [0]
    for group in range(file.metadata.num_row_groups):
        starts.append(starts[-1] + file.metadata.row_group(group).num_rows)
    return starts
