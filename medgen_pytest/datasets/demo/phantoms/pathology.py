"""Pathology phantoms: stained tissue as optical densities of two dyes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import Phantom, to_pixels
from medgen_pytest.datasets.demo.plane import Plane, paint, soft
from medgen_pytest.datasets.demo.texture import bend, fractal_noise, grain_noise, smooth_noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance
    from medgen_pytest.datasets.demo.plane import Point

SIDE = 168

_GLANDS: tuple[tuple[Point, float], ...] = (
    ((-0.52, -0.5), 0.36),
    ((0.42, -0.52), 0.4),
    ((-0.5, 0.48), 0.38),
    ((0.5, 0.5), 0.33),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stain:
    """How much red, green and blue light each of the two dyes absorbs."""

    nuclear: tuple[float, float, float]
    counter: tuple[float, float, float]


HAEMATOXYLIN_EOSIN = Stain(nuclear=(0.62, 0.7, 0.33), counter=(0.07, 0.55, 0.22))
LIGHT_GREEN = Stain(nuclear=(0.62, 0.7, 0.33), counter=(0.95, 0.25, 0.55))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nucleus:
    centre: Point
    radii: Point
    tilt: float
    density: float


def draw_mucosa(chance: Chance, *, atypia: float = 0.0, glands: int = 4, stain: Stain = HAEMATOXYLIN_EOSIN) -> Phantom:
    """Glands in fibrous stroma; `atypia` from 0 (normal) to 1 crowds, enlarges and darkens the nuclei.

    `glands` (0 to 4) says how many are there; the same tissue can be drawn with another stain.
    """
    plane = Plane.of(SIDE, SIDE)
    bent = bend(chance, "outline", plane, grain=0.3, strength=0.035 + 0.05 * atypia)
    counter = _stroma(chance, plane)
    nuclear = 0.12 + 0.04 * smooth_noise(chance, "background", plane, grain=0.2)
    epithelium = np.zeros(plane.shape)
    for centre, radius in _GLANDS[:glands]:
        body = bent.ellipse(centre, (radius, radius * 0.92), edge=0.03)
        hollow = 0.55 - 0.3 * atypia
        lumen = bent.ellipse(centre, (radius * hollow, radius * hollow * 0.9), edge=0.04)
        epithelium = np.maximum(epithelium, body)
        counter = paint(counter, 0.5 + 0.1 * smooth_noise(chance, "cytoplasm", plane, grain=0.05), body)
        counter = paint(counter, 0.04, lumen)
        nuclear = paint(paint(nuclear, 0.2, body), 0.02, lumen)
    for nucleus in _nuclei(chance, atypia=atypia, glands=glands):
        _paint_nucleus(bent, nuclear, nucleus)
    chromatin = 1.0 + 0.22 * grain_noise(chance, "chromatin", plane.shape, sigma=0.9)
    nuclear = nuclear * np.clip(chromatin, 0.4, 1.6)
    image = _transmitted(chance, plane, nuclear, counter, stain=stain)
    regions = {"epithelium": epithelium}
    return Phantom(name="he-mucosa", pixels=to_pixels(image), regions=regions)


def _stroma(chance: Chance, plane: Plane) -> NDArray[np.float64]:
    """Collagen bundles: noise stretched along a wavy direction, with pale clefts."""
    swirl = bend(chance, "fibres", plane, grain=0.5, strength=0.16)
    stretched = Plane(x=swirl.x * 0.35 + swirl.y * 0.25, y=swirl.y * 1.5 - swirl.x * 0.9, pixel=plane.pixel)
    bundle = fractal_noise(chance, "coarse", plane, grain=0.25, octaves=3)
    waves = np.sin(stretched.y * 30.0 + 5.0 * bundle) * np.cos(stretched.x * 9.0 + 2.0 * bundle)
    clefts = soft(waves - 0.6 + 0.35 * bundle, edge=0.4)
    return np.asarray(np.clip(0.62 + 0.16 * bundle + 0.1 * waves - 0.36 * clefts, 0.05, 1.2))


def _nuclei(chance: Chance, *, atypia: float, glands: int) -> Iterator[_Nucleus]:
    for index, (centre, radius) in enumerate(_GLANDS[:glands]):
        yield from _gland_nuclei(chance, f"gland {index}", centre=centre, radius=radius, atypia=atypia)
    yield from _stroma_nuclei(chance, glands=glands)


def _gland_nuclei(chance: Chance, label: str, *, centre: Point, radius: float, atypia: float) -> Iterator[_Nucleus]:
    """Nuclei in a row along the basement membrane; with atypia they pile up and vary in size."""
    count = int(radius * 2 * math.pi / 0.1)
    rows = 1 if atypia < 0.25 else 2  # noqa: PLR2004 - from a quarter on, the row is lost
    for row in range(rows):
        jitter = chance.numbers(f"{label} jitter {row}", count, low=-1.0, high=1.0)
        size = chance.numbers(f"{label} size {row}", count, low=-1.0, high=1.0)
        for k in range(count):
            angle = (k + 0.5 * row + jitter[k] * (0.15 + 0.5 * atypia)) * 2 * math.pi / count
            away = radius * (0.84 - 0.24 * row) + 0.05 * atypia * jitter[k - 1]
            scale = 1.0 + 0.35 * atypia + (0.1 + 0.3 * atypia) * size[k]
            yield _Nucleus(
                centre=(centre[0] + away * math.cos(angle), centre[1] + away * 0.92 * math.sin(angle)),
                radii=(0.058 * scale, 0.034 * scale),
                tilt=angle,
                density=1.0 + 0.25 * atypia + 0.12 * size[k - 1],
            )


def _stroma_nuclei(chance: Chance, *, glands: int) -> Iterator[_Nucleus]:
    """Spindle nuclei of fibroblasts and round ones of lymphocytes, outside the glands."""
    count = 120
    across = chance.numbers("stroma x", count, low=-1.0, high=1.0)
    down = chance.numbers("stroma y", count, low=-1.0, high=1.0)
    kind = chance.numbers("stroma kind", count)
    for k in range(count):
        place = (float(across[k]), float(down[k]))
        if any(math.dist(place, centre) < radius + 0.05 for centre, radius in _GLANDS[:glands]):
            continue
        if kind[k] < 0.6:  # noqa: PLR2004 - six in ten are fibroblasts
            yield _Nucleus(centre=place, radii=(0.052, 0.015), tilt=0.6 + 3.0 * float(kind[k]), density=0.95)
        else:
            yield _Nucleus(centre=place, radii=(0.028, 0.028), tilt=0.0, density=1.3)


def _paint_nucleus(plane: Plane, nuclear: NDArray[np.float64], nucleus: _Nucleus) -> None:
    """Paints into `nuclear` in place, and only around the nucleus: there are hundreds."""
    reach = nucleus.radii[0] * 2.0
    x, y = nucleus.centre
    window = plane.window(x - reach, y - reach, x + reach, y + reach)
    here = plane.part(window)
    if here.x.size == 0:
        return
    cover = here.ellipse(nucleus.centre, nucleus.radii, tilt=nucleus.tilt, edge=0.02)
    rim = here.ring(nucleus.centre, nucleus.radii, width=0.014, tilt=nucleus.tilt)
    patch = paint(nuclear[window], nucleus.density * 0.82, cover)
    nuclear[window] = paint(patch, nucleus.density, rim * 0.7)


def _transmitted(
    chance: Chance, plane: Plane, nuclear: NDArray[np.float64], counter: NDArray[np.float64], *, stain: Stain
) -> NDArray[np.float64]:
    """Beer-Lambert: what light both dyes leave, before a slightly warm white background."""
    channels = []
    for channel, white in enumerate((0.965, 0.955, 0.96)):
        density = 1.55 * nuclear * stain.nuclear[channel] + counter * stain.counter[channel]
        noise = 0.008 * chance.normal(f"sensor {channel}", plane.shape)
        channels.append(white * np.exp(-density) + noise)
    return np.stack(channels, axis=-1)
