"""Style: colour maps, and the stains of histology."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2
import numpy as np

from medgen_pytest.models.classical.levels import to_levels
from medgen_pytest.models.classical.wording import quoted_in, says

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAPS = frozenset(
    {
        *("autumn", "bone", "cividis", "cool", "hot", "hsv", "inferno", "jet", "magma", "ocean"),
        *("parula", "pink", "plasma", "rainbow", "spring", "summer", "turbo", "twilight", "viridis", "winter"),
    }
)
_MAP_WORD = r"(?:colou?r[ -]?(?:map|scale|palette)|palette|lut)"
_MAP_BEFORE = re.compile(rf"\b(\w+)[ -](?:pseudo-?)?{_MAP_WORD}\b", re.IGNORECASE)
_MAP_AFTER = re.compile(rf"\b{_MAP_WORD}\s+(\w+)\b", re.IGNORECASE)
# Optical densities in red, green and blue of haematoxylin and eosin (Ruifrok and Johnston, 2001).
_HAEMATOXYLIN = (0.650, 0.704, 0.286)
_EOSIN = (0.072, 0.990, 0.105)
# The colour of a counterstain is what it lets through, so it absorbs the others.
_STAINS = {
    "blue-green": (0.85, 0.30, 0.25),
    "teal": (0.85, 0.30, 0.25),
    "cyan": (0.95, 0.20, 0.15),
    "turquoise": (0.90, 0.25, 0.20),
    "green": (0.75, 0.25, 0.65),
    "blue": (0.80, 0.50, 0.15),
    "brown": (0.27, 0.57, 0.78),
    "purple": (0.45, 0.80, 0.25),
    "violet": (0.50, 0.80, 0.25),
    "red": (0.10, 0.75, 0.65),
    "orange": (0.05, 0.45, 0.85),
    "yellow": (0.03, 0.15, 0.95),
    "grey": (0.58, 0.58, 0.58),
    "gray": (0.58, 0.58, 0.58),
}
_TOWARDS = re.compile(rf"\b(?:to|towards?|into|with|as)\b[^.;]*?\b({'|'.join(_STAINS)})", re.IGNORECASE)


def change_style(pixels: NDArray[np.uint8], instruction: str) -> NDArray[np.uint8]:
    """The image in the colour map or the stain that the instruction names; unchanged when it names none."""
    name = colour_map_in(instruction)
    if name is not None:
        reverse = says(instruction, "revers", "invert", "high intensities first")
        return apply_colour_map(pixels, name, reverse=reverse)
    if says(instruction, "stain", "eosin", "h&e", "haematoxylin", "hematoxylin", "dye"):
        found = _TOWARDS.search(instruction)
        return change_eosin(pixels, _STAINS[found[1].lower() if found else "blue-green"])
    if says(instruction, "greyscale", "grayscale", "monochrom", "black and white"):
        return np.repeat(luminance(pixels)[..., np.newaxis], 3, axis=2)
    return pixels


def colour_map_in(instruction: str) -> str | None:
    """The colour map that stands in quotes or beside `colour map`; names alone are also plain words (`bone`)."""
    words: list[str] = [*quoted_in(instruction), *_MAP_BEFORE.findall(instruction), *_MAP_AFTER.findall(instruction)]
    return next((word.lower() for word in words if word.lower() in _MAPS), None)


def luminance(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey values (H, W) by the weights of ITU-R 601."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def apply_colour_map(pixels: NDArray[np.uint8], name: str, *, reverse: bool = False) -> NDArray[np.uint8]:
    """The luminance drawn in a colour map of OpenCV."""
    grey = luminance(pixels)
    coloured = cv2.applyColorMap(255 - grey if reverse else grey, getattr(cv2, f"COLORMAP_{name.upper()}"))
    return np.ascontiguousarray(np.asarray(coloured, dtype=np.uint8)[..., ::-1])


def change_eosin(pixels: NDArray[np.uint8], stain: tuple[float, float, float]) -> NDArray[np.uint8]:
    """The image as if its eosin were another stain, by colour deconvolution; haematoxylin stays."""
    density = -np.log((pixels.astype(np.float32) + 1) / 256)
    haematoxylin, eosin = _unit(_HAEMATOXYLIN), _unit(_EOSIN)
    amounts = density @ np.linalg.pinv(np.stack([haematoxylin, eosin])).astype(np.float32)
    # Only what there is of eosin changes its colour; what neither stain explains is the slide and the lamp.
    present = np.maximum(amounts[..., 1:], 0)
    changed = density + present * (_unit(stain) - eosin).astype(np.float32)
    return to_levels(256 * np.exp(-changed) - 1)


def _unit(vector: tuple[float, float, float]) -> NDArray[np.floating]:
    array = np.array(vector)
    unit: NDArray[np.floating] = array / np.linalg.norm(array)
    return unit
