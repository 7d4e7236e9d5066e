"""Timings added up: what several requests of one answer took together."""

from __future__ import annotations

from medgen_pytest.domain.output import Timing

_DIGITS = 6


def add_timings(*parts: Timing | None) -> Timing | None:
    """The sum of what is known, None where nothing is; its first try is how long all would have taken without a second.

    Seconds are rounded to microseconds.
    """
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return Timing(
        requests=sum(part.requests for part in known),
        first_try=round(sum(part.first_try for part in known), _DIGITS),
        working=round(sum(part.working for part in known), _DIGITS),
        waiting=round(sum(part.waiting for part in known), _DIGITS),
    )
