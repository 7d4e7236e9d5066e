"""Log files: what a program writes to stderr, kept beside the results without secrets and within bounds."""

from __future__ import annotations

import codecs
import datetime as dt
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medgen_pytest.config.secrets import Secrets

MOST_BYTES = 10_000_000
"""A file that is as large is set aside as `NAME.old`, in place of an earlier one."""

_LONGEST_LINE = 65_536
_HELD = 4096
_ENDS = "\r\n"


class LogFile:
    """A file that several runs of one program write to, one after the other or overlapping; any thread may.

    It is made when there is something to write. One that cannot be written is left alone: a run does not end for it.
    """

    def __init__(self, path: Path, *, secrets: Sequence[Secrets], most: int = MOST_BYTES) -> None:
        self.path = path
        self._secrets = tuple(secrets)
        self._most = most
        self._lock = threading.Lock()
        self._is_lost = False

    def mask(self, text: str) -> str:
        """A text without secrets."""
        for secrets in self._secrets:
            text = secrets.mask(text)
        return text

    def note(self, text: str) -> None:
        """Writes a line that is not the program's."""
        now = dt.datetime.now(dt.timezone.utc)
        self.write(f"[medgen {now:%Y-%m-%d %H:%M:%S} UTC: {self.mask(text)}]\n")

    def write(self, text: str) -> None:
        """Writes a text that holds no secrets."""
        with self._lock:
            if text and not self._is_lost:
                try:
                    self._write(text.encode("utf-8", "replace"))
                except OSError:
                    self._is_lost = True

    def _write(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size >= self._most:
            old = self.path.with_name(f"{self.path.name}.old")
            self.path.replace(old)
            data = (
                f"[medgen: what came before stands in {old.name}, and what came before that is gone]\n".encode() + data
            )
        with self.path.open("ab") as file:
            file.write(data)


class LogStream:
    """The stderr of one run of a program on its way to a file: whole lines, so that no secret is torn apart.

    Of a line that does not end, all but the last 4,096 characters are written once it has 65,536. Used by one thread.
    """

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""

    def add(self, data: bytes) -> None:
        """Takes what the stream brought."""
        self._take(self._decoder.decode(data))

    def end(self) -> None:
        """Writes what is left of it."""
        self._take(self._decoder.decode(b"", final=True))
        self._file.write(f"{self._pending}\n" if self._pending else "")
        self._pending = ""

    def _take(self, text: str) -> None:
        pending = self._file.mask(self._pending + text)
        whole = 1 + max(pending.rfind(end) for end in _ENDS)
        if len(pending) - whole > _LONGEST_LINE:
            whole = len(pending) - _HELD
        self._file.write(pending[:whole])
        self._pending = pending[whole:]
