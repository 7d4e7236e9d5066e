"""Phantoms: a drawn image together with where its structures lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_COVERED = 0.5
_TIE_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of pixels; all four borders belong to it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def words(self) -> str:
        """The box as instructions name it."""
        return f"columns {self.left} to {self.right} and rows {self.top} to {self.bottom}"

    @property
    def window(self) -> tuple[slice, slice]:
        """The box as an index of rows and columns."""
        return slice(self.top, self.bottom + 1), slice(self.left, self.right + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phantom:
    """A drawn image, uint8 (H, W, 3), and the coverage of each structure that records speak about."""

    name: str
    pixels: NDArray[np.uint8]
    regions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def mask(self, region: str) -> NDArray[np.bool_]:
        """The pixels that belong to a region for the greater part."""
        return self.regions[region] >= _COVERED

    def box(self, region: str) -> Box:
        """The smallest box around a region."""
        return _around(self.mask(region))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]


def changed_box(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Box:
    """The smallest box around the pixels in which two images of one size differ."""
    return _around((before != after).any(axis=2))


def _around(covered: NDArray[np.bool_]) -> Box:
    rows, columns = np.nonzero(covered)
    return Box(left=int(columns.min()), top=int(rows.min()), right=int(columns.max()), bottom=int(rows.max()))


def to_pixels(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Values in [0, 1], grey (H, W) or RGB (H, W, 3), as uint8 (H, W, 3); what lies outside is clipped."""
    # Rounded twice, so that a value that is exactly between two levels does not fall by its last bit.
    levels = np.rint(np.round(np.clip(image, 0.0, 1.0) * 255.0, _TIE_DIGITS)).astype(np.uint8)
    return np.stack([levels] * 3, axis=-1) if levels.ndim == 2 else levels  # noqa: PLR2004 - two axes are grey


def to_values(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Pixels as values in [0, 1]."""
    return np.asarray(pixels, dtype=np.float64) / 255.0
