"""The training set: pictures that this file draws, each with a caption. No sample of any benchmark is among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

SIDE = 96
Option = TypeVar("Option")


class Drawing(NamedTuple):
    """A picture (SIDE, SIDE, 3) of floats in [0, 1], and what a radiologist would call it."""

    picture: NDArray[np.float64]
    caption: str


def draw(rounds: int, *, chance: np.random.Generator) -> Iterator[Drawing]:
    """Each kind of drawing `rounds` times, no two alike."""
    for _ in range(rounds):
        for kind in KINDS:
            yield kind(chance)


def draw_ct(chance: np.random.Generator) -> Drawing:
    """A grey body on black, with a bright spine and darker organs."""
    picture = _body(chance, shade=0.55)
    for _ in range(4):
        picture = _blob(picture, chance.uniform(0.3, 0.7, 2), chance.uniform(0.05, 0.15), chance.uniform(0.25, 0.75))
    picture = _blob(picture, (0.72, 0.5), 0.07, 0.98)
    return Drawing(_colour(picture), "A CT slice shows soft tissue, organs and bright bone.")


def draw_mri(chance: np.random.Generator) -> Drawing:
    """A head with a bright rim; what the fluid in its middle looks like depends on the sequence."""
    name, tissue, fluid = _one_of(chance, (("T1-weighted", 0.6, 0.15), ("T2-weighted", 0.4, 0.95), ("FLAIR", 0.5, 0.1)))
    picture = _blob(_body(chance, shade=0.85), (0.5, 0.5), 0.36, tissue)
    for column in (0.43, 0.57):
        picture = _blob(picture, (0.45, column), 0.06, fluid)
    return Drawing(_colour(picture), f"A {name} MRI shows the brain with its ventricles.")


def draw_radiograph(chance: np.random.Generator) -> Drawing:
    """Two dark lungs with ribs; an effusion whitens the lower part of one. The patient's left is on the right."""
    side = _one_of(chance, ("no", "left", "right"))
    rows, columns = _grid()
    picture = 0.55 + 0.35 * np.exp(-(((columns - 0.5) / 0.08) ** 2)) + 0.25 * (rows > chance.uniform(0.75, 0.85))
    for column in (0.27, 0.73):
        for row in (0.3, 0.4, 0.5, 0.6):
            picture = _blob(picture, (row, column), 0.15, chance.uniform(0.1, 0.25))
    if side != "no":
        picture = _blob(picture, (0.68, 0.73 if side == "left" else 0.27), 0.17, 0.8)
    ribs = 0.05 * np.sin(60 * rows + 8 * np.abs(columns - 0.5))
    where = "no effusion is visible" if side == "no" else f"an effusion on the {side} side"
    return Drawing(_colour(picture + ribs), f"A chest radiograph shows heart, lung and ribs: {where}.")


def draw_ultrasound(chance: np.random.Generator) -> Drawing:
    """A sector of speckle on black."""
    rows, columns = _grid()
    sector = np.abs(columns - 0.5) < 0.1 + 0.45 * rows
    picture = sector * (0.35 + chance.normal(0, 0.1, (SIDE, SIDE)))
    picture = _blob(picture, chance.uniform(0.4, 0.7, 2), chance.uniform(0.05, 0.12), 0.03)
    return Drawing(_colour(picture), "An ultrasound image shows a dark cyst in the liver.")


def draw_photograph(chance: np.random.Generator) -> Drawing:
    """Skin, with one brown patch or several red papules."""
    skin, brown, red = np.array([0.85, 0.65, 0.55]), np.array([0.4, 0.25, 0.18]), np.array([0.8, 0.35, 0.33])
    several = _one_of(chance, (True, False))
    mask = np.zeros((SIDE, SIDE))
    for _ in range(chance.integers(4, 9) if several else 1):
        mask = _blob(mask, chance.uniform(0.15, 0.85, 2), 0.05 if several else 0.22, 1)
    picture = skin + mask[..., None] * ((red if several else brown) - skin)
    what = "separate raised red papules" if several else "one flat brown patch with an irregular border"
    return Drawing(_bounded(picture * chance.uniform(0.85, 1.1)), f"A photograph of skin shows {what}.")


def draw_section(chance: np.random.Generator) -> Drawing:
    """Pink tissue with purple nuclei."""
    pink, purple = np.array([0.92, 0.72, 0.82]), np.array([0.4, 0.25, 0.55])
    mask = np.zeros((SIDE, SIDE))
    for _ in range(chance.integers(40, 90)):
        mask = _blob(mask, chance.uniform(0, 1, 2), 0.022, 1)
    picture = pink + mask[..., None] * (purple - pink)
    caption = "Light microscopy of a section stained with haematoxylin and eosin shows nuclei and glands."
    return Drawing(_bounded(picture), caption)


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    return rows, columns


def _blob(
    picture: NDArray[np.float64], centre: Sequence[float] | NDArray[np.float64], radius: float, shade: float
) -> NDArray[np.float64]:
    """The picture with a round patch; centre (row, column) and radius are shares of the side."""
    rows, columns = _grid()
    distance = np.hypot(rows - centre[0], columns - centre[1])
    cover = np.clip((radius - distance) * SIDE + 0.5, 0, 1)
    return picture + cover * (shade - picture)


def _body(chance: np.random.Generator, *, shade: float) -> NDArray[np.float64]:
    """A large round patch on black."""
    return _blob(np.zeros((SIDE, SIDE)), chance.uniform(0.47, 0.53, 2), chance.uniform(0.4, 0.48), shade)


def _colour(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grey as three equal channels."""
    return _bounded(np.repeat(grey[..., None], 3, axis=2))


def _bounded(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(picture, 0, 1)


def _one_of(chance: np.random.Generator, options: Sequence[Option]) -> Option:
    return options[int(chance.integers(len(options)))]


KINDS: tuple[Callable[[np.random.Generator], Drawing], ...] = (
    draw_ct,
    draw_mri,
    draw_radiograph,
    draw_ultrasound,
    draw_photograph,
    draw_section,
)
