"""Chance: pseudo-random numbers that depend on a name and a label alone, the same on every platform."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRACTION_BITS = 11
_UNIT = 2.0**-53
_QUARTER = 0xFFFF
# Standard deviation of the sum of four independent integers, each uniform on 0..65535.
_QUARTERS_DEVIATION = math.sqrt(4 * (65536.0**2 - 1) / 12)


@dataclass(frozen=True, slots=True)
class Chance:
    """Numbers drawn for one subject; each label has a stream of its own, so no draw shifts another.

    Only the raw words of PCG64 are used: numpy keeps those stable for ever, but reserves the right
    to change how its `Generator` turns them into distributions.
    """

    name: str

    @property
    def seed(self) -> int:
        """The number that stands for the name in the provenance of a record."""
        return _hash32(self.name)

    def numbers(self, label: str, count: int, *, low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
        """`count` numbers, uniform on [low, high)."""
        unit = (self._words(label, count) >> np.uint64(_FRACTION_BITS)).astype(np.float64) * _UNIT
        return low + (high - low) * unit

    def number(self, label: str, low: float, high: float) -> float:
        """One number, uniform on [low, high)."""
        return float(self.numbers(label, 1, low=low, high=high)[0])

    def normal(self, label: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Nearly normal numbers (mean 0, deviation 1, never beyond 3.5), exact sums of integers."""
        words = self._words(label, math.prod(shape))
        total = np.zeros(words.shape, dtype=np.uint64)
        for shift in (0, 16, 32, 48):
            total += (words >> np.uint64(shift)) & np.uint64(_QUARTER)
        centred = total.astype(np.float64) - 2.0 * _QUARTER
        return (centred / _QUARTERS_DEVIATION).reshape(shape)

    def _words(self, label: str, count: int) -> NDArray[np.uint64]:
        generator = np.random.PCG64(_hash32(f"{self.name}/{label}"))
        return np.asarray(generator.random_raw(count), dtype=np.uint64)


def _hash32(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:4], "big")
