"""X-ray phantoms: a frontal chest radiograph, projected as a sum of attenuating bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import Phantom, to_pixels
from medgen_pytest.datasets.demo.plane import Plane, paint, soft, union
from medgen_pytest.datasets.demo.texture import bend, fractal_noise, grain_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance

WIDTH, HEIGHT = 168, 184

ENLARGED = 1.5
"""A heart scale at which the heart takes more than half of the chest."""

_SIDES = {"right": -1.0, "left": 1.0}
_MARKER = ("#....", "#....", "#....", "#....", "#....", "#....", "#####")


def draw_chest(
    chance: Chance,
    *,
    effusion: str | None = None,
    nodule: str | None = None,
    nodule_radius: float = 0.075,
    heart: float = 1.0,
) -> Phantom:
    """A posteroanterior chest radiograph.

    `effusion` and `nodule` are the patient's sides of these findings; `heart` scales the heart's
    width, see .
    """
    plane = bend(chance, "posture", Plane.of(WIDTH, HEIGHT), grain=0.9, strength=0.02)
    regions: dict[str, NDArray[np.float64]] = {}
    body = _body(plane)
    density = _soft_tissue(chance, plane, body)
    for side, sign in _SIDES.items():
        cavity = _lung(plane, sign=sign)
        regions[f"{side} lung"] = cavity * (1.0 - _below_diaphragm(plane))
        density = density - 0.43 * cavity
        density = density + 0.15 * _vessels(chance, plane, sign=sign) * cavity
        if effusion == side:
            fluid = _effusion(plane, sign=sign) * cavity
            density = paint(density, 0.68, fluid)
            regions["effusion"] = fluid * regions[f"{side} lung"]
    regions["heart"] = _heart(plane, scale=heart)
    density = paint(density, 0.6 + 0.35 * (density - 0.4), regions["heart"])
    density = density + _skeleton(plane) * body
    density = paint(density, 0.74 + 0.1 * (density - 0.6), _below_diaphragm(plane))
    density = density - 0.2 * plane.ellipse((0.36, 0.84), (0.16, 0.075), edge=0.08)
    if nodule is not None:
        place = (_SIDES[nodule] * 0.5, -0.2)
        regions["nodule"] = plane.ellipse(place, (nodule_radius, nodule_radius), edge=0.05)
        density = density + 0.22 * regions["nodule"]
    image = _exposed(chance, plane, density)
    return Phantom(name="xr-chest", pixels=to_pixels(_marked(image)), regions=regions)


def _body(plane: Plane) -> NDArray[np.float64]:
    trunk = plane.ellipse((0.0, 0.5), (1.12, 1.55), edge=0.12)
    sloping = soft(plane.y + 0.9 - 0.3 * plane.x**2, edge=0.16)
    return union(trunk * sloping, plane.ellipse((0.0, -1.0), (0.3, 0.6), edge=0.12))


def _soft_tissue(chance: Chance, plane: Plane, body: NDArray[np.float64]) -> NDArray[np.float64]:
    mediastinum = plane.ellipse((0.0, 0.1), (0.15, 1.3), edge=0.12)
    trachea = plane.stroke([(0.0, -1.1), (0.0, -0.42)], width=0.1, edge=0.06)
    density = 0.56 * body + 0.1 * mediastinum - 0.11 * trachea
    return np.asarray(density + 0.012 * fractal_noise(chance, "tissue", plane, grain=0.3))


def _lung(plane: Plane, *, sign: float) -> NDArray[np.float64]:
    """The chest cavity beside the mediastinum; the diaphragm is laid over it later."""
    body = plane.ellipse((sign * 0.46, 0.02), (0.36, 0.8), tilt=sign * 0.1, edge=0.06)
    base = plane.ellipse((sign * 0.54, 0.3), (0.33, 0.55), edge=0.06)
    return union(body, base)


def _below_diaphragm(plane: Plane) -> NDArray[np.float64]:
    """Two domes, the right one higher, with sharp angles at the chest wall."""
    right = 0.56 + 0.9 * (plane.x + 0.42) ** 2
    left = 0.63 + 0.9 * (plane.x - 0.45) ** 2
    share = soft(plane.x, edge=0.2)
    return soft(plane.y - (right * (1.0 - share) + left * share), edge=0.04)


def _heart(plane: Plane, *, scale: float) -> NDArray[np.float64]:
    left = plane.ellipse((0.05 + 0.14 * scale, 0.4), (0.36 * scale, 0.26), tilt=0.62, edge=0.07)
    right = plane.ellipse((-0.06, 0.34), (0.15 * scale, 0.26), edge=0.07)
    vessels = plane.ellipse((0.05, 0.0), (0.12, 0.36), tilt=-0.12, edge=0.07)
    knob = plane.ellipse((0.12, -0.3), (0.085, 0.09), edge=0.05)
    return union(left, right, vessels, knob)


def _effusion(plane: Plane, *, sign: float) -> NDArray[np.float64]:
    """Fluid whose upper border climbs towards the chest wall."""
    meniscus = 0.4 - 1.6 * np.maximum(sign * plane.x - 0.45, 0.0) ** 2
    return soft(plane.y - meniscus, edge=0.1)


def _skeleton(plane: Plane) -> NDArray[np.float64]:
    bones = 0.07 * plane.band(plane.x, width=0.16, edge=0.04) * soft(plane.y + 1.05, edge=0.1)
    for level in range(11):
        bones = bones + 0.035 * plane.ellipse((0.0, -0.92 + 0.185 * level), (0.085, 0.014), edge=0.03)
    inside = plane.ellipse((0.0, 0.1), (0.88, 1.02), edge=0.06)
    for sign in _SIDES.values():
        across = sign * plane.x
        for level in range(8):
            top = -0.78 + 0.17 * level
            posterior = plane.y - (top + 0.55 * (across - 0.1) ** 2 - 0.12 * (across - 0.1))
            bones = bones + 0.12 * _rib(plane, posterior) * inside * soft(across - 0.08, edge=0.04)
        for level in range(6):
            anterior = plane.y - (-0.42 + 0.19 * level + 0.42 * (0.85 - across))
            shown = soft(across - 0.42, edge=0.12) * inside
            bones = bones + 0.06 * _rib(plane, anterior) * shown
        clavicle = plane.stroke([(sign * 0.1, -0.68), (sign * 0.4, -0.74), (sign * 0.88, -0.86)], width=0.075)
        blade = plane.stroke([(sign * 0.86, -0.7), (sign * 0.72, -0.3), (sign * 0.8, 0.02)], width=0.05, edge=0.05)
        bones = bones + 0.17 * clavicle + 0.05 * blade
    return np.asarray(bones)


def _rib(plane: Plane, offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """A rib is a tube: its borders attenuate more than its middle."""
    return np.asarray(plane.band(offset, width=0.07, edge=0.02) - 0.45 * plane.band(offset, width=0.035, edge=0.03))


def _vessels(chance: Chance, plane: Plane, *, sign: float) -> NDArray[np.float64]:
    """Vessels that fan out from the hilum, thinning towards the periphery."""
    covers = [plane.ellipse((sign * 0.17, 0.04), (0.09, 0.16), edge=0.1)]
    for index in range(10):
        slope = -1.6 + 0.36 * index + chance.number(f"vessel {sign} {index}", -0.1, 0.1)
        length = chance.number(f"length {sign} {index}", 0.35, 0.55)
        middle = (sign * (0.14 + 0.22), 0.04 + 0.2 * slope)
        end = (sign * (0.14 + length), 0.04 + length * slope * 0.8)
        covers.append(0.7 * plane.stroke([(sign * 0.14, 0.04), middle], width=0.04, edge=0.04))
        covers.append(0.45 * plane.stroke([middle, end], width=0.02, edge=0.03))
    return union(*covers)


def _exposed(chance: Chance, plane: Plane, density: NDArray[np.float64]) -> NDArray[np.float64]:
    uneven = 1.0 + 0.05 * plane.y
    noise = 0.011 * grain_noise(chance, "mottle", plane.shape, sigma=0.7)
    return np.asarray(0.05 + 1.0 * np.clip(density, 0.0, 1.2) ** 1.1 * uneven + noise)


def _marked(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """The lead letter L at the patient's left, drawn from a dot pattern so that no font is needed."""
    image = image.copy()
    for row, dots in enumerate(_MARKER):
        for column, dot in enumerate(dots):
            if dot == "#":
                top, left = 6 + 2 * row, WIDTH - 18 + 2 * column
                image[top : top + 2, left : left + 2] = 1.0
    return image
