"""Garbage collection: put off while a run imports what it needs, and while its records become reports."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW = 2000
"""Objects that are worth no care."""


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for cycles inside: what is made there stays, and each search walks through all of it again.

    It takes a quarter of the time off the end of a large run, and a twentieth off a small one, which imports more
    than it asks. What is let go of is freed all the same.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            _pass_over()
            gc.enable()


def _pass_over() -> None:
    """Has the next search look at none of what was made meanwhile, as if it had lived through many."""
    # What somebody else has frozen stays so. To count it takes longer than to look through a few.
    if gc.get_count()[0] > _FEW and not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
