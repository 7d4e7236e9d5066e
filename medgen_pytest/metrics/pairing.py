"""Pairing: an output and its sample become what metrics compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from medgen_pytest.errors import OutputError
from medgen_pytest.images import resize
from medgen_pytest.metrics.contract import Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Sample

SizeRule = Literal["resize", "invalid"]
"""What becomes of an image whose size is not the target's."""

_COLOUR = 3
_RESIZED = "resized from"


def make_pair(output: ModelOutput, sample: Sample, *, on_size_mismatch: SizeRule = "resize") -> Pair:
    """The pair of an output and its sample; the target image is read and decoded here.

    An image of another size than the target's is resized to it by Lanczos, and a note says so; with
    "invalid" it is refused. The text is taken as it is.

    Raises OutputError for an image that is refused or no uint8 (H, W, 3) array, ImageError for a
    target image that cannot be read.
    """
    target = None if sample.target.image is None else sample.target.image.array()
    image = output.image
    notes: tuple[str, ...] = ()
    if image is not None:
        _check(image)
        if target is not None and image.shape != target.shape:
            image, notes = _fit(image, target, rule=on_size_mismatch)
    return Pair(
        task=sample.task,
        pred_image=image,
        target_image=target,
        pred_text=output.text or "",
        target_text=sample.target.text,
        choices=sample.choices,
        notes=notes,
    )


def is_resize(note: str) -> bool:
    """Whether a note of a score says that the output was resized for it."""
    return note.startswith(_RESIZED)


def _check(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != _COLOUR or image.shape[2] != _COLOUR or image.size == 0:
        raise OutputError(
            f"the output image is {image.dtype} {image.shape}; "
            "a model gives uint8 (height, width, 3), RGB, at least one pixel"
        )


def _fit(
    image: NDArray[np.uint8], target: NDArray[np.uint8], *, rule: SizeRule
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    height, width = target.shape[:2]
    sizes = f"{image.shape[1]}x{image.shape[0]}", f"{width}x{height}"
    if rule == "invalid":
        raise OutputError(f"the output image is {sizes[0]}, the target is {sizes[1]}; the settings ask for equal sizes")
    return resize(image, width=width, height=height), (f"{_RESIZED} {sizes[0]} to {sizes[1]}",)
