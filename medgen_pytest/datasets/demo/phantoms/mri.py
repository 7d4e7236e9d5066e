"""MRI phantoms: axial slices of the brain in several weightings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.datasets.demo.phantom import Phantom, to_pixels
from medgen_pytest.datasets.demo.plane import Plane, paint, rounded, soft, union
from medgen_pytest.datasets.demo.texture import bend, smooth_noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance
    from medgen_pytest.datasets.demo.plane import Point

WIDTH, HEIGHT = 144, 176

_BRAIN = (0.76, 0.97)
_GYRI = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """How bright each tissue is under a pulse sequence."""

    name: str
    fat: float
    skull: float
    fluid: float
    grey: float
    deep_grey: float
    white: float
    lesion: float
    oedema: float


T1 = Weighting(
    name="T1", fat=0.92, skull=0.07, fluid=0.1, grey=0.42, deep_grey=0.47, white=0.66, lesion=0.3, oedema=0.5
)
T2 = Weighting(
    name="T2", fat=0.62, skull=0.05, fluid=0.93, grey=0.55, deep_grey=0.45, white=0.36, lesion=0.82, oedema=0.68
)
FLAIR = Weighting(
    name="FLAIR", fat=0.7, skull=0.05, fluid=0.08, grey=0.52, deep_grey=0.47, white=0.38, lesion=0.95, oedema=0.76
)


def draw_brain(
    chance: Chance, *, weighting: Weighting, lesion: str | None = None, radius: float = 0.13, level: float = 0.0
) -> Phantom:
    """A slice at the height of the basal ganglia; `lesion` is the patient's side of a tumour, if any.

    `radius` is the tumour's, in half widths of the image; `level` (-1 to 1) moves the slice.
    """
    plane = bend(chance, "outline", Plane.of(WIDTH, HEIGHT), grain=0.6, strength=0.02)
    signal = _paint_head(plane, weighting)
    signal, depth = _paint_cerebrum(chance, plane, signal, weighting)
    signal = _paint_centre(plane, signal, weighting, level=level)
    regions = {"brain": soft(depth, edge=0.02)}
    if lesion is not None:
        # Radiological display: the patient's right lies on the viewer's left.
        centre = (-0.4 if lesion == "right" else 0.4, -0.3)
        outline = bend(chance, "lesion", plane, grain=0.12, strength=0.03)
        oedema = outline.ellipse(centre, (radius * 1.7, radius * 1.9), edge=0.12) * soft(depth - 0.03, edge=0.05)
        regions["lesion"] = outline.ellipse(centre, (radius, radius), edge=0.03)
        signal = paint(paint(signal, weighting.oedema, oedema), weighting.lesion, regions["lesion"])
    image = _received(chance, plane, signal)
    return Phantom(name=f"mri-brain-{weighting.name.lower()}", pixels=to_pixels(image), regions=regions)


def draw_angiogram(chance: Chance, *, level: float) -> Phantom:
    """A slice of a time-of-flight angiogram: dark brain, bright arteries; `level` (-1 to 1) moves the slice."""
    plane = bend(chance, "outline", Plane.of(WIDTH, HEIGHT), grain=0.6, strength=0.02)
    tissue = Weighting(
        name="TOF", fat=0.42, skull=0.04, fluid=0.08, grey=0.24, deep_grey=0.24, white=0.2, lesion=0.0, oedema=0.0
    )
    signal, _ = _paint_cerebrum(chance, plane, _paint_head(plane, tissue), tissue)
    arteries = np.zeros(plane.shape)
    for path, width in _arteries(level):
        arteries = union(arteries, plane.stroke(rounded(path), width=width, edge=0.03))
    signal = paint(signal, 0.96, arteries)
    pixels = to_pixels(_received(chance, plane, signal))
    return Phantom(name="mri-angiogram", pixels=pixels, regions={"arteries": arteries})


def _arteries(level: float) -> Iterator[tuple[list[Point], float]]:
    """Courses and widths of the arteries that a slice at this level meets: the circle of Willis and its branches."""
    for sign in (-1.0, 1.0):
        carotid = (sign * 0.15, 0.06)
        middle = (sign * 0.52, -0.04)
        if level < 0.5:  # noqa: PLR2004 - the upper third of the stack lies above the circle
            yield [carotid, (sign * 0.2, -0.03), (sign * 0.34, -0.08), (sign * 0.42, 0.0), middle], 0.055
            yield [carotid, (sign * 0.13, 0.16), (sign * 0.06, 0.2), (0.0, 0.22)], 0.03
        yield [middle, (sign * 0.6, -0.14 * level), (sign * (0.58 + 0.05 * level), -0.12 - 0.22 * level)], 0.038
        yield [middle, (sign * 0.62, 0.06), (sign * 0.56, 0.16 + 0.1 * level)], 0.034
        bow = -0.3 - 0.25 * (level + 1.0)
        yield [carotid, (sign * 0.1, -0.12), (sign * 0.02, -0.2), (sign * 0.04, bow), (sign * 0.05, bow - 0.1)], 0.042
        yield [(0.0, 0.22), (sign * 0.14, 0.26), (sign * 0.22, 0.36), (sign * 0.2, 0.52 + 0.1 * level)], 0.042


def _paint_head(plane: Plane, weighting: Weighting) -> NDArray[np.float64]:
    signal = np.zeros(plane.shape)
    signal = paint(signal, weighting.grey * 0.9, plane.ellipse((0.0, 0.0), (0.92, 1.14)))
    signal = paint(signal, weighting.fat, plane.ellipse((0.0, 0.0), (0.895, 1.115)))
    signal = paint(signal, weighting.skull, plane.ellipse((0.0, 0.0), (0.845, 1.06)))
    signal = paint(signal, weighting.fat * 0.6, plane.ring((0.0, 0.0), (0.815, 1.03), width=0.016))
    return paint(signal, weighting.fluid, plane.ellipse((0.0, 0.0), (0.785, 0.995)))


def _paint_cerebrum(
    chance: Chance, plane: Plane, signal: NDArray[np.float64], weighting: Weighting
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Folded cortex over white matter; and the depth below the surface of the brain.

    Sulci run inwards from the surface: fluid in them reaches less deep than the grey matter around.
    """
    folded = bend(chance, "gyri", plane, grain=0.2, strength=0.045)
    depth = folded.depth((0.0, 0.0), _BRAIN)
    turn = np.arctan2(np.abs(folded.x), folded.y / 1.25)
    phase = smooth_noise(chance, "sulci", plane, grain=0.3)
    wave = 0.5 + 0.5 * np.cos(_GYRI * turn + 3.2 * phase)
    reach = 0.62 + 0.38 * smooth_noise(chance, "reach", plane, grain=0.2)
    midline = np.abs(plane.x) + 0.015 * smooth_noise(chance, "falx", plane, grain=0.1)
    fissure = soft(np.abs(plane.y + 0.02) - 0.5, edge=0.1)
    from_midline = midline + 0.6 * (1.0 - fissure)
    ridge = np.abs(smooth_noise(chance, "folds", plane, grain=0.19))
    rim = soft(0.33 - depth, edge=0.16)
    grey_border = 0.075 + 0.16 * reach * wave**3
    fluid_border = 0.02 + 0.15 * reach * wave**10
    sylvian = soft(0.3 - depth, edge=0.06) * plane.band(
        folded.y + 0.16 - 0.25 * np.abs(folded.x), width=0.05, edge=0.04
    )
    white = np.minimum(soft(depth - grey_border, edge=0.04), soft(from_midline - 0.085, edge=0.04))
    white = white * (1.0 - rim * soft(0.16 - ridge, edge=0.14))
    fluid = union(soft(fluid_border - depth, edge=0.03), soft(0.02 - from_midline, edge=0.025), sylvian)
    fluid = union(fluid, 0.5 * rim * soft(0.03 - ridge, edge=0.06))
    brain = soft(depth, edge=0.02)
    tissue = paint(np.full(plane.shape, weighting.grey), weighting.white, white * (1.0 - 0.8 * sylvian))
    tissue = paint(tissue, weighting.fluid, 0.85 * fluid)
    return paint(signal, tissue, brain), depth


def _paint_centre(
    plane: Plane, signal: NDArray[np.float64], weighting: Weighting, *, level: float
) -> NDArray[np.float64]:
    """Deep grey nuclei and the ventricles between them."""
    wide = 1.0 + 0.25 * level
    for sign in (-1.0, 1.0):
        signal = paint(signal, weighting.white, plane.ellipse((sign * 0.2, 0.0), (0.24, 0.46), edge=0.1))
        nuclei = union(
            plane.ellipse((sign * 0.17, -0.3), (0.06, 0.16), tilt=-sign * 0.3, edge=0.03),
            plane.ellipse((sign * 0.12, 0.1), (0.1, 0.16), tilt=-sign * 0.35, edge=0.03),
            plane.ellipse((sign * 0.33, -0.08), (0.065, 0.2), tilt=-sign * 0.2, edge=0.03),
        )
        signal = paint(signal, weighting.deep_grey, nuclei)
    for sign in (-1.0, 1.0):
        horns = union(
            plane.ellipse((sign * 0.085, -0.33), (0.04 * wide, 0.17 * wide), tilt=-sign * 0.35),
            plane.ellipse((sign * 0.24, 0.36), (0.05 * wide, 0.17 * wide), tilt=sign * 0.35),
        )
        signal = paint(signal, weighting.fluid, horns)
    return paint(signal, weighting.fluid, plane.ellipse((0.0, 0.02), (0.02, 0.13)))


def _received(chance: Chance, plane: Plane, signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The magnitude image: uneven coil sensitivity, and noise in both quadrature channels."""
    bias = 1.0 + 0.09 * smooth_noise(chance, "bias", plane, grain=1.2)
    real = signal * bias + 0.022 * chance.normal("real", plane.shape)
    imaginary = 0.022 * chance.normal("imaginary", plane.shape)
    return np.asarray(np.sqrt(real**2 + imaginary**2))
