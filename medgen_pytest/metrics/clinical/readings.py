"""Readings: what texts state, read once for all clinical metrics of a process."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING

from medgen_pytest.metrics.clinical.lexicon import Lexicon, load_lexicon
from medgen_pytest.metrics.clinical.reading import Statement, read_statements

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext

_KEPT = 1024


class Readings:
    """Reads texts with one lexicon and keeps what the latest of them state, not the texts themselves."""

    def __init__(self, lexicon: Lexicon, *, kept: int = _KEPT) -> None:
        self.lexicon = lexicon
        self._kept = kept
        self._read: dict[bytes, frozenset[Statement]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._read)

    def of(self, text: str) -> frozenset[Statement]:
        """What a text states, read now or before."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            known = self._read.get(key)
        if known is None:
            known = read_statements(text, self.lexicon)
            with self._lock:
                self._read[key] = known
                while len(self._read) > self._kept:
                    del self._read[next(iter(self._read))]
        return known


def shared_readings(context: MetricContext) -> Readings:
    """The readings that all clinical metrics of a context share."""
    return context.resources.get(Readings, lambda: Readings(load_lexicon()))
