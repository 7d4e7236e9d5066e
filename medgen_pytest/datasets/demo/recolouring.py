"""Recolouring: grey values as the colours of a named colour map, grey values along a gamma curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import to_pixels, to_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def jet(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blue through cyan, yellow and red: each channel a trapezium over the grey values."""
    grey = _grey(pixels)
    return to_pixels(np.stack([1.5 - np.abs(4.0 * grey - peak) for peak in (3.0, 2.0, 1.0)], axis=-1))


def hot(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Black through red and yellow to white: the channels rise one after the other."""
    return to_pixels(_hot(_grey(pixels)))


def bone(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey with a blue tinge: seven parts of grey, one of `hot` with red and blue exchanged."""
    grey = _grey(pixels)
    return to_pixels((7.0 * grey[..., None] + _hot(grey)[..., ::-1]) / 8.0)


COLOUR_MAPS: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {"jet": jet, "hot": hot, "bone": bone}
"""Colour maps by the name under which instructions ask for them."""


def with_gamma(pixels: NDArray[np.uint8], *, gamma: float) -> NDArray[np.uint8]:
    """Values in [0, 1] raised to the power `gamma`: below 1 it brightens; black and white stay."""
    return to_pixels(to_values(pixels) ** gamma)


def inverted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Black for white and white for black."""
    return np.asarray(255 - pixels, dtype=np.uint8)


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    return to_values(pixels)[..., 0]


def _hot(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    third = 3.0 / 8.0
    channels = [grey / third, (grey - third) / third, (grey - 2.0 * third) / (1.0 - 2.0 * third)]
    return np.clip(np.stack(channels, axis=-1), 0.0, 1.0)
