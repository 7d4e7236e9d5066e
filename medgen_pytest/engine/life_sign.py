"""Signs of life: how a process sees whether another one still runs.

A process keeps a file locked for as long as it lives. The operating system lifts the lock when the process
ends, however it ends; unlike a process id, the file is never another's, and unlike a heartbeat, it does not
stop while the process is busy.
"""

from __future__ import annotations

import os
import secrets
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        # Of the two kinds of locks the one that a forked child does not keep.
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class LifeSign:
    """The sign of this process, under a name that no other process ever has. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.name = f"alive-{os.getpid()}-{secrets.token_hex(4)}"
        self._descriptor = os.open(folder / self.name, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        os.write(self._descriptor, b"\n")  # there must be a byte to lock
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        _try_lock(self._descriptor)

    def end(self) -> None:
        """Lets others take this process for dead."""
        os.close(self._descriptor)


def is_alive(folder: Path, name: str) -> bool:
    """Whether the process of a sign lives. To be asked of other processes only: it would end one's own sign."""
    try:
        descriptor = os.open(folder / name, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor)
    finally:
        os.close(descriptor)
