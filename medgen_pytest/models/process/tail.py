"""Tails: the last of what a program wrote, for messages."""

from __future__ import annotations

import re
import threading

_KEPT = 16_384
_LINES = 50
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class Tail:
    """Keeps the last 16 kB of a stream, of which the last 50 lines can be quoted. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._data = bytearray()

    def add(self, data: bytes) -> None:
        """Takes what the stream brought."""
        with self._lock:
            self._data += data[-_KEPT:]
            del self._data[:-_KEPT]

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._data.clear()

    def quote(self, *, length: int) -> str:
        """Its last lines, `|` between them, on one line of at most `length` characters; `""` when there are none.

        Colours and control characters are left out; what is left out at the start is shown as `...`.
        """
        with self._lock:
            text = self._data.decode("utf-8", "replace")
        lines = [_printable(line) for line in re.split(r"[\r\n]+", _COLOUR.sub("", text))]
        joined = " | ".join([line for line in lines if line][-_LINES:])
        return joined if len(joined) <= length else f"...{joined[3 - length :]}"


def _printable(line: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in line).split())
