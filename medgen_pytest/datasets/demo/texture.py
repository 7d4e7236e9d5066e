"""Textures: smooth noise, blur and sampling, all of plain sums so that every platform draws the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance
    from medgen_pytest.datasets.demo.plane import Plane

_KERNEL_DIGITS = 12


def smooth_noise(chance: Chance, label: str, plane: Plane, *, grain: float) -> NDArray[np.float64]:
    """Noise about within [-1, 1] whose bumps are `grain` wide (plane units), by cubic B-splines on a lattice."""
    rows, row_weights = _spline(plane.shape[0], step=plane.pixel / grain)
    columns, column_weights = _spline(plane.shape[1], step=plane.pixel / grain)
    height, width = int(rows.max()) + 4, int(columns.max()) + 4
    lattice = chance.numbers(label, height * width, low=-1.0, high=1.0).reshape(height, width)
    strips = sum((row_weights[k][:, None] * lattice[rows + k, :] for k in range(4)), np.zeros((rows.size, width)))
    field = sum((column_weights[k] * strips[:, columns + k] for k in range(4)), np.zeros(plane.shape))
    # The spline averages neighbours; this brings the spread back to about that of the lattice.
    return np.asarray(1.8 * field)


def fractal_noise(chance: Chance, label: str, plane: Plane, *, grain: float, octaves: int = 4) -> NDArray[np.float64]:
    """Smooth noise of several sizes, each half as wide and half as strong as the one before."""
    total = np.zeros(plane.shape)
    for octave in range(octaves):
        noise = smooth_noise(chance, f"{label}:{octave}", plane, grain=grain / 2**octave)
        total += noise / 2**octave
    return total / (2.0 - 2.0 ** (1 - octaves))


def bend(chance: Chance, label: str, plane: Plane, *, grain: float, strength: float) -> Plane:
    """The plane with its coordinates displaced by smooth noise of at most about `strength`."""
    dx = smooth_noise(chance, f"{label}:x", plane, grain=grain)
    dy = smooth_noise(chance, f"{label}:y", plane, grain=grain)
    return plane.bent(strength * dx, strength * dy)


def blur(image: NDArray[np.float64], *, sigma: float) -> NDArray[np.float64]:
    """Gaussian blur of (H, W) or (H, W, C) by `sigma` pixels, borders repeated."""
    return _blur_axis(_blur_axis(image, sigma=sigma, axis=0), sigma=sigma, axis=1)


def grain_noise(chance: Chance, label: str, shape: tuple[int, int], *, sigma: float) -> NDArray[np.float64]:
    """Normal noise of deviation 1 whose grains are about `sigma` pixels wide."""
    noise = blur(chance.normal(label, shape), sigma=sigma)
    # A Gaussian of this width keeps 1 / (2 sqrt(pi) sigma) of the deviation of white noise.
    return np.asarray(noise * (2.0 * math.sqrt(math.pi) * sigma))


def sample(image: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """`image` (H, W) or (H, W, C) read between its pixels, bilinear; positions outside read the border."""
    height, width = image.shape[:2]
    top = np.clip(np.floor(rows), 0, height - 2).astype(np.intp)
    left = np.clip(np.floor(columns), 0, width - 2).astype(np.intp)
    down, right = np.clip(rows - top, 0.0, 1.0), np.clip(columns - left, 0.0, 1.0)
    if image.ndim == 3:  # noqa: PLR2004 - a third axis holds the colours
        down, right = down[..., None], right[..., None]
    upper = image[top, left] * (1.0 - right) + image[top, left + 1] * right
    lower = image[top + 1, left] * (1.0 - right) + image[top + 1, left + 1] * right
    return np.asarray(upper * (1.0 - down) + lower * down)


def _blur_axis(image: NDArray[np.float64], *, sigma: float, axis: int) -> NDArray[np.float64]:
    radius = math.ceil(3 * sigma)
    kernel = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(-radius, radius + 1)]
    total = sum(kernel)
    padding = [(radius, radius) if k == axis else (0, 0) for k in range(image.ndim)]
    padded = np.pad(image, padding, mode="edge")
    length = image.shape[axis]
    blurred = np.zeros(image.shape)
    for shift, weight in enumerate(kernel):
        window = padded[shift : shift + length] if axis == 0 else padded[:, shift : shift + length]
        blurred += round(weight / total, _KERNEL_DIGITS) * window
    return blurred


def _spline(size: int, *, step: float) -> tuple[NDArray[np.intp], tuple[NDArray[np.float64], ...]]:
    position = np.arange(size, dtype=np.float64) * step
    cell = np.floor(position)
    t = position - cell
    weights = (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )
    return cell.astype(np.intp), weights
