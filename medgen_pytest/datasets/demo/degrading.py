"""Degradations: what makes the input of a restoration record out of its clean target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import to_pixels, to_values
from medgen_pytest.datasets.demo.plane import Plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance


def with_gaussian_noise(chance: Chance, pixels: NDArray[np.uint8], *, deviation: float) -> NDArray[np.uint8]:
    """Additive noise of `deviation` grey levels; grey images stay grey, colours get noise each."""
    channels = 1 if is_grey(pixels) else 3
    noise = chance.normal("gaussian noise", (*pixels.shape[:2], channels))
    return to_pixels(to_values(pixels) + noise * (deviation / 255.0))


def with_speckle(chance: Chance, pixels: NDArray[np.uint8], *, strength: float) -> NDArray[np.uint8]:
    """Multiplicative noise: each pixel times 1 + `strength` * normal."""
    noise = chance.normal("speckle", (*pixels.shape[:2], 1))
    return to_pixels(to_values(pixels) * (1.0 + strength * noise))


def with_rings(chance: Chance, pixels: NDArray[np.uint8], *, strength: float) -> NDArray[np.uint8]:
    """Concentric rings about the middle, as miscalibrated detector channels of a CT leave them."""
    height, width = pixels.shape[:2]
    plane = Plane.of(width, height)
    radius = np.sqrt(plane.x**2 + plane.y**2) / plane.pixel / 1.5
    gains = chance.normal("detector channels", (int(radius.max()) + 2,))
    inner = np.floor(radius).astype(np.intp)
    share = radius - inner
    rings = gains[inner] * (1.0 - share) + gains[inner + 1] * share
    return to_pixels(to_values(pixels) + strength * rings[..., None])


def with_ghosts(pixels: NDArray[np.uint8], *, shift: int, share: float) -> NDArray[np.uint8]:
    """Copies displaced up and down by `shift` rows, as breathing leaves along the phase direction."""
    values = to_values(pixels)
    ghosts = np.roll(values, shift, axis=0) + np.roll(values, -shift, axis=0)
    return to_pixels((1.0 - share) * values + share * ghosts)


def with_low_contrast(pixels: NDArray[np.uint8], *, factor: float, grey: float = 0.5) -> NDArray[np.uint8]:
    """All values drawn towards one `grey` level, `factor` of the contrast left."""
    return to_pixels(grey + factor * (to_values(pixels) - grey))


def shrunk(pixels: NDArray[np.uint8], *, factor: int) -> NDArray[np.uint8]:
    """Each block of `factor` x `factor` pixels as its mean. Raises ValueError if blocks do not tile the image."""
    height, width = pixels.shape[:2]
    if height % factor or width % factor:
        raise ValueError(f"blocks of {factor} pixels do not tile an image of {width}x{height}")
    blocks = pixels.astype(np.int64).reshape(height // factor, factor, width // factor, factor, 3)
    total = blocks.sum(axis=(1, 3))
    area = factor * factor
    return np.asarray((2 * total + area) // (2 * area), dtype=np.uint8)


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """Whether the three channels are equal everywhere."""
    return bool((pixels[..., :1] == pixels).all())
