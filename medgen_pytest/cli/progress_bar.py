"""The progress of a command that takes its time."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from medgen_pytest.config.environment import is_ci
from medgen_pytest.reports.figures import clock
from medgen_pytest.reports.line import cut

if TYPE_CHECKING:
    from typing import TextIO

_BAR = 24


class ProgressBar:
    """How far something is: a bar on a terminal, now and then a line elsewhere; `done` is the word for it."""

    def __init__(self, stream: TextIO, *, every: float, done: str) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty() and not is_ci()
        self._every = every
        self._started = self._shown = time.monotonic()
        self._done = 0
        self._word = done

    def add(self, count: int, total: int) -> None:
        """Notes that so many more of all are done."""
        self._done += count
        now = time.monotonic()
        if not self._every or (not self._is_terminal and now - self._shown < self._every):
            return
        self._shown = now
        left = clock((now - self._started) / self._done * (total - self._done))
        text = f"{self._word} {self._done}/{total}, {left} left"
        if self._is_terminal:
            text = "\r" + self._line(text, total, width=shutil.get_terminal_size().columns - 1)
        self._stream.write(text if self._is_terminal else f"medgen {text}\n")
        self._stream.flush()

    def _line(self, text: str, total: int, *, width: int) -> str:
        """Bar and text in exactly so many columns, without the bar where there are too few."""
        filled = _BAR * self._done // max(1, total)
        whole = f"[{'#' * filled}{'.' * (_BAR - filled)}] {text}"
        return cut(whole if len(whole) <= width else text, width).ljust(width)

    def close(self) -> None:
        """Leaves the line of the bar."""
        if self._is_terminal and self._done and self._every:
            self._stream.write("\n")
