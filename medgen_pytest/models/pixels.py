"""Pixels: arrays of any library and layout as uint8 (H, W, 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from medgen_pytest.errors import OutputError
from medgen_pytest.images import MAX_PIXELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHANNELS = (1, 3, 4)
_GREY_DIMENSIONS = 2
_COLOUR_DIMENSIONS = 3
# Float arithmetic may leave [0, 1] by rounding; anything more is a mistake of scale.
_ROUNDING = 1e-6


@runtime_checkable
class Tensor(Protocol):
    """What a torch tensor shows of itself; torch is not imported for it."""

    def detach(self) -> Tensor:
        """The tensor without its gradient."""

    def cpu(self) -> Tensor:
        """The tensor in main memory."""

    def float(self) -> Tensor:
        """The tensor in single precision."""

    def numpy(self) -> NDArray[np.generic]:
        """The tensor as an array."""


def is_array(value: object) -> bool:
    """Whether the value is an array, a tensor, or says how to become an array."""
    return isinstance(value, np.ndarray | Tensor) or hasattr(value, "__array__")


def to_pixels(value: object) -> NDArray[np.uint8]:
    """The pixels of an array (H, W) or (H, W, C), or of a tensor (C, H, W), with 1, 3 or 4 channels.

    uint8 values are taken as they are, floats must lie in [0, 1]; grey becomes three equal channels,
    alpha is dropped. Raises OutputError saying what is wrong.
    """
    tensor = isinstance(value, Tensor)
    array = _channels_last(_plain_array(value), prefer_first=tensor)
    height, width, channels = array.shape
    if not height or not width:
        raise OutputError(f"the model's image has no pixels (shape {array.shape})")
    if height * width > MAX_PIXELS:
        raise OutputError(f"the model's image has {width}x{height} pixels, more than the {MAX_PIXELS} allowed")
    levels = _levels(array)
    rgb = np.repeat(levels, 3, axis=2) if channels == 1 else levels[..., :3]
    return np.ascontiguousarray(rgb)


def _plain_array(value: object) -> NDArray[np.generic]:
    if not isinstance(value, Tensor):
        return np.asarray(value)
    tensor = value.detach().cpu()
    try:
        return np.asarray(tensor.numpy())
    except TypeError:
        # numpy has no bfloat16, the usual type of diffusion models.
        return np.asarray(tensor.float().numpy())


def _channels_last(array: NDArray[np.generic], *, prefer_first: bool) -> NDArray[np.generic]:
    if array.ndim == _GREY_DIMENSIONS:
        return array[..., np.newaxis]
    if array.ndim == _COLOUR_DIMENSIONS:
        first, last = array.shape[0] in _CHANNELS, array.shape[2] in _CHANNELS
        if first and (prefer_first or not last):
            return np.moveaxis(array, 0, 2)
        if last:
            return array
    raise OutputError(
        f"the model's image has the shape {array.shape}; needed: (H, W), (H, W, C), or (C, H, W) with C of 1, 3 or 4"
    )


def _levels(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array.astype(np.uint8)
    if not np.issubdtype(array.dtype, np.floating):
        raise OutputError(f"the model's image has the type {array.dtype}; needed: uint8, or floats in [0, 1]")
    values = array.astype(np.float32)
    if np.isnan(values).any():
        raise OutputError(f"the model's image holds {int(np.isnan(values).sum())} NaN values")
    if np.isinf(values).any():
        raise OutputError(f"the model's image holds {int(np.isinf(values).sum())} infinite values")
    low, high = float(values.min()), float(values.max())
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise OutputError(f"the model's image has floats from {low:g} to {high:g}; floats must lie in [0, 1]")
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
