"""The plane: coordinates on which phantoms are drawn, and the soft shapes that are drawn on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Point = tuple[float, float]
    Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Coordinates of pixel centres: x to the right, y down, 0 in the middle, 1 at the edge of the shorter side.

    All shapes are coverages in [0, 1] with soft edges: no pixel hangs on a comparison that another
    platform's last bit could turn. `slack` bounds how far coordinates were bent from their pixels.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    pixel: float
    slack: float = 0.0

    @classmethod
    def of(cls, width: int, height: int) -> Plane:
        """The plane of an image of this size."""
        pixel = 2.0 / min(width, height)
        across = (np.arange(width, dtype=np.float64) - (width - 1) / 2) * pixel
        down = (np.arange(height, dtype=np.float64) - (height - 1) / 2) * pixel
        x, y = np.meshgrid(across, down)
        return cls(x=x, y=y, pixel=pixel)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.x.shape[0], self.x.shape[1]

    def bent(self, dx: NDArray[np.float64], dy: NDArray[np.float64]) -> Plane:
        """The plane with displaced coordinates: shapes drawn on it get natural outlines."""
        moved = max(float(np.abs(dx).max()), float(np.abs(dy).max()))
        return Plane(x=self.x + dx, y=self.y + dy, pixel=self.pixel, slack=self.slack + moved)

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """The pixels whose coordinates can lie in this rectangle, as an index of rows and columns."""
        height, width = self.shape
        return self._span(top, bottom, size=height), self._span(left, right, size=width)

    def part(self, window: Window) -> Plane:
        """The plane of a window of pixels; its own windows are all of it."""
        return Plane(x=self.x[window], y=self.y[window], pixel=self.pixel, slack=math.inf)

    def around(self, centre: Point, *, tilt: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates relative to `centre`, turned by `tilt` radians clockwise."""
        dx, dy = self.x - centre[0], self.y - centre[1]
        cosine, sine = math.cos(tilt), math.sin(tilt)
        return dx * cosine + dy * sine, dy * cosine - dx * sine

    def ellipse(
        self, centre: Point, radii: Point, *, tilt: float = 0.0, edge: float | None = None
    ) -> NDArray[np.float64]:
        """Coverage of an ellipse; `edge` is the width of its soft border."""
        border = self._edge(edge)
        window = self._around_ellipse(centre, radii, beyond=border / 2)
        cover = np.zeros(self.shape)
        cover[window] = soft(self.part(window).depth(centre, radii, tilt=tilt), edge=border)
        return cover

    def depth(self, centre: Point, radii: Point, *, tilt: float = 0.0) -> NDArray[np.float64]:
        """Depth below the border of an ellipse, about in plane units; negative outside."""
        u, v = self.around(centre, tilt=tilt)
        return (1.0 - np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2)) * min(radii)

    def ring(
        self, centre: Point, radii: Point, *, width: float, tilt: float = 0.0, edge: float | None = None
    ) -> NDArray[np.float64]:
        """Coverage of an elliptic line of this width, centred on the border of the ellipse."""
        border = self._edge(edge)
        window = self._around_ellipse(centre, radii, beyond=(width + border) / 2)
        cover = np.zeros(self.shape)
        distance = np.abs(self.part(window).depth(centre, radii, tilt=tilt))
        cover[window] = soft(width / 2 - distance, edge=border)
        return cover

    def stroke(self, points: Sequence[Point], *, width: float, edge: float | None = None) -> NDArray[np.float64]:
        """Coverage of a line through `points`."""
        border = self._edge(edge)
        beyond = (width + border) / 2
        across, down = [point[0] for point in points], [point[1] for point in points]
        window = self.window(min(across) - beyond, min(down) - beyond, max(across) + beyond, max(down) + beyond)
        part = self.part(window)
        nearest = np.full(part.shape, math.inf)
        for start, end in pairwise(points):
            nearest = np.minimum(nearest, part._squared_distance(start, end))  # noqa: SLF001 - the same class
        cover = np.zeros(self.shape)
        cover[window] = soft(width / 2 - np.sqrt(nearest), edge=border)
        return cover

    def band(self, offset: NDArray[np.float64], *, width: float, edge: float | None = None) -> NDArray[np.float64]:
        """Coverage where `offset` is nearer to 0 than half of `width`."""
        return soft(width / 2 - np.abs(offset), edge=self._edge(edge))

    def _squared_distance(self, start: Point, end: Point) -> NDArray[np.float64]:
        along_x, along_y = end[0] - start[0], end[1] - start[1]
        dx, dy = self.x - start[0], self.y - start[1]
        squared = along_x**2 + along_y**2
        share = np.clip((dx * along_x + dy * along_y) / squared, 0.0, 1.0)
        return np.asarray((dx - share * along_x) ** 2 + (dy - share * along_y) ** 2)

    def _around_ellipse(self, centre: Point, radii: Point, *, beyond: float) -> Window:
        reach = max(radii) * (1.0 + beyond / min(radii))
        return self.window(centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)

    def _span(self, low: float, high: float, *, size: int) -> slice:
        middle = (size - 1) / 2
        first = (low - self.slack) / self.pixel + middle
        last = (high + self.slack) / self.pixel + middle
        return slice(int(max(0.0, min(size, first))), int(max(0.0, min(size, last + 2.0))))

    def _edge(self, edge: float | None) -> float:
        return 1.5 * self.pixel if edge is None else edge


def soft(depth: NDArray[np.float64], *, edge: float) -> NDArray[np.float64]:
    """Coverage that rises smoothly from 0 to 1 as `depth` goes from -edge/2 to edge/2."""
    share = np.clip(depth / edge + 0.5, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def paint(
    base: NDArray[np.float64], value: float | NDArray[np.float64], cover: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`base` with `value` laid over it where `cover` is 1."""
    return np.asarray(base + (value - base) * cover)


def union(*covers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coverage of several shapes together."""
    together = covers[0]
    for cover in covers[1:]:
        together = np.maximum(together, cover)
    return together


def rounded(points: Sequence[Point], *, rounds: int = 2) -> list[Point]:
    """A line with its corners cut `rounds` times: a curve with the same ends."""
    line = list(points)
    for _ in range(rounds):
        cut = [line[0]]
        for start, end in pairwise(line):
            cut.append((0.75 * start[0] + 0.25 * end[0], 0.75 * start[1] + 0.25 * end[1]))
            cut.append((0.25 * start[0] + 0.75 * end[0], 0.25 * start[1] + 0.75 * end[1]))
        line = [*cut, line[-1]]
    return line
