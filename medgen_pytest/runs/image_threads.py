"""How many threads read images at once: decoding and hashing let go of the interpreter."""

from __future__ import annotations

import os

_MOST = 8


def image_threads() -> int:
    """One a core, at most eight."""
    return min(_MOST, os.cpu_count() or 1)
