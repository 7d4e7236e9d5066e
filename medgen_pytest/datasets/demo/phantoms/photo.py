"""Clinical photographs: skin with creases, hairs and lesions under a camera's uneven light."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import Phantom, to_pixels
from medgen_pytest.datasets.demo.plane import Plane, rounded, soft, union
from medgen_pytest.datasets.demo.texture import bend, fractal_noise, grain_noise, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance
    from medgen_pytest.datasets.demo.plane import Point

    Colour = tuple[float, float, float]

WIDTH, HEIGHT = 184, 160

FAIR: Colour = (0.86, 0.68, 0.58)
OLIVE: Colour = (0.74, 0.55, 0.43)
DEEP: Colour = (0.47, 0.32, 0.25)

_PAPULES: tuple[Point, ...] = ((-0.55, -0.35), (0.35, -0.45), (0.05, 0.12), (0.6, 0.38), (-0.48, 0.45))


def draw_naevus(
    chance: Chance, *, radius: float = 0.42, hairs: int = 0, skin: Colour = FAIR, irregular: float = 1.0
) -> Phantom:
    """A pigmented lesion; `irregular` bends its border and mixes its colours, `hairs` lie across it."""
    plane = Plane.of(WIDTH, HEIGHT)
    image = _skin(chance, plane, skin)
    notched = bend(chance, "notches", plane, grain=0.13, strength=0.035 * irregular)
    bent = bend(chance, "border", notched, grain=0.3, strength=0.09 * irregular)
    lesion = bent.ellipse((-0.02, 0.02), (radius, radius * 0.82), tilt=0.4, edge=0.07)
    image = _tinted(image, (0.62, 0.42, 0.33), 0.8 * lesion)
    core = bent.ellipse((-0.05 + 0.08 * irregular, 0.0), (radius * 0.66, radius * 0.52), tilt=0.9, edge=0.16)
    image = _tinted(image, (0.42, 0.36, 0.36), 0.85 * core)
    patches = soft(fractal_noise(chance, "patches", plane, grain=0.2) - 0.12, edge=0.3) * lesion
    image = _tinted(image, (0.5, 0.44, 0.5), 0.75 * irregular * patches)
    network = np.abs(smooth_noise(chance, "network", plane, grain=0.035))
    image = _tinted(image, (0.82, 0.77, 0.74), lesion * soft(0.25 - network, edge=0.5))
    image = _with_hairs(chance, plane, image, count=hairs)
    pixels = to_pixels(_photographed(chance, plane, image))
    return Phantom(name="photo-naevus", pixels=pixels, regions={"lesion": lesion})


def draw_papules(chance: Chance, *, count: int, skin: Colour = OLIVE) -> Phantom:
    """`count` (0 to 5) separate raised red papules on healthy skin, lit from the upper left."""
    plane = Plane.of(WIDTH, HEIGHT)
    image = _skin(chance, plane, skin)
    bent = bend(chance, "border", plane, grain=0.2, strength=0.025)
    regions = {}
    for index, place in enumerate(_PAPULES[:count]):
        radius = chance.number(f"papule {index}", 0.11, 0.15)
        halo = bent.ellipse(place, (radius * 1.5, radius * 1.4), edge=0.16)
        papule = bent.ellipse(place, (radius, radius * 0.92), edge=0.05)
        image = _tinted(image, (1.0, 0.82, 0.8), 0.6 * halo)
        image = _tinted(image, (0.92, 0.6, 0.58), 0.8 * papule)
        gleam = plane.ellipse(
            (place[0] - 0.35 * radius, place[1] - 0.4 * radius), (radius * 0.35, radius * 0.3), edge=0.07
        )
        shade = bent.ellipse((place[0] + 0.4 * radius, place[1] + 0.45 * radius), (radius, radius), edge=0.12)
        image = _tinted(image, (0.82, 0.8, 0.8), 0.6 * shade * (1.0 - papule) * halo)
        image = image + (0.14 * gleam)[..., None]
        regions[f"papule {index + 1}"] = papule
    pixels = to_pixels(_photographed(chance, plane, image))
    return Phantom(name="photo-papules", pixels=pixels, regions=regions)


def _skin(chance: Chance, plane: Plane, tone: Colour) -> NDArray[np.float64]:
    mottle = fractal_noise(chance, "mottle", plane, grain=0.5, octaves=3)
    pores = grain_noise(chance, "pores", plane.shape, sigma=1.0)
    relief = 1.0 + 0.035 * mottle - 0.05 * _creases(chance, plane) + 0.012 * pores
    flush = np.array([0.012, -0.02, -0.018])
    return np.asarray(np.array(tone) * relief[..., None] + flush * mottle[..., None])


def _creases(chance: Chance, plane: Plane) -> NDArray[np.float64]:
    """The fine furrows of skin: two families of lines that cross."""
    bent = bend(chance, "creases", plane, grain=0.25, strength=0.06)
    families = []
    for angle, label in ((0.5, "first"), (2.1, "second")):
        along = bent.x * math.cos(angle) + bent.y * math.sin(angle)
        wobble = smooth_noise(chance, f"{label} family", plane, grain=0.12)
        families.append(soft(np.cos(along * 55.0 + 1.5 * wobble) - 0.7, edge=0.5) * (0.6 + 0.4 * wobble))
    return union(*families)


def _tinted(image: NDArray[np.float64], tint: Colour, cover: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pigment absorbs: the skin's own relief shows through."""
    return np.asarray(image * (1.0 - cover[..., None] * (1.0 - np.array(tint))))


def _with_hairs(chance: Chance, plane: Plane, image: NDArray[np.float64], *, count: int) -> NDArray[np.float64]:
    if count == 0:
        return image
    hairs = []
    for index in range(count):
        x, y, heading, bow = chance.numbers(f"hair {index}", 4, low=-1.0, high=1.0)
        angle = 0.8 + 0.5 * heading
        points = []
        for step in range(7):
            away = (step - 3) * 0.24
            curve = angle + 0.4 * bow * away
            points.append((0.9 * x + away * math.cos(curve), 0.8 * y + away * math.sin(curve)))
        hairs.append(plane.stroke(rounded(points, rounds=1), width=0.018, edge=0.02))
    return _tinted(image, (0.2, 0.16, 0.15), 0.85 * union(*hairs))


def _photographed(chance: Chance, plane: Plane, image: NDArray[np.float64]) -> NDArray[np.float64]:
    light = 1.06 - 0.05 * plane.x - 0.06 * plane.y - 0.17 * (plane.x**2 + plane.y**2)
    channels = [0.008 * chance.normal(f"sensor {channel}", plane.shape) for channel in range(3)]
    return np.asarray(image * light[..., None] + np.stack(channels, axis=-1))
