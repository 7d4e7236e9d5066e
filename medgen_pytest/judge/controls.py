"""Controls: an output as a judge is shown it when something of it is replaced, to see whether the judge looks.

Each control is a pure function of a sample and an output to it. An image control replaces the image of the output, or
the inputs where the format has no image in its answers; all else stays as it is. Sizes never change.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from medgen_pytest.images import resize
from medgen_pytest.images.held import HeldImage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Sample

Control = Literal["blank", "unrelated", "same-modality", "shuffled", "instruction"]
"""What is replaced, and by what: see `docs/judge-controls.md`."""

CONTROLS: tuple[Control, ...] = get_args(Control)

GREY = 128
"""The value of every pixel of a blank image."""

BLOCKS = 16
"""Blocks along the longer side of a shuffled image."""


class Shown(NamedTuple):
    """A sample and an output to it, as a judge is asked about them."""

    sample: Sample
    output: ModelOutput

    @property
    def images(self) -> list[NDArray[np.uint8]]:
        """What image controls replace; empty where an image is due and there is none. Raises ImageError."""
        if not self.sample.format.wants_image:
            return [image.array() for image in self.sample.inputs]
        return [self.output.image] if self.output.image is not None else []

    def looks_like(self, other: Shown) -> bool:
        """Whether both show the same pixels where image controls replace them. Raises ImageError."""
        first, second = self.images, other.images
        return len(first) == len(second) and all(map(np.array_equal, first, second))


def blank_images(shown: Shown) -> Shown:
    """Grey in place of every pixel. Raises ImageError."""
    return _with_images(shown, lambda _number, pixels: np.full_like(pixels, GREY))


def replace_images(shown: Shown, donors: Sequence[NDArray[np.uint8]]) -> Shown:
    """The images of another sample in place of these, in order, from the first again where they are too few.

    Each is resized to the image that it replaces. Raises ImageError, and ValueError without donors.
    """
    if not donors:
        raise ValueError("no image to put in the place of others")
    return _with_images(shown, lambda number, pixels: _fitted(donors[number % len(donors)], pixels))


def shuffle_images(shown: Shown, *, salt: str) -> Shown:
    """The pixels in blocks at other places; see `shuffle_blocks`. Raises ImageError."""
    return _with_images(shown, lambda number, pixels: shuffle_blocks(pixels, salt=f"{salt}\0{number}"))


def replace_instruction(shown: Shown, donor: Sample) -> Shown:
    """The instruction of another sample, and the options that belong to it, in place of these."""
    return shown._replace(sample=replace(shown.sample, instruction=donor.instruction, choices=donor.choices))


def shuffle_blocks(pixels: NDArray[np.uint8], *, salt: str) -> NDArray[np.uint8]:
    """The same pixels, cut into square blocks that have changed places; the same salt gives the same places.

    pixels: uint8 (H, W, 3). The longer side has 16 blocks, fewer where it has fewer pixels. Blocks that the edge cuts
    change places with blocks of their shape. No block stays where it was unless it is the only one of its shape.
    """
    height, width, _ = pixels.shape
    edge = max(1, -(-max(height, width) // BLOCKS))
    by_shape: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for top in range(0, height, edge):
        for left in range(0, width, edge):
            by_shape[min(edge, height - top), min(edge, width - left)].append((top, left))
    shuffled = pixels.copy()
    for (tall, wide), corners in by_shape.items():
        # One cycle through all of them, so that none stays.
        order = sorted(corners, key=lambda corner: _lot(salt, *corner))
        for (top, left), (to_top, to_left) in zip(order, [*order[1:], order[0]], strict=True):
            shuffled[to_top : to_top + tall, to_left : to_left + wide] = pixels[top : top + tall, left : left + wide]
    return shuffled


def _with_images(shown: Shown, change: Callable[[int, NDArray[np.uint8]], NDArray[np.uint8]]) -> Shown:
    changed = [change(number, pixels) for number, pixels in enumerate(shown.images)]
    if shown.sample.format.wants_image:
        return shown._replace(output=replace(shown.output, image=changed[0])) if changed else shown
    held = tuple(HeldImage(image.name, pixels) for image, pixels in zip(shown.sample.inputs, changed, strict=True))
    return shown._replace(sample=replace(shown.sample, inputs=held))


def _fitted(donor: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if donor.shape == pixels.shape:
        return donor
    height, width, _ = pixels.shape
    return resize(donor, width=width, height=height)


def _lot(salt: str, top: int, left: int) -> str:
    return hashlib.sha256(f"{salt}\0{top}\0{left}".encode("utf-8", errors="surrogatepass")).hexdigest()
