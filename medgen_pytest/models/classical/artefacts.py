"""Artefacts: rings, and the ghosts and smears that motion leaves along one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from medgen_pytest.models.classical.levels import to_levels
from medgen_pytest.models.classical.noise import remove_noise
from medgen_pytest.models.classical.wording import says

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORTEST_GHOST = 3
_LONGEST_GHOST = 48
_ECHO_PROMINENCE = 0.08
_SMEAR_DROP = 0.03
_SMEAR_WEIGHT = 0.5
_REGULARISATION = 0.01


class _Motion(NamedTuple):
    """What motion did along a row: a copy at a distance, or a smear of a length, and its share of the light."""

    kind: str
    pixels: int
    weight: float


def remove_artefact(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image without the artefact that the instruction names; unchanged when it names none we know."""
    if says(instruction, "ring", "concentric"):
        return remove_rings(pixels)
    if says(instruction, "motion", "ghost", "doubl", "blur", "smear"):
        return remove_motion(pixels, vertical=says(instruction, "vertical"))
    if says(instruction, "nois", "grain", "speckl", "salt"):
        return remove_noise(pixels, instruction)
    return pixels


def remove_rings(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Concentric rings about the centre removed.

    A ring has one value all around, anatomy has not: the median over all angles of what deviates from
    its neighbours in radius is the rings alone, and is subtracted.
    """
    height, width = pixels.shape[:2]
    y, x = np.indices((height, width), dtype=np.float32)
    radius = np.hypot(x - np.float32(width / 2), y - np.float32(height / 2))
    rings = np.stack([_ring_profile(pixels[..., channel]) for channel in range(3)], axis=1)
    index = np.arange(len(rings))
    layers = [np.interp(radius, index, rings[:, channel]) for channel in range(3)]
    clean = pixels - np.stack(layers, axis=2)
    # Black that a dark ring clipped stays black: how far it was lowered is lost.
    clean = np.where((pixels == 0) & (clean > 0), 0, clean)
    return to_levels(clean)


def _ring_profile(plane: NDArray[np.uint8]) -> NDArray[np.floating]:
    """The value of the rings at each whole radius."""
    height, width = plane.shape
    reach = int(np.hypot(height, width) / 2) + 2
    angles = int(np.clip(2 * np.pi * reach, 64, 1024))
    center = (width / 2, height / 2)
    # Without WARP_FILL_OUTLIERS, what lies outside the image is whatever the memory held.
    flags = cv2.INTER_LINEAR | cv2.WARP_FILL_OUTLIERS
    polar = cv2.warpPolar(plane, (reach, angles), center, reach, flags)
    seen = cv2.warpPolar(np.full_like(plane, 255), (reach, angles), center, reach, flags)
    values = np.asarray(polar, dtype=np.float32)
    window = max(9, reach // 8) | 1
    inside = (np.asarray(seen) == 255).astype(np.float32)  # noqa: PLR2004 - white marks the image
    smooth = _radial_blur(values * inside, window) / np.maximum(_radial_blur(inside, window), 1e-6)
    # Clipped pixels say nothing about how far a ring moved them.
    usable = (inside > 0) & (values > 1) & (values < 254)  # noqa: PLR2004 - black and white of 8 bits
    deviation = np.where(usable, values - smooth, np.nan)
    enough = usable.sum(axis=0) > angles // 64
    profile = np.zeros(reach)
    profile[enough] = np.nanmedian(deviation[:, enough], axis=0)
    return profile


def _radial_blur(polar: NDArray[np.floating], window: int) -> NDArray[np.floating]:
    return np.asarray(cv2.GaussianBlur(polar, (0, 0), sigmaX=window / 2, sigmaY=0.01), dtype=np.float32)


def remove_motion(pixels: NDArray[np.uint8], *, vertical: bool = False) -> NDArray[np.uint8]:
    """The image without the ghost or the smear along its rows (or columns).

    What motion did is read from the autocorrelation of the edges and undone by a Wiener filter. An
    image in which it cannot be seen stays as it is.
    """
    image = np.swapaxes(pixels, 0, 1) if vertical else pixels
    motion = _find_motion(image.mean(axis=2))
    if motion is None:
        return pixels
    clean = _sharpest([_undo(image, kernel) for kernel in _kernels(motion, image.shape[1])])
    return np.ascontiguousarray(np.swapaxes(clean, 0, 1) if vertical else clean)


def _find_motion(plane: NDArray[np.floating]) -> _Motion | None:
    along, across = _edge_autocorrelation(plane), _edge_autocorrelation(plane.T)
    reach = min(len(along), len(across), _LONGEST_GHOST)
    if reach <= 2 * _SHORTEST_GHOST:
        return None
    lags = range(_SHORTEST_GHOST, reach - 2)
    excess = along[:reach] - across[:reach]
    peaks = {lag: excess[lag] - max(excess[lag - 2], excess[lag + 2]) for lag in lags}
    echo = max(peaks, key=lambda lag: peaks[lag])
    if peaks[echo] > _ECHO_PROMINENCE:
        return _Motion("echo", echo, _echo_weight(float(along[echo])))
    drops = {
        lag: excess[1 : lag + 1].mean() - excess[lag + 1 : lag + 1 + lag].mean() for lag in lags if 2 * lag < reach
    }
    smear = max(drops, key=lambda lag: drops[lag], default=0)
    if smear and drops[smear] > _SMEAR_DROP:
        return _Motion("smear", smear, _SMEAR_WEIGHT)
    return None


def _edge_autocorrelation(plane: NDArray[np.floating]) -> NDArray[np.floating]:
    """Autocorrelation of the horizontal derivative, over all rows, 1 at lag 0."""
    edges = np.diff(plane, axis=1)
    count = edges.shape[1]
    if count < 1:
        return np.zeros(1)
    power = (np.abs(np.fft.rfft(edges, n=2 * count, axis=1)) ** 2).sum(axis=0)
    correlation: NDArray[np.floating] = np.fft.irfft(power)[:count]
    return correlation / correlation[0] if correlation[0] > 0 else np.zeros(count)


def _echo_weight(peak: float) -> float:
    """The share w of a copy whose autocorrelation peak is w(1-w) / (w² + (1-w)²)."""
    peak = float(np.clip(peak, 0.0, 0.49))
    root = np.sqrt(max(0.0, 1 - 4 * peak / (1 + 2 * peak)))
    return float((1 - root) / 2)


def _kernels(motion: _Motion, width: int) -> list[NDArray[np.floating]]:
    """The kernels that motion may have: autocorrelation tells the distance but not the side.

    An echo lies on either side. A smear has the sharp image in its middle, or where the motion came to
    rest, at either end. Negative positions count from the end, as in a discrete Fourier transform.
    """
    length = width + 2 * _padding(motion, width)
    half = motion.pixels // 2
    rests = (motion.pixels, -motion.pixels) if motion.kind == "echo" else (0, half, -half)
    kernels: list[NDArray[np.floating]] = []
    for rest in rests:
        kernel: NDArray[np.floating] = np.zeros(length)
        if motion.kind == "echo":
            kernel[0] = 1 - motion.weight
            kernel[rest] += motion.weight
        else:
            kernel[np.arange(-half, half + 1)] = motion.weight / (2 * half + 1)
            kernel[rest] += 1 - motion.weight
        kernels.append(kernel)
    return kernels


def _padding(motion: _Motion, width: int) -> int:
    return min(4 * motion.pixels, width - 1)


def _undo(pixels: NDArray[np.uint8], kernel: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Wiener filter along the rows, reflected at both ends so that nothing wraps around."""
    width = pixels.shape[1]
    pad = (len(kernel) - width) // 2
    padded = np.pad(pixels.astype(np.float32), ((0, 0), (pad, pad), (0, 0)), mode="reflect")
    response = np.fft.rfft(kernel)[np.newaxis, :, np.newaxis]
    inverse = np.conj(response) * (1 + _REGULARISATION) / (np.abs(response) ** 2 + _REGULARISATION)
    clean = np.fft.irfft(np.fft.rfft(padded, axis=1) * inverse, n=len(kernel), axis=1)
    return to_levels(clean[:, pad : pad + width])


def _sharpest(candidates: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The candidate with the fewest edges for their strength: a ghost undone to the wrong side adds edges."""
    return min(candidates, key=_edge_spread)


def _edge_spread(pixels: NDArray[np.uint8]) -> float:
    edges = np.abs(np.diff(pixels.astype(np.float32), axis=1))
    return float(edges.sum() / np.sqrt((edges**2).sum() + 1))
