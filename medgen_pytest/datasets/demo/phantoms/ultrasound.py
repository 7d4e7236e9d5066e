"""Ultrasound phantoms: sector scans with speckle, attenuation, shadows and enhancement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import Phantom, to_pixels
from medgen_pytest.datasets.demo.plane import Plane, paint, rounded, soft, union
from medgen_pytest.datasets.demo.texture import bend, blur, sample, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance
    from medgen_pytest.datasets.demo.plane import Point

WIDTH, HEIGHT = 176, 152

_APEX = (0.0, -1.3)
_NEAR, _FAR = 0.36, 2.2
_HALF_ANGLE = 0.66
_BEAMS, _DEPTHS = 104, 190

_HEPATIC_VEINS: tuple[tuple[Point, ...], ...] = (
    ((-0.82, 0.2), (-0.5, -0.02), (-0.2, -0.12), (0.02, -0.4), (0.06, -0.52)),
    ((0.74, 0.3), (0.52, 0.06), (0.42, -0.16), (0.26, -0.38)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Echogenicity, and the factor by which sound through each place was weakened or spared."""

    echo: NDArray[np.float64]
    passage: NDArray[np.float64]
    regions: dict[str, NDArray[np.float64]]


def draw_liver(chance: Chance, *, cyst: bool = False, cyst_radius: float = 0.24) -> Phantom:
    """Liver with hepatic veins and the diaphragm; with `cyst`, a simple cyst with enhancement behind it."""
    plane = Plane.of(WIDTH, HEIGHT)
    echo = _parenchyma(chance, plane)
    for index, course in enumerate(_HEPATIC_VEINS):
        points = rounded(course)
        vessel = plane.stroke(points, width=0.09 - 0.02 * index, edge=0.03)
        wall = plane.stroke(points, width=0.13 - 0.02 * index, edge=0.04)
        echo = paint(paint(echo, 0.6, wall * 0.5), 0.025, vessel)
    echo = _paint_diaphragm(chance, plane, echo)
    passage = np.ones(plane.shape)
    regions: dict[str, NDArray[np.float64]] = {}
    if cyst:
        centre = (0.02, 0.08)
        regions["cyst"] = plane.ellipse(centre, (cyst_radius, cyst_radius * 0.88))
        echo = paint(echo, 0.8, plane.ring(centre, (cyst_radius, cyst_radius * 0.88), width=0.03))
        echo = paint(echo, 0.006, plane.ellipse(centre, (cyst_radius - 0.02, cyst_radius * 0.88 - 0.02)))
        passage = paint(passage, 2.6, _behind(plane, centre, cyst_radius * 0.85))
    return _scan(chance, plane, _Scene(echo=echo, passage=passage, regions=regions), name="us-liver")


def draw_gallbladder(chance: Chance, *, stones: int = 0) -> Phantom:
    """Gallbladder below the liver; `stones` (0 to 2) are bright, each with a clean shadow behind it."""
    plane = Plane.of(WIDTH, HEIGHT)
    echo = _parenchyma(chance, plane)
    body = ((0.02, 0.05), (0.52, 0.2))
    neck = ((-0.42, -0.04), (0.22, 0.11))
    wall = union(plane.ellipse(*body, tilt=0.12), plane.ellipse(*neck, tilt=0.12))
    lumen = union(
        plane.ellipse(body[0], (body[1][0] - 0.035, body[1][1] - 0.035), tilt=0.12),
        plane.ellipse(neck[0], (neck[1][0] - 0.035, neck[1][1] - 0.035), tilt=0.12),
    )
    echo = paint(paint(echo, 0.95, wall), 0.006, lumen)
    echo = _paint_diaphragm(chance, plane, echo)
    passage = paint(np.ones(plane.shape), 2.0, _behind(plane, body[0], 0.4))
    regions = {"gallbladder": wall}
    for index, centre in enumerate(((0.12, 0.17), (-0.22, 0.12))[:stones]):
        stone = plane.ellipse(centre, (0.1, 0.06))
        echo = paint(echo, 5.0, stone)
        passage = paint(passage, 0.012, _behind(plane, (centre[0], centre[1] - 0.02), 0.09))
        regions[f"stone {index + 1}"] = stone
    return _scan(chance, plane, _Scene(echo=echo, passage=passage, regions=regions), name="us-gallbladder")


def draw_kidney(chance: Chance) -> Phantom:
    """Longitudinal kidney: darker cortex and pyramids around the bright central sinus, below the liver."""
    plane = Plane.of(WIDTH, HEIGHT)
    echo = _parenchyma(chance, plane)
    outline = bend(chance, "kidney", plane, grain=0.4, strength=0.03)
    centre, tilt = (0.05, 0.12), 0.18
    kidney = outline.ellipse(centre, (0.62, 0.34), tilt=tilt)
    echo = paint(echo, 1.6, outline.ring(centre, (0.63, 0.35), width=0.035, tilt=tilt))
    echo = paint(echo, 0.17, kidney)
    for offset in (-0.36, -0.18, 0.0, 0.18, 0.36):
        for side in (-0.19, 0.19):
            place = (centre[0] + offset - side * 0.18, centre[1] + side + offset * 0.18)
            echo = paint(echo, 0.06, 0.8 * plane.ellipse(place, (0.07, 0.06), edge=0.05))
    sinus = outline.ellipse(centre, (0.36, 0.11), tilt=tilt, edge=0.1)
    echo = paint(echo, 1.1, sinus)
    scene = _Scene(echo=echo, passage=np.ones(plane.shape), regions={"kidney": kidney, "sinus": sinus})
    return _scan(chance, plane, scene, name="us-kidney")


def _parenchyma(chance: Chance, plane: Plane) -> NDArray[np.float64]:
    echo = 0.3 + 0.07 * smooth_noise(chance, "parenchyma", plane, grain=0.25)
    radius = np.sqrt((plane.x - _APEX[0]) ** 2 + (plane.y - _APEX[1]) ** 2)
    layers = 0.6 + 0.5 * np.sin(radius * 60.0 + smooth_noise(chance, "fascia", plane, grain=0.4))
    return paint(echo, 0.4 + 0.7 * layers, soft(_NEAR + 0.2 - radius, edge=0.06))


def _paint_diaphragm(chance: Chance, plane: Plane, echo: NDArray[np.float64]) -> NDArray[np.float64]:
    """The bright curved interface where the beam meets it squarely; beyond it only weak mirror echoes."""
    bent = bend(chance, "diaphragm", plane, grain=0.5, strength=0.03)
    depth = bent.depth((-0.25, -0.5), (1.5, 1.22), tilt=0.18)
    echo = paint(echo, 0.1, soft(-depth, edge=0.05))
    square = np.exp(-(((plane.x + 0.1) / 0.55) ** 2))
    return paint(echo, 0.5 + 2.4 * square, plane.band(depth, width=0.035, edge=0.03))


def _behind(plane: Plane, centre: tuple[float, float], half_width: float) -> NDArray[np.float64]:
    """Coverage of what the beams reach only after passing a body of this half width."""
    radius, angle = _polar(plane)
    reach = math.hypot(centre[0] - _APEX[0], centre[1] - _APEX[1])
    heading = math.atan2(centre[0] - _APEX[0], centre[1] - _APEX[1])
    beam = soft(half_width / reach - np.abs(angle - heading), edge=0.03)
    return np.asarray(beam * soft(radius - reach, edge=half_width))


def _polar(plane: Plane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    dx, dy = plane.x - _APEX[0], plane.y - _APEX[1]
    return np.sqrt(dx**2 + dy**2), np.arctan2(dx, dy)


def _scan(chance: Chance, plane: Plane, scene: _Scene, *, name: str) -> Phantom:
    radius, angle = _polar(plane)
    share = (radius - _NEAR) / (_FAR - _NEAR)
    rows = share * (_DEPTHS - 1)
    columns = (angle / _HALF_ANGLE + 1.0) / 2.0 * (_BEAMS - 1)
    speckle = sample(_speckle(chance), rows, columns)
    focus = np.exp(-((share - 0.4) ** 2) / 0.22)
    amplitude = scene.echo * scene.passage * speckle * (0.12 + 0.88 * focus)
    decibel = 20.0 * np.log10(amplitude + 1e-3)
    sector = soft(_HALF_ANGLE - np.abs(angle), edge=0.02) * soft(share, edge=0.02) * soft(1.0 - share, edge=0.02)
    image = np.clip((decibel + 33.0) / 46.0, 0.0, 1.0) * sector
    image = _paint_scales(plane, image)
    return Phantom(name=name, pixels=to_pixels(image), regions=scene.regions)


def _speckle(chance: Chance) -> NDArray[np.float64]:
    """Magnitude of summed random echoes on (depth, beam); the beam is wider than the pulse is long."""
    parts = [blur(chance.normal(part, (_DEPTHS, _BEAMS)), sigma=1.0) for part in ("in phase", "quadrature")]
    return np.asarray(np.sqrt(parts[0] ** 2 + parts[1] ** 2) * 2.4)


def _paint_scales(plane: Plane, image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depth marks at the right border and the grey bar at the left one."""
    height, width = plane.shape
    image = image.copy()
    image[8 : height - 8 : 16, width - 6 : width - 2] = 0.8
    bar = np.arange(60, dtype=np.float64)[::-1] / 59.0
    image[8:68, 3:8] = bar[:, None]
    return image
