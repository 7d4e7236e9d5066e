"""Chance that is none: numbers that depend on a seed and a text alone, whatever the order of requests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")
_BITS = 64


def unit(*parts: object) -> float:
    """A number in [0, 1) that the parts decide.

    >>> unit(0, "a") == unit(0, "a"), unit(0, "a") == unit(1, "a")
    (True, False)
    """
    text = "\x1f".join(str(part) for part in parts)
    digest = hashlib.blake2b(text.encode("utf-8", errors="surrogatepass"), digest_size=_BITS // 8).digest()
    # The quotient of numbers near 2**64 rounds up to 1; 53 bits are what a float holds.
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def pick(choices: Sequence[_T], *parts: object) -> _T:
    """One of the choices, which the parts decide."""
    return choices[int(unit(*parts) * len(choices))]
