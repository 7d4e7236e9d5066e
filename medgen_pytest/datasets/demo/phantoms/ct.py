"""CT phantoms: axial slices of abdomen and chest in Hounsfield units, seen through a window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import Phantom, to_pixels
from medgen_pytest.datasets.demo.plane import Plane, paint, soft, union
from medgen_pytest.datasets.demo.texture import bend, fractal_noise, grain_noise, smooth_noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance
    from medgen_pytest.datasets.demo.plane import Point

WIDTH, HEIGHT = 176, 144

_AIR, _LUNG, _FAT, _MUSCLE = -1000.0, -840.0, -100.0, 55.0
_LIVER, _SPLEEN, _KIDNEY, _MEDULLA, _PANCREAS = 108.0, 122.0, 175.0, 135.0, 88.0
_AORTA, _VEIN, _SPONGY, _CORTICAL = 215.0, 155.0, 190.0, 620.0

_LIVER_LESION_PLACES: tuple[Point, ...] = ((-0.72, -0.28), (-0.5, 0.08), (-0.38, -0.36))
_BODY: Point = (1.16, 0.86)


def draw_abdomen(
    chance: Chance, *, metastases: int = 0, kidneys: Sequence[str] = ("right", "left"), level: float = 0.0
) -> Phantom:
    """A contrast-enhanced slice through liver, spleen and kidneys, soft-tissue window.

    `metastases` (0 to 3) are dark round lesions of the liver; `kidneys` says which are there, by the
    patient's side; `level` (-1 to 1) moves the slice up or down the body.
    """
    plane = bend(chance, "outline", Plane.of(WIDTH, HEIGHT), grain=0.5, strength=0.03)
    hounsfield, cavity = _trunk(chance, plane)
    liver = _liver(chance, plane, cavity, level=level)
    hounsfield = _paint_liver(chance, plane, hounsfield, liver)
    regions = {"liver": liver}
    for index, place in enumerate(_LIVER_LESION_PLACES[:metastases]):
        radius = chance.number(f"metastasis {index}", 0.085, 0.115)
        lesion = plane.ellipse(place, (radius, radius * 0.9), edge=0.05)
        hounsfield = paint(hounsfield, 38.0, lesion)
        regions[f"metastasis {index + 1}"] = lesion
    hounsfield, regions["stomach"] = _paint_stomach(plane, hounsfield, cavity)
    hounsfield, regions["spleen"] = _paint_spleen(plane, hounsfield, cavity, level=level)
    for side in kidneys:
        hounsfield, regions[f"{side} kidney"] = _paint_kidney(plane, hounsfield, side=side, level=level)
    hounsfield = _paint_bowel(chance, plane, hounsfield)
    hounsfield, regions["aorta"] = _paint_vessels(plane, hounsfield, level=level)
    hounsfield = _paint_spine(plane, hounsfield)
    image = _window(_scanned(chance, hounsfield, noise=11.0), level=50.0, width=400.0)
    return Phantom(name="ct-abdomen", pixels=to_pixels(image), regions=regions)


def draw_chest(chance: Chance, *, nodule: str | None = None, nodule_radius: float = 0.07) -> Phantom:
    """A slice through heart and lungs, lung window; `nodule` is the patient's side of a nodule, if any."""
    plane = bend(chance, "outline", Plane.of(WIDTH, HEIGHT), grain=0.5, strength=0.025)
    hounsfield, _ = _trunk(chance, plane)
    sides = {"right": -1.0, "left": 1.0}
    regions = {f"{side} lung": _lung(plane, sign=sign) for side, sign in sides.items()}
    for side, sign in sides.items():
        lung = regions[f"{side} lung"]
        tissue = _LUNG + 45.0 * fractal_noise(chance, f"{side} lung", plane, grain=0.3) + 70.0 * plane.y
        hounsfield = paint(hounsfield, tissue, lung)
        hounsfield = paint(hounsfield, 10.0, lung * _bronchovascular(chance, plane, sign=sign))
        hounsfield = paint(hounsfield, -980.0, lung * plane.ellipse((sign * 0.23, 0.02), (0.035, 0.045)))
    if nodule is not None:
        place = (sides[nodule] * 0.64, 0.14)
        regions["nodule"] = plane.ellipse(place, (nodule_radius, nodule_radius * 0.9), edge=0.03)
        hounsfield = paint(hounsfield, 50.0, regions["nodule"])
    hounsfield = _paint_spine(plane, hounsfield)
    hounsfield = paint(hounsfield, 95.0, plane.ellipse((0.2, 0.25), (0.085, 0.085)))
    hounsfield = paint(hounsfield, 300.0, plane.ellipse((0.0, -0.75), (0.16, 0.035)))
    image = _window(_scanned(chance, hounsfield, noise=22.0), level=-450.0, width=1500.0)
    return Phantom(name="ct-chest", pixels=to_pixels(image), regions=regions)


def _trunk(chance: Chance, plane: Plane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Skin, fat, wall muscles with ribs and table; and the coverage of the cavity inside."""
    hounsfield = np.full(plane.shape, _AIR)
    table = plane.band(plane.y - 0.93 + 0.05 * plane.x**2, width=0.03) * soft(1.0 - np.abs(plane.x), edge=0.05)
    hounsfield = paint(hounsfield, -350.0, table)
    fat = _FAT + 12.0 * smooth_noise(chance, "fat", plane, grain=0.15)
    hounsfield = paint(hounsfield, fat, plane.ellipse((0.0, 0.0), _BODY))
    hounsfield = paint(hounsfield, 20.0, plane.ring((0.0, 0.0), (_BODY[0] - 0.01, _BODY[1] - 0.01), width=0.022))
    wall = plane.ellipse((0.0, 0.01), (1.03, 0.75))
    hounsfield = paint(hounsfield, _MUSCLE + 12.0 * smooth_noise(chance, "muscle", plane, grain=0.06), wall)
    cavity = plane.ellipse((0.0, -0.01), (0.95, 0.66))
    hounsfield = paint(hounsfield, fat, cavity)
    for angle in (-2.55, -2.1, 2.2, 2.65, -0.6, -1.04, 0.94, 0.49, 0.0, 3.14):
        place = (0.99 * math.cos(angle), 0.7 * math.sin(angle))
        tilt = math.atan2(0.7 * math.cos(angle), -0.99 * math.sin(angle))
        hounsfield = paint(hounsfield, _CORTICAL, plane.ellipse(place, (0.1, 0.035), tilt=tilt))
        hounsfield = paint(hounsfield, _SPONGY, plane.ellipse(place, (0.07, 0.015), tilt=tilt))
    return hounsfield, cavity


def _liver(chance: Chance, plane: Plane, cavity: NDArray[np.float64], *, level: float) -> NDArray[np.float64]:
    surface = bend(chance, "liver", plane, grain=0.35, strength=0.04)
    right_lobe = surface.ellipse((-0.54, -0.1), (0.42 + 0.03 * level, 0.5 + 0.04 * level))
    left_lobe = surface.ellipse((-0.16, -0.38), (0.36 + 0.05 * level, 0.2), tilt=0.12)
    return union(right_lobe, left_lobe) * cavity


def _paint_liver(
    chance: Chance, plane: Plane, hounsfield: NDArray[np.float64], liver: NDArray[np.float64]
) -> NDArray[np.float64]:
    texture = 7.0 * smooth_noise(chance, "parenchyma", plane, grain=0.05)
    hounsfield = paint(hounsfield, _LIVER + texture, liver)
    portal = union(
        plane.stroke([(-0.2, -0.02), (-0.42, -0.08), (-0.62, -0.2)], width=0.055, edge=0.04),
        plane.stroke([(-0.42, -0.08), (-0.58, 0.04), (-0.76, 0.06)], width=0.045, edge=0.04),
        plane.stroke([(-0.34, -0.05), (-0.36, -0.24), (-0.28, -0.4)], width=0.035, edge=0.04),
    )
    return paint(hounsfield, _VEIN + 10.0, portal * liver)


def _paint_stomach(
    plane: Plane, hounsfield: NDArray[np.float64], cavity: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    outer = plane.ellipse((0.46, -0.34), (0.37, 0.24), tilt=-0.25) * cavity
    inner = plane.ellipse((0.46, -0.34), (0.33, 0.2), tilt=-0.25) * cavity
    hounsfield = paint(paint(hounsfield, 75.0, outer), 18.0, inner)
    # The patient lies on the back, so gas gathers in front of a level of fluid.
    gas = inner * soft(-0.41 - Plane.of(WIDTH, HEIGHT).y, edge=0.02)
    return paint(hounsfield, -950.0, gas), outer


def _paint_spleen(
    plane: Plane, hounsfield: NDArray[np.float64], cavity: NDArray[np.float64], *, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    outer = plane.ellipse((0.78, 0.14), (0.17 + 0.02 * level, 0.34 + 0.05 * level), tilt=0.25)
    hilum = plane.ellipse((0.6, 0.1), (0.1, 0.2), tilt=0.25)
    spleen = outer * (1.0 - hilum) * cavity
    return paint(hounsfield, _SPLEEN, spleen), spleen


def _paint_kidney(
    plane: Plane, hounsfield: NDArray[np.float64], *, side: str, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Radiological display: the patient's right lies on the viewer's left.
    sign = -1.0 if side == "right" else 1.0
    centre = (sign * 0.44, 0.36)
    cover = plane.ellipse(centre, (0.17 - 0.015 * level, 0.2 - 0.02 * level), tilt=-sign * 0.4)
    hounsfield = paint(hounsfield, _KIDNEY, cover)
    for angle in (0.6, 1.5, 2.4, 3.3, 4.2):
        turn = angle if side == "right" else math.pi - angle
        pyramid = (centre[0] + 0.1 * math.cos(turn + 1.6), centre[1] + 0.12 * math.sin(turn + 1.6))
        hounsfield = paint(hounsfield, _MEDULLA, cover * plane.ellipse(pyramid, (0.04, 0.04), edge=0.04))
    sinus = plane.ellipse((centre[0] - sign * 0.07, centre[1] - 0.02), (0.09, 0.07))
    return paint(hounsfield, _FAT + 20.0, sinus), cover


def _paint_bowel(chance: Chance, plane: Plane, hounsfield: NDArray[np.float64]) -> NDArray[np.float64]:
    hounsfield = paint(hounsfield, _PANCREAS, plane.ellipse((0.2, 0.0), (0.26, 0.055), tilt=-0.3, edge=0.04))
    loops: tuple[Point, ...] = ((0.04, -0.2), (0.2, -0.13), (0.5, 0.04))
    for index, place in enumerate(loops):
        radius = chance.number(f"loop {index}", 0.07, 0.095)
        hounsfield = paint(hounsfield, 80.0, plane.ellipse(place, (radius, radius * 0.85)))
        hounsfield = paint(hounsfield, 22.0, plane.ellipse(place, (radius * 0.6, radius * 0.5), edge=0.04))
    return hounsfield


def _paint_vessels(
    plane: Plane, hounsfield: NDArray[np.float64], *, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    aorta = plane.ellipse((0.08, 0.21), (0.075, 0.075))
    hounsfield = paint(hounsfield, _VEIN, plane.ellipse((-0.13, 0.19), (0.09, 0.07)))
    hounsfield = paint(hounsfield, _AORTA, aorta)
    mesenteric = (0.06 + 0.04 * level, 0.08 - 0.05 * level)
    hounsfield = paint(hounsfield, _AORTA - 15.0, plane.ellipse(mesenteric, (0.03, 0.03)))
    return hounsfield, aorta


def _paint_spine(plane: Plane, hounsfield: NDArray[np.float64]) -> NDArray[np.float64]:
    for sign in (-1.0, 1.0):
        for centre, radii in (((sign * 0.24, 0.58), (0.2, 0.13)), ((sign * 0.21, 0.42), (0.07, 0.08))):
            hounsfield = paint(hounsfield, _MUSCLE, plane.ellipse(centre, radii))
        arch = plane.stroke([(sign * 0.09, 0.47), (sign * 0.11, 0.57), (0.0, 0.65)], width=0.05)
        transverse = plane.stroke([(sign * 0.11, 0.55), (sign * 0.25, 0.53)], width=0.04)
        hounsfield = paint(hounsfield, _CORTICAL - 150.0, union(arch, transverse))
    hounsfield = paint(hounsfield, _CORTICAL - 150.0, plane.stroke([(0.0, 0.64), (0.0, 0.76)], width=0.045))
    hounsfield = paint(hounsfield, _CORTICAL, plane.ellipse((0.0, 0.4), (0.16, 0.125)))
    hounsfield = paint(hounsfield, _SPONGY, plane.ellipse((0.0, 0.4), (0.135, 0.1)))
    return paint(hounsfield, 30.0, plane.ellipse((0.0, 0.55), (0.065, 0.05)))


def _lung(plane: Plane, *, sign: float) -> NDArray[np.float64]:
    """A lung: it reaches behind the heart, which takes more room on the left."""
    outline = plane.ellipse((sign * 0.53, -0.03), (0.41, 0.6), tilt=sign * 0.1, edge=0.03)
    heart = plane.ellipse((0.16, -0.17), (0.37, 0.3), tilt=0.5, edge=0.03)
    return outline * (1.0 - heart)


def _bronchovascular(chance: Chance, plane: Plane, *, sign: float) -> NDArray[np.float64]:
    """Vessels that fork from the hilum towards the pleura, and others cut across as dots."""
    hilum = (sign * 0.24, 0.02)
    covers = [plane.ellipse(hilum, (0.07, 0.1), edge=0.04)]
    for index in range(7):
        angle = -1.35 + index * 0.45 + chance.number(f"branch {sign} {index}", -0.15, 0.15)
        length = chance.number(f"length {sign} {index}", 0.16, 0.26)
        fork = (hilum[0] + sign * length * math.cos(angle), hilum[1] + 1.4 * length * math.sin(angle))
        covers.append(plane.stroke([hilum, fork], width=0.03, edge=0.03))
        for turn in (-0.45, 0.35):
            tip = (fork[0] + sign * 0.17 * math.cos(angle + turn), fork[1] + 0.2 * math.sin(angle + turn))
            covers.append(0.7 * plane.stroke([fork, tip], width=0.016, edge=0.03))
    across = chance.numbers(f"dots x {sign}", 26, low=0.2, high=0.95)
    down = chance.numbers(f"dots y {sign}", 26, low=-0.55, high=0.55)
    for x, y in zip(across, down, strict=True):
        radius = 0.028 - 0.02 * float(x)
        covers.append(0.7 * plane.ellipse((sign * float(x), float(y)), (radius, radius), edge=0.02))
    return union(*covers)


def _scanned(chance: Chance, hounsfield: NDArray[np.float64], *, noise: float) -> NDArray[np.float64]:
    shape = (hounsfield.shape[0], hounsfield.shape[1])
    fine = grain_noise(chance, "quantum noise", shape, sigma=0.7)
    return hounsfield + noise * fine


def _window(hounsfield: NDArray[np.float64], *, level: float, width: float) -> NDArray[np.float64]:
    return (hounsfield - level) / width + 0.5
